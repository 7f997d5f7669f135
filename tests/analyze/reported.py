"""A record of which much is known."""

from pathlib import Path
from typing import Any

from engine.library.record import Record, StemFile
from engine.tag.facts import (
    ChordFact,
    FingerprintFact,
    KeyFact,
    MeasuresFact,
    SectionFact,
    SoundFact,
    StemFact,
    TagFact,
    TempoFact,
    TrackFacts,
)
from tests.made_tracks import make_tracks

BEATS_S = [round(0.5 * beat, 3) for beat in range(128)]
CHORDS = [*["Am", "F", "C", "G"] * 4, *["Dm", "Am", "E", "E"] * 4]
PIANO = TagFact(name="piano", category="instruments", score=0.3, lift=2, source="musicnn")
FACTS = TrackFacts(
    sound=SoundFact(kind="song", speech=0, singing=0.6, music=1),
    tags=[
        TagFact(name="rock", category="genre", score=0.4, lift=2, source="musicnn"),
        TagFact(name="calm", category="mood", source="user"),
        PIANO,
    ],
    tempo=TempoFact(bpm=120, confidence=0.9, alternative_bpm=60, beats_per_bar=4, beats_s=BEATS_S,
                    downbeats_s=BEATS_S[::4], curve=[(2 * step, 120.0) for step in range(32)], source="model"),
    key=KeyFact(name="F# minor", camelot="11A", open_key="4m", confidence=0.8, second="A major", source="chroma"),
    chords=[ChordFact(start_s=2.0 * bar, chord=chord) for bar, chord in enumerate(CHORDS)],
    sections=[SectionFact(start_s=start, end_s=end, label=label)
              for start, end, label in ((0, 16, "A"), (16, 32, "A'"), (32, 64, "B"))],
    measures=MeasuresFact(brightness_hz=1800.4, density=3.2, energy=0.55, range_db=9.1, noise_floor_dbfs=-60.2,
                          silent_share=0.01),
    fingerprint=FingerprintFact(words="AAAA", duration_s=64),
    stems={"vocals": StemFact(tags=[PIANO], active_share=0.4, level_db=-6.5, singing=0.4)},
)  # fmt: skip


def reported(folder: Path, **changes: Any) -> Record:
    """One of a song of 64 s, changed; `facts` as TrackFacts or as they stand in the record."""
    (made,) = make_tracks(folder, 1)
    stems = [StemFile(name=name, file=f"{name}.wav", duration_s=64, samples=8) for name in ("vocals", "no_vocals")]
    known = {
        "title": "A song",
        "duration_s": 64.0,
        "levels": {"loudness_lufs": -9.3, "true_peak_dbtp": -0.4},
        "stems": [stem.model_dump() for stem in stems],
        "facts": FACTS,
        **changes,
    }
    if isinstance(known["facts"], TrackFacts):
        known["facts"] = known["facts"].plain()
    return Record.model_validate({**made.model_dump(), **known})

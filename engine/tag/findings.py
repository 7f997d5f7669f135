"""What the listeners heard, as the facts of a record."""

import base64
from collections.abc import Iterable
from dataclasses import asdict
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.library.inputs import KnownMusic
from engine.speech.keys import tonality
from engine.tag.clamp3.hearing import AudioEmbedding
from engine.tag.descriptors.ranking import Match
from engine.tag.ears import Listeners
from engine.tag.facts import (
    MOST_BEATS,
    MOST_CHORDS,
    TAGGER_VERSION,
    AnalysisFact,
    ChordFact,
    FingerprintFact,
    KeyFact,
    MeasuresFact,
    SectionFact,
    SoundFact,
    TagFact,
    TempoFact,
    TrackFacts,
)
from engine.tag.fusion import as_tags, tag_facts
from engine.tag.gate.presence import Presence
from engine.tag.harmony.heard import Harmony, HeardKey
from engine.tag.harmony.texture import Texture
from engine.tag.labels import Tag, chosen, tags
from engine.tag.musicnn.engine import Heard
from engine.tag.params import ListenParams
from engine.tag.sections.form import sections_in
from engine.tag.tempo.fuse import CURVE_STEP_S, LEAST_CONFIDENCE, Pulse, pulse_of

ANY_KEY = 0.2
"""Below this probability no key is told."""
_NEAR = 0.04

T = TypeVar("T", Tag, Match)


def facts_of(
    heard: Listeners, params: ListenParams, known: KnownMusic | None, models: Iterable[str] = ()
) -> TrackFacts:
    """All that is said of a sound: words about music only where there is music, and what the score knows before what
    was heard. `models`: of the catalogue, by which."""
    presence = heard.presence.result()
    harmony, tagged = heard.harmony.result(), heard.tags.result()
    found = TrackFacts(
        sound=_sound(presence),
        measures=MeasuresFact(**asdict(heard.measures.result())),
        fingerprint=_fingerprint(heard),
        analysis=AnalysisFact(version=TAGGER_VERSION, models=list(models)),
    )
    if not presence.has_music:
        return found
    tempo = pulse_of(heard.octave.result(), heard.beats.result(), params.low_bpm, params.high_bpm)
    described = heard.descriptors.result() if heard.descriptors else None
    own = _of_music(chosen(tags(tagged.msd, tagged.mtt), params.top_k), presence)
    theirs = _of_music(as_tags(described.matches), presence) if described else []
    tempo_fact = _known_tempo(tempo, known) if known else _tempo(tempo)
    return found.model_copy(
        update={
            "tempo": tempo_fact,
            "key": _known_key(known) if known else _key(harmony.key),
            "chords": _chords(harmony) if params.chords else None,
            "sections": _sections(harmony.texture, tempo_fact, known),
            "tags": [*_derived(presence), *tag_facts(own, params.top_k, matched=theirs)],
            "vectors": _vectors(tagged, described),
        }
    )


def as_text(vector: NDArray[np.float32]) -> str:
    """As a record keeps it: base64 of float16, the low byte first."""
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")


def _sound(presence: Presence) -> SoundFact:
    return SoundFact(
        kind=presence.kind,
        speech=round(presence.share("speech"), 3),
        singing=round(presence.share("singing"), 3),
        music=round(presence.share("music"), 3),
        events=[(event.label, round(event.start_s, 2), round(event.end_s, 2)) for event in presence.events],
    )


def _fingerprint(heard: Listeners) -> FingerprintFact | None:
    found = heard.fingerprint.result()
    return FingerprintFact(words=found.text(), duration_s=round(found.length_s, 2)) if len(found.words) else None


def _tempo(tempo: Pulse | None) -> TempoFact:
    if tempo is None or tempo.confidence < LEAST_CONFIDENCE:
        return TempoFact(bpm=None, confidence=tempo.confidence if tempo else 0.0, source="model")
    told = len(tempo.beats_s) <= MOST_BEATS
    return TempoFact(
        bpm=tempo.bpm,
        confidence=tempo.confidence,
        alternative_bpm=tempo.alternative_bpm,
        beats_per_bar=tempo.beats_per_bar,
        beats_s=list(tempo.beats_s) if told else [],
        downbeats_s=list(tempo.downbeats_s) if told else [],
        curve=[(CURVE_STEP_S * step, bpm) for step, bpm in enumerate(tempo.curve_bpm[:MOST_BEATS])],
        source="model",
    )


def _known_tempo(tempo: Pulse | None, known: KnownMusic) -> TempoFact:
    """The score's; the beats are those that were heard, where they are those of that tempo."""
    heard = _tempo(tempo)
    if heard.bpm is None or abs(heard.bpm / known.tempo_bpm - 1) > _NEAR:
        return TempoFact(bpm=known.tempo_bpm, source="score")
    return heard.model_copy(update={"bpm": known.tempo_bpm, "confidence": 1.0, "source": "score"})


def _key(key: HeardKey | None) -> KeyFact:
    if key is None or key.confidence < ANY_KEY:
        confidence = round(key.confidence, 3) if key else 0.0
        return KeyFact(name=None, confidence=confidence, source=key.method if key else "chroma")
    return KeyFact(
        name=key.key.name,
        camelot=key.key.camelot,
        open_key=key.key.open_key,
        confidence=round(key.confidence, 3),
        second=key.second.name,
        source=key.method,
    )


def _known_key(known: KnownMusic) -> KeyFact:
    key = tonality(known.key)
    if key is None:
        return KeyFact(name=known.key, source="score")
    return KeyFact(name=known.key, camelot=key.camelot, open_key=key.open_key, source="score")


def _chords(harmony: Harmony) -> list[ChordFact] | None:
    spans = harmony.chords.spans
    if len(spans) > MOST_CHORDS:
        return None
    return [ChordFact(start_s=round(span.start_s, 2), chord=span.name) for span in spans]


def _sections(texture: Texture, tempo: TempoFact, known: KnownMusic | None) -> list[SectionFact] | None:
    """The score's; else those that are heard. None where there are none."""
    if known and known.sections:
        starts = [*(start for start, _ in known.sections), texture.duration_s]
        spans = [(start, end, name) for (start, name), end in zip(known.sections, starts[1:], strict=True)]
    else:
        spans = [(one.start_s, one.end_s, one.label) for one in sections_in(texture, tempo.downbeats_s)]
    found = [
        SectionFact(start_s=round(start, 2), end_s=round(min(end, texture.duration_s), 2), label=name)
        for start, end, name in spans
        if start < texture.duration_s
    ]
    return found or None


def _of_music(found: Iterable[T], presence: Presence) -> list[T]:
    """Whether somebody sings is said by who heard it when; whose voice it is only of a song."""
    sung = presence.kind == "song"
    return [tag for tag in found if tag.category != "voice" or (sung and tag.name not in _SINGS)]


def _vectors(tagged: Heard, described: AudioEmbedding | None) -> dict[str, str]:
    """CLaMP 3's own at length 1, as far as float16 goes."""
    found = {
        "musicnn": np.concatenate([tagged.msd_embedding, tagged.mtt_embedding]),
        "musicnn-labels": np.concatenate([tagged.msd, tagged.mtt]),
    }
    if described is not None:
        length = max(float(np.linalg.norm(described.vector)), 1e-12)
        found |= {"clamp3": described.vector / np.float32(length), "clamp3-labels": described.cosines}
    return {name: as_text(vector) for name, vector in found.items()}


def _derived(presence: Presence) -> list[TagFact]:
    sung = presence.share("singing")
    name, score = ("vocals", sung) if presence.kind == "song" else ("instrumental", 1 - sung)
    return [TagFact(name=name, category="voice", score=round(score, 3), source="derived")]


_SINGS = ("vocals", "instrumental")

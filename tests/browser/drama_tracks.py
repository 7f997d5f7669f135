"""Dramas on disk that `/drama` seems to have made: a track of silence, its project beside it."""

from pathlib import Path

from engine.drama.project import (
    Anchor,
    Chapter,
    Character,
    Clip,
    Finding,
    Line,
    Project,
    Scene,
    Unspoken,
    Word,
)  # fmt: skip
from engine.library.record import Record
from tests.made_tracks import RATE_HZ, make_tracks, silence

SAID = [
    ("narrator", "narration", "It was a dark and stormy night; the rain fell in torrents.", "neutral", 1.0),
    ("anna", "dialogue", "Who is there?", "afraid", 0.95),
    ("narrator", "narration", "Nobody answered. A door creaked somewhere below.", "neutral", 1.0),
    ("boris", "dialogue", "Only the wind, Anna.", "tender", 0.4),
    ("anna", "dialogue", "The wind does not knock!", "tense", 0.9),
    ("narrator", "narration", "Thunder rolled over the roof, and the candle went out.", "neutral", 1.0),
    ("boris", "thought", "She is right, he thought.", "neutral", 0.5),
    ("anna", "dialogue", "Boris, give me your hand.", "whispering", 0.9),
]
"""Speaker, kind, text, emotion and how sure the speaker is."""

WORD_S = 0.3
GAP_S = 0.5


def words(text: str) -> list[Word]:
    """Every word a third of a second after the one before."""
    found, at = [], 0
    for number, word in enumerate(text.split(" ")):
        start_s = number * WORD_S
        found.append(Word(at=at, length=max(1, len(word)), start_s=start_s, end_s=start_s + 0.25))
        at += len(word) + 1
    return found


def drama(count: int = len(SAID), scene_lines: int = 4) -> Project:
    """A project of so many lines, as if it had been mixed: two voices and a narrator, scenes, rain, thunder, music."""
    lines: list[Line] = []
    source, at_s = "", 1.0
    unspoken = []
    for number in range(count):
        speaker, kind, text, emotion, confidence = SAID[number % len(SAID)]
        if source:
            unspoken.append(Unspoken(start=len(source), end=len(source) + 1, reason="space"))
            source += " "
        said = words(text)
        end_s = at_s + said[-1].end_s
        line = Line(
            id=f"l{number}", start=len(source), end=len(source) + len(text), text=text, kind=kind, speaker=speaker,
            confidence=confidence, rule="verb", emotion=emotion, start_s=at_s, end_s=end_s, words=said, spoken=text,
        )  # fmt: skip
        lines.append(line)
        source += text
        at_s = end_s + GAP_S
    scenes = [
        Scene(
            id=f"s{start}", line=f"l{start}", place=Finding(value="room", confidence=0.8, words="door"),
            weather=Finding(value="storm", confidence=0.9, words="stormy"), time=Finding(value="night", confidence=0.3),
        )
        for start in range(0, count, scene_lines)
    ]  # fmt: skip
    clips = [
        Clip(
            id=f"rain{start}", lane="ambience", sound="made:rain", words="rain", start=Anchor(line=f"l{start}"),
            end=Anchor(line=f"l{min(count, start + scene_lines) - 1}", edge="end"),
            start_s=lines[start].start_s, end_s=lines[min(count, start + scene_lines) - 1].end_s,
        )
        for start in range(0, count, scene_lines)
    ]  # fmt: skip
    if count > 5:
        thunder_s = lines[5].start_s or 0.0
        clips += [
            Clip(
                id="thunder", lane="effects", sound="made:thunder", words="Thunder", start=Anchor(line="l5", at=0),
                start_s=thunder_s, end_s=thunder_s + 2, confidence=0.8,
            ),
            Clip(id="theme", lane="music", prompt="tense strings", start=Anchor(line="l0"), start_s=1.0, end_s=6.0),
        ]  # fmt: skip
    return Project(
        title="A stormy night", language="en", source=source, lines=lines, unspoken=unspoken,
        chapters=[Chapter(title="Chapter One", line="l0")], scenes=scenes, clips=clips, duration_s=at_s,
        characters=[
            Character(id="narrator", name="Narrator", voice="kokoro:af_heart", confidence=1),
            Character(id="anna", name="Anna", gender="female", age="young", voice="kokoro:bf_emma", confidence=0.9),
            Character(id="boris", name="Boris", gender="male", age="old", aliases=["Mr. Boris"], confidence=0.9,
                      voice="kokoro:am_michael"),
        ],
    )  # fmt: skip


def make_drama(audio_dir: Path, project: Project) -> Record:
    """The track of a drama, as long as its project says, and silent."""
    (record,) = make_tracks(audio_dir, 1)
    samples = round((project.duration_s or 1) * RATE_HZ)
    record.title = record.made_title = record.prompt = project.title
    record.command, record.model, record.favourite = "drama", "drama", False
    record.samples, record.duration_s = samples, samples / RATE_HZ
    record.project = f"{record.name}.drama"
    (audio_dir / record.file).write_bytes(silence(samples))
    (audio_dir / record.project).write_text(project.model_dump_json(), encoding="utf-8")
    (audio_dir / f"{record.name}.json").write_text(record.model_dump_json(), encoding="utf-8")
    return record

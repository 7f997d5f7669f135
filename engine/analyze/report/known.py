"""What a record knows of its sound, wherever it stands there: found by listening, or written in the score."""

import math
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from engine.library.known_music import dated, known_music
from engine.library.record import Record
from engine.parameters import number
from engine.speech.keys import tonality
from engine.tag.facts import (
    MOST_BEATS,
    MOST_CHORDS,
    MOST_LETTERS,
    MOST_SECTIONS,
    ChordFact,
    KeyFact,
    SectionFact,
    TempoFact,
    TrackFacts,
)


@dataclass(frozen=True)
class Known:
    """`facts` as `/tag` writes them, those of the score among them; `bars_s`: where bars begin, as far as known."""

    facts: TrackFacts
    bars_s: tuple[float, ...]


def known(record: Record) -> Known:
    """Of one record; facts that are not as `/tag` writes them count as missing."""
    facts = _readable(record.facts)
    score = _of_score(record)
    found = score.model_copy(update={name: fact for name, fact in facts if fact is not None})
    if score.chords:
        found.chords = score.chords  # the written ones are right
    if found.chords:
        found.chords = sorted(found.chords, key=lambda chord: chord.start_s)
    bars = _written_bars(record) or (found.tempo.downbeats_s if found.tempo else [])
    return Known(found, tuple(sorted(set(bars))))


def _readable(facts: dict[str, Any]) -> TrackFacts:
    found = TrackFacts()
    for name in TrackFacts.model_fields.keys() & facts.keys():
        try:
            fact = getattr(TrackFacts.model_validate({name: facts[name]}), name)
        except ValidationError:
            continue
        found = found.model_copy(update={name: fact})
    return found


def _of_score(record: Record) -> TrackFacts:
    """Tempo, key, chords and sections of a piece that was composed here."""
    music = known_music(record)
    if music is None:
        return TrackFacts()
    key = tonality(music.key)
    named = {"camelot": key.camelot, "open_key": key.open_key} if key else {}
    starts = [*(start for start, _ in music.sections), record.duration_s]
    return TrackFacts(
        tempo=TempoFact(bpm=music.tempo_bpm, source="score"),
        key=KeyFact(name=music.key, source="score", **named),
        chords=_written_chords(record) or None,
        sections=[
            SectionFact(start_s=start, end_s=min(end, record.duration_s), label=label)
            for (start, label), end in zip(music.sections[:MOST_SECTIONS], starts[1:], strict=False)
            if start < record.duration_s
        ]
        or None,
    )


def _written_chords(record: Record) -> list[ChordFact]:
    return [
        ChordFact(start_s=round(one["start_s"], 3), chord=one["chord"][:MOST_LETTERS])
        for one in dated(record, "harmony")[:MOST_CHORDS]
        if isinstance(one.get("chord"), str)
    ]


def _written_bars(record: Record) -> list[float]:
    """Where they begin, in the track, up to the first section that says nothing of its bars."""
    form, bar_s = dated(record, "form"), 0.0
    bars: list[float] = []
    for at, section in enumerate(form):
        count = number(section.get("bars"))
        if count is None or count < 1 or count != int(count):
            break
        if at + 1 < len(form):
            bar_s = (form[at + 1]["start_s"] - section["start_s"]) / count
        if bar_s <= 0:
            break
        most = min(count, MOST_BEATS - len(bars), (record.duration_s - section["start_s"]) / bar_s)
        bars += [round(section["start_s"] + bar * bar_s, 3) for bar in range(max(0, math.ceil(most)))]
    return bars

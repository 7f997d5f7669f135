"""What a record knows of its sound, wherever it stands there: found by listening, or written in the score."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from engine.errors import AppError, Code
from engine.library.known_music import known_music
from engine.library.record import Record
from engine.speech.keys import tonality
from engine.tag.facts import ChordFact, KeyFact, SectionFact, TempoFact, TrackFacts


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
    bars = tuple(_written_bars(record)) or tuple(found.tempo.downbeats_s if found.tempo else ())
    return Known(found, bars)


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
    music = known_music(record, _no_other)
    if music is None:
        return TrackFacts()
    key = tonality(music.key)
    named = {"camelot": key.camelot, "open_key": key.open_key} if key else {}
    starts = [*(start for start, _ in music.sections), record.duration_s]
    return TrackFacts(
        tempo=TempoFact(bpm=music.tempo_bpm, source="score"),
        key=KeyFact(name=music.key, source="score", **named),
        chords=list(_written_chords(record)) or None,
        sections=[
            SectionFact(start_s=start, end_s=min(end, record.duration_s), label=label)
            for (start, label), end in zip(music.sections, starts[1:], strict=True)
            if start < record.duration_s
        ]
        or None,
    )


def _no_other(track_id: str) -> Record:
    raise AppError(Code.NOT_FOUND, "track_not_found")


def _entries(record: Record, name: str) -> list[dict[str, Any]]:
    """The dated entries of a list among the details, moved behind the clip that the piece goes on from."""
    begins_s = record.parameters.continuation_start_s or 0.0
    held = record.details.get(name)
    return [
        {**one, "start_s": begins_s + one["start_s"]}
        for one in (held if isinstance(held, list) else [])
        if isinstance(one, dict) and isinstance(one.get("start_s"), int | float)
    ]


def _written_chords(record: Record) -> Iterator[ChordFact]:
    for one in _entries(record, "harmony"):
        if isinstance(one.get("chord"), str):
            yield ChordFact(start_s=round(one["start_s"], 3), chord=one["chord"])


def _written_bars(record: Record) -> Iterator[float]:
    form, bar_s = _entries(record, "form"), 0.0
    for number, section in enumerate(form):
        count = section.get("bars")
        if not isinstance(count, int) or count < 1:
            return
        if number + 1 < len(form):
            bar_s = (form[number + 1]["start_s"] - section["start_s"]) / count
        yield from (round(section["start_s"] + bar * bar_s, 3) for bar in range(count))

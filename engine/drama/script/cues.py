"""What a script asks for in brackets: `[pause 2s]`, `[sfx: door slam]`, `[фон: гроза]`, `【音乐：紧张】`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from engine.drama.script.words import either, listed, tables

CueKind = Literal["pause", "effect", "ambience", "music", "direction", "scene"]
PAUSE_S = 1.0
LONG_PAUSE_S = 2.0
MOST_PAUSE_S = 60.0

_BRACKET = re.compile(r"\[([^\[\]\n]{1,500})\]|【([^【】\n]{1,500})】|［([^［］\n]{1,500})］")
_ROUND = re.compile(r"[(（]([^()（）\n]{1,200})[)）]")
_NAMED = re.compile(r"\s*([^:：]{1,30}?)\s*[:：]\s*(.*?)\s*", re.DOTALL)
_SECONDS = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(ms|мс|毫秒|s|sec|secs|seconds?|с|сек|секунд\w*|秒钟?|m|min|minutes?|мин|минут\w*|分钟?)?"
)
_NOTE = re.compile(r"\d{1,4}|[*†‡]|Illustration|Иллюстрация|插图")


@dataclass(frozen=True)
class Bracket:
    """A bracket that is not said: a cue, or the number of a footnote (`kind` None)."""

    start: int
    end: int
    kind: CueKind | None
    text: str = ""
    seconds: float | None = None


@cache
def _kinds() -> dict[str, CueKind]:
    kinds: tuple[CueKind, ...] = ("pause", "effect", "ambience", "music", "direction", "scene")
    return {word: kind for kind in kinds for word in tables()["cues"][kind]}


@cache
def _pause() -> re.Pattern[str]:
    return re.compile(rf"({either(tables()['cues']['pause'])})\s*[:：,，]?\s*(.*)", re.IGNORECASE)


@cache
def _direction() -> re.Pattern[str]:
    """Words that only a direction begins with, or that are one by themselves."""
    begins = [word for word in tables()["cues"]["direction"] if len(word) > 1]
    return re.compile(
        rf"(?:{either(begins)})(?!\w).*|(?:{either(tables()['cues']['moods'])})", re.IGNORECASE | re.DOTALL
    )


def seconds_of(text: str) -> float | None:
    """`2s`, `2,5 сек`, `500 ms`, `1 min`, `3秒` in seconds, at most MOST_PAUSE_S; None for anything else."""
    match = _SECONDS.fullmatch(text.strip().lower())
    if match is None:
        return None
    unit = match[2] or "s"
    size = 0.001 if unit in ("ms", "мс", "毫秒") else 60.0 if unit[0] in "mм分" else 1.0
    return min(float(match[1].replace(",", ".")) * size, MOST_PAUSE_S)


def read(inside: str) -> tuple[CueKind, str, float | None] | None:
    """Kind, words and seconds of what stands in a bracket; None where it is text."""
    said = inside.strip()
    if pause := _pause().fullmatch(said):
        seconds = seconds_of(pause[2]) if pause[2] else None
        if pause[2] and seconds is None:
            return ("direction", said, None) if len(said) <= 60 else None
        usual = LONG_PAUSE_S if pause[1].lower() in listed("cues", "long") else PAUSE_S
        return "pause", said, usual if seconds is None else seconds
    if named := _NAMED.fullmatch(said):
        kind = _kinds().get(named[1].lower())
        if kind is not None and kind != "pause":
            return kind, named[2][:500], None
    if _direction().fullmatch(said):
        return "direction", said[:500], None
    return None


def brackets(text: str, start: int, end: int, *, directed: bool) -> Iterator[Bracket]:
    """Cues in square brackets between two places. `directed`: in a play every bracket is a direction."""
    for match in _BRACKET.finditer(text, start, end):
        inside = match[1] or match[2] or match[3]
        cue = read(inside)
        if cue is not None:
            yield Bracket(match.start(), match.end(), *cue)
        elif _NOTE.fullmatch(inside.strip()):
            yield Bracket(match.start(), match.end(), None)
        elif directed:
            yield Bracket(match.start(), match.end(), "direction", inside.strip())


def parentheticals(text: str, start: int, end: int) -> Iterator[Bracket]:
    """Directions in round brackets in what a labelled character says: at its beginning, after a sentence, or a whole
    sentence by themselves. In the middle of a sentence brackets are text.
    """
    for match in _ROUND.finditer(text, start, end):
        before = text[start : match.start()].rstrip()[-1:]
        inside = match[1].strip()
        if not before or before in ".!?…。！？)）]】—" or inside[-1:] in ".!。" or _direction().fullmatch(inside):
            yield Bracket(match.start(), match.end(), "direction", inside)

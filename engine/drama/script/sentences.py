"""Where a text may be cut: after sentences, else after clauses, else between words, never inside one."""

import re
import unicodedata
from bisect import bisect_right

from engine.drama.script.words import CLOSERS, listed

MOST = 300
"""Letters of a line; a Chinese character counts as three."""
GOOD = 160
"""Narration of one line goes on until it has so many."""
_HARD = 1000
"""Code points of a word that is cut because nothing else can be done."""

_END = re.compile(rf"(?:[。！？｡]+[…⋯。！？]*|[.!?…⋯]+)[{re.escape(CLOSERS)}]*")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff5e\U00020000-\U0003134f]")
_BEFORE = re.compile(r"[^\W_]+(?:[.-][^\W_]+)*$")
_CLAUSE = re.compile(r"[,;:—–](?=\s)|[，；：、—]+(?!\s)|[)\]](?=\s)")
_SPACE = re.compile(r"\s+")


def _ends(text: str, match: re.Match[str]) -> bool:
    """Whether the marks of the match end a sentence."""
    marks, end = match[0], match.end()
    if end >= len(text):
        return True
    following = text[end]
    if marks[0] in "。！？｡":
        return True
    if not following.isspace():
        return bool(marks[0] in "!?" and _WIDE.match(following)) or (
            marks[0] == "." and bool(_WIDE.match(following)) and not text[match.start() - 1 : match.start()].isdigit()
        )
    rest = _SPACE.match(text, end)
    after = text[rest.end()] if rest and rest.end() < len(text) else ""
    if after.islower() or (
        after in "—–-" and text[rest.end() + 1 : rest.end() + 3].strip().islower() if rest else False
    ):
        return False
    return marks.rstrip(CLOSERS) != "." or not _abbreviated(text, match.start(), after)


def _abbreviated(text: str, stop: int, after: str) -> bool:
    """Whether the word before the full stop at `stop` is short for another, an initial, or the number of an item."""
    found = _BEFORE.search(text, max(0, stop - 24), stop)
    if found is None:
        return False
    word = found[0]
    if word.isdigit():
        return found.start() <= 3 and stop - found.start() <= 3 and not text[: found.start()].strip()
    if len(word) == 1 and word.isupper() and word not in "IЯ":
        return True
    known = word.lower()
    if known in listed("abbreviations", "before_numbers"):
        return after.isdigit() or (len(known) > 1 and known not in ("no", "art", "sec", "fig"))
    if known in ("etc", "др", "пр", "a.m", "p.m", "inc", "ltd", "co", "corp", "jr", "sr", "esq", "т.д", "т.п", "н.э"):
        return not after.isupper()
    return known in listed("abbreviations", "en") or known in listed("abbreviations", "ru")


def sentence_ends(text: str) -> list[int]:
    """One past each sentence with its closing marks; the last is the text's length."""
    found = [match.end() for match in _END.finditer(text) if _ends(text, match)]
    return found if found and found[-1] == len(text) else [*found, len(text)]


def pieces(text: str, *, together: bool) -> list[int]:
    """Where the lines of a text end, the last at its length. `together`: up to MOST belongs to one line, as in what one
    character says; otherwise a line ends at the first sentence after GOOD.
    """
    weight = _Weight(text)
    good = MOST if together else GOOD
    ends: list[int] = []
    begin = at = 0
    for end in sentence_ends(text):
        if begin < at and weight.between(begin, end) > good:
            ends.append(at)
            begin = at
        if weight.between(begin, end) > MOST:
            ends += _cut(text, begin, end, weight)
            begin = end
        at = end
    return ends if ends and ends[-1] == len(text) else [*ends, len(text)]


class _Weight:
    """How long stretches of a text are to say, in letters."""

    def __init__(self, text: str) -> None:
        self._wide = [match.start() for match in _WIDE.finditer(text)]

    def between(self, start: int, end: int) -> int:
        return end - start + 2 * (bisect_right(self._wide, end - 1) - bisect_right(self._wide, start - 1))

    def reach(self, start: int, end: int, most: int) -> int:
        """The furthest place up to `end` that is at most `most` from `start`."""
        low, high = start, min(end, start + most)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.between(start, middle) <= most else (low, middle - 1)
        return low


def _cut(text: str, start: int, end: int, weight: _Weight) -> list[int]:
    """Ends of the pieces of a sentence that is too long for one line."""
    ends = []
    while weight.between(start, end) > MOST:
        reach = weight.reach(start, end, MOST)
        low = start + (reach - start) * 2 // 5
        clauses = [match.end() for match in _CLAUSE.finditer(text, low, reach)]
        spaces = [] if clauses else [match.end() for match in _SPACE.finditer(text, start + 1, reach)]
        start = min((clauses or spaces or [_forced(text, reach, min(end, start + _HARD))])[-1], end)
        ends.append(start)
    return ends if ends and ends[-1] == end else [*ends, end]


def _forced(text: str, at: int, latest: int) -> int:
    """A place where a text without clauses and spaces may be cut: between Chinese characters, else after the word, else
    at `latest`; never before a mark that belongs to the character in front of it.
    """
    if not _WIDE.match(text[at : at + 1]):
        space = _SPACE.search(text, at, latest)
        at = space.end() if space else latest
    furthest = min(len(text), at + 40)
    while at < furthest and (unicodedata.combining(text[at]) or text[at] in "\u200d\ufe0f" or text[at - 1] == "\u200d"):
        at += 1
    return at

"""Reads a text from left to right by rules, and keeps which words came of which part of it."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from engine.drama.spoken.source import STRESS, read, script

Accent = Literal["us", "gb"]
Match = re.Match[str]
Rule = tuple[re.Pattern[str], Callable[[Match, Accent], str | None]]
"""Where a token may begin, and what is said in place of what matches: words, or IPA between slashes; None leaves it to
the next rule."""


MOST_UNSPOKEN: Final = 200
"""So many are told one by one, as a line of a project holds."""


class Spoken(NamedTuple):
    """A part of the source, and the words, marks or space that it became; empty where nothing is said."""

    start: int
    end: int
    words: str
    sounds: str = ""
    """How the words sound, in IPA, where the user says so."""


@dataclass(frozen=True)
class Said:
    """What is said of a text.

    `pieces` tile the source, and their words put together are `text`. `unspoken`: what could not be said, as it stands
    in the source, each once: letters of foreign scripts, emoji, signs without a name.
    """

    text: str
    pieces: tuple[Spoken, ...]
    unspoken: tuple[str, ...]

    def words(self) -> list[tuple[str, int, int]]:
        """The words of `text`, with their hyphens and stress marks, each with its place in the source."""
        found: list[tuple[str, int, int]] = []
        word, start, end = "", 0, 0
        for piece in (*self.pieces, Spoken(0, 0, " ")):
            for sign in piece.words:
                if sign.isalnum() or sign in "'-+":
                    start, end = (start if word else piece.start), piece.end
                    word += sign
                elif word:
                    found.append((word, start, end))
                    word = ""
        return [word for word in found if any(sign.isalpha() for sign in word[0])]


@dataclass(frozen=True)
class LanguageRules:
    """How a language is read."""

    rules: Sequence[Rule]
    word: Callable[[str, str, str, Accent], str | None]
    """Words for a run of letters of one script, given what stands before and after it; None if it cannot be said."""
    signs: Mapping[str, str]
    """Signs that are said by name."""
    marks: Mapping[str, str]
    """Punctuation that is kept, and as what. All other punctuation is a pause at most and goes."""
    spaced: bool = True
    """Whether words are kept apart by spaces."""


@dataclass
class _Scan:
    at: Sequence[int]
    original: str
    spaced: bool
    pieces: list[Spoken] = field(default_factory=list)
    unspoken: list[str] = field(default_factory=list)
    last: str = " "
    left: bool = False
    """Whether the last part could not be said."""

    def put(self, start: int, end: int, words: str, sounds: str = "") -> None:
        """The words of a part, with a space before them where two words would become one."""
        meets = words and self.last.isalnum() and (words[0].isalnum() or words[0] == "+")
        if meets and (self.spaced or (self.last.isascii() and words[0].isascii())):
            words = " " + words
        self.pieces.append(Spoken(self.at[start], self.at[end], words, sounds))
        self.left = False
        self.last = words[-1] if words else self.last

    def leave(self, start: int, end: int) -> None:
        """A part that cannot be said."""
        first, last = self.at[start], self.at[end]
        if self.left:
            first = self.pieces.pop().start
            self.unspoken.pop()
        self.left = True
        self.pieces.append(Spoken(first, last, ""))
        self.unspoken.append(self.original[first:last].strip())


def scan(text: str, reader: LanguageRules, own: Iterable[Rule], accent: Accent) -> Said:
    """The text by the user's own rules, then the language's, then letter by letter."""
    source = read(text)
    line, scanned = source.text, _Scan(source.at, text, reader.spaced)
    rules = [*own, *reader.rules]
    at = 0
    while at < len(line):
        sign = line[at]
        if sign == " ":
            end = at + 1
            while end < len(line) and line[end] == " ":
                end += 1
            scanned.put(at, end, " " if end < len(line) and scanned.last != " " else "")
        elif (found := _by_rule(line, at, rules, accent)) is not None:
            end, words = found
            if len(words) > 2 and words[0] == words[-1] == "/":
                scanned.put(at, end, scan(line[at:end], reader, (), accent).text, words[1:-1])
            else:
                scanned.put(at, end, words)
        elif sign.isalpha() or sign == "〇":
            end = _run(line, at) if reader.spaced or script(sign) != "HAN" else at + 1
            words_or_none = reader.word(line[at:end], line[max(0, at - 60) : at], line[end : end + 60], accent)
            if words_or_none is None:
                scanned.leave(at, end)
            else:
                scanned.put(at, end, words_or_none)
        else:
            end = at + 1
            _sign(scanned, line, at, reader)
        at = end
    if text and not scanned.pieces:
        scanned.pieces.append(Spoken(0, len(text), ""))
    pieces, unspoken = tuple(scanned.pieces), tuple(dict.fromkeys(scanned.unspoken))
    if len(unspoken) > MOST_UNSPOKEN:
        unspoken = (*unspoken[: MOST_UNSPOKEN - 1], " ".join(unspoken[MOST_UNSPOKEN - 1 :]))
    return Said("".join(piece.words for piece in pieces), pieces, unspoken)


def _by_rule(line: str, at: int, rules: Iterable[Rule], accent: Accent) -> tuple[int, str] | None:
    for pattern, words_of in rules:
        match = pattern.match(line, at)
        if match and match.end() > at:
            words = words_of(match, accent)
            if words is not None:
                return match.end(), words
    return None


def _run(line: str, at: int) -> int:
    """Where the letters of one script end; an apostrophe between two of them is one of them."""
    kind, end = script(line[at]), at + 1
    while end < len(line):
        sign = line[end]
        if sign == STRESS or unicodedata.category(sign) in ("Mn", "Mc") or (sign.isalpha() and script(sign) == kind):
            end += 1
        elif (
            sign in "'’"
            and end + 1 < len(line)
            and line[end + 1].isalpha()
            and script(line[end + 1]) == kind == "LATIN"
        ):
            end += 2
        else:
            break
    return end


def _sign(scanned: _Scan, line: str, at: int, reader: LanguageRules) -> None:
    sign = line[at]
    if sign in reader.signs:
        space = " " if reader.spaced and scanned.last not in " +" else ""
        scanned.put(at, at + 1, space + reader.signs[sign])
    elif sign in reader.marks:
        scanned.put(at, at + 1, reader.marks[sign])
    elif unicodedata.category(sign)[0] in "PM" or sign in "`^|~<>":
        gap = bool(scanned.pieces) and sign not in "*_" and scanned.last.isalnum() and line[at + 1 : at + 2].isalnum()
        scanned.put(at, at + 1, " " if gap and reader.spaced else "")
    else:
        scanned.leave(at, at + 1)

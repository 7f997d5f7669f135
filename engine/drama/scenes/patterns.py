"""The patterns of the tables, one language each, as regular expressions over folded text.

    (slam*|bang*) [the] door     alternatives, what may be left out; a trailing `*` allows any ending
    {door} ~ ^slam*              the words of a group of the same table; at most three words between; where it is heard
    {door}~砰                     Chinese words follow each other; at most five characters between

Words of English and Russian match whole, Chinese ones anywhere.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from engine.drama.project import Language

END_OF_SENTENCE = ".!?…。！？\n"
_BREAKS = ',;:—–()«»“”„"' + "，；：、（）「」『』《》" + END_OF_SENTENCE
_GAP: dict[Language, str] = {
    "en": r"(?:[\w'-]+\s+){0,3}?",
    "ru": r"(?:[\w-]+\s+){0,3}?",
    "zh": rf"[^\s{_BREAKS}]{{0,5}}?",
}
_ADJECTIVES: dict[Language, str] = {
    "en": r"(?:(?:the|an?|his|her|their|its|our|my|your|this|that|these|those|some|another|one)\s+)?"
    r"(?:[\w'-]+\s+){0,2}?",
    "ru": r"(?:[\w-]+\s+){0,2}?",
    "zh": rf"[^\s{_BREAKS}]{{0,6}}?",
}
_TOKEN = re.compile(r"\{(?P<group>[\w-]+)\}|(?P<sign>[()\[\]|~^])|(?P<word>[^\s()\[\]|{}~^]+)")


def folded(text: str) -> str:
    """`text` in small letters with like signs made one and Chinese simplified, every code point in its old place."""
    small = text.lower()
    if len(small) != len(text):
        small = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    return small.translate(_signs())


@cache
def _signs() -> dict[int, str]:
    """Signs and characters that are read as others: curly quotes, `ё`, traditional Chinese."""
    table = tomllib.loads(Path(__file__).with_name("tables").joinpath("traditional.toml").read_text(encoding="utf-8"))
    found = str.maketrans({"ё": "е", "’": "'", "‘": "'", "ʼ": "'", "\u00a0": " ", "‑": "-"})
    for traditional, simplified in table["rows"]:
        found |= {ord(sign): plain for sign, plain in zip(traditional, simplified, strict=True)}
    return found


def compiled(
    patterns: Sequence[str], language: Language, groups: Mapping[str, str] | None = None, before_noun: bool = False
) -> re.Pattern[str]:
    """Any of `patterns`; never matches where there are none. `before_noun`: only at the end of a text that goes on with
    a noun; articles and adjectives may stand between.

    Raises KeyError for a group that is not there, ValueError for a bracket without its like.
    """
    if not patterns:
        return re.compile(r"(?!)")
    reader = _Reader(language, groups or {})
    whole = "|".join(reader.regex(pattern) for pattern in patterns)
    return re.compile(f"(?:{whole}){_ADJECTIVES[language]}$" if before_noun else whole)


def sounds_at(match: re.Match[str]) -> int:
    """Where the thing is heard: at the marked word, or from the start."""
    marked = [match.start(name) for name in match.groupdict() if match.start(name) >= 0]
    return marked[0] if marked else match.start()


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around a place begins and ends."""
    return _around(text, start, end, END_OF_SENTENCE)


def clause_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause around a place begins and ends."""
    return _around(text, start, end, _BREAKS)


def _around(text: str, start: int, end: int, signs: str) -> tuple[int, int]:
    begin = max((text.rfind(sign, 0, start) for sign in signs), default=-1) + 1
    after = [at for sign in signs if (at := text.find(sign, end)) >= 0]
    return begin, min(after, default=len(text))


class _Reader:
    """Turns patterns into regular expressions."""

    def __init__(self, language: Language, groups: Mapping[str, str]) -> None:
        self._language, self._groups = language, groups
        self._marks = 0

    def regex(self, pattern: str) -> str:
        parts, open_brackets = "", []
        for token in _TOKEN.finditer(pattern):
            sign = token["sign"]
            if token["group"]:
                parts += f"(?:{self.regex(self._groups[token['group']])})"
            elif token["word"]:
                parts += self._word(token["word"])
            elif sign in ("(", "["):
                open_brackets.append(sign)
                parts += "(?:"
            elif sign in (")", "]"):
                if not open_brackets or open_brackets.pop() != {")": "(", "]": "["}[sign]:
                    raise ValueError(f"a bracket without its like: {pattern!r}")
                parts += ")" if sign == ")" else ")?"
            elif sign == "~":
                parts += _GAP[self._language]
            elif sign == "^":
                self._marks += 1
                parts += f"(?P<at{self._marks}>)"
            else:
                parts += "|"
        if open_brackets:
            raise ValueError(f"a bracket without its like: {pattern!r}")
        return parts

    def _word(self, word: str) -> str:
        if not any(sign.isalnum() or sign == "*" for sign in word):
            return rf"{re.escape(word)}\s*"
        spelled = r"\w*".join(re.escape(part) for part in folded(word).split("*"))
        return spelled if self._language == "zh" else rf"(?<![\w-]){spelled}(?![\w-])\s*"

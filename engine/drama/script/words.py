"""The words of three languages that tell what a piece of a script is: `words.toml`, read once."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

SENTENCE_END = ".!?…。！？｡⋯"
CLOSERS = "\"'”’»›“)]）」』】〉》*_"


@cache
def tables() -> dict[str, dict[str, Any]]:
    """Section -> name -> words."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))


@cache
def listed(section: str, name: str) -> frozenset[str]:
    return frozenset(tables()[section][name])


def either(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def verb(section: str) -> re.Pattern[str]:
    """Finds a verb of the section, `speech` or `thought`, in lower-case text."""
    table = tables()[section]
    return re.compile(rf"\b(?:{either(table['en'])})\b|\b(?:{either(table['ru'])})\w*|(?:{either(table['zh'])})")


_EMOJI = re.compile("[\U0001f300-\U0001faff]")
_SAYABLE = re.compile(r"[^\W_]|[$€£¥₽%&\U0001f300-\U0001faff]")


def sayable(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether anything in the text can be said: a letter, a digit, a sign of money, an emoji."""
    return _SAYABLE.search(text, start, len(text) if end is None else end) is not None

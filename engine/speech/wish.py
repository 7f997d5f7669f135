"""A wish: one parameter that a text sets in its own words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wish:
    """`field` shall be `value`. `words` say so; they stand at `start` of the normalised text.

    `names_it`: they also say what the piece is, as "loop" does, and belong into its title.
    """

    field: str
    value: Any
    start: int
    words: str
    names_it: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.words)


def spoken(field: str, value: Any, text: str, start: int, end: int) -> Wish:
    """The wish that `text[start:end]` says, without blanks and commas around it."""
    words = text[start:end]
    return Wish(field, value, start + len(words) - len(words.lstrip(" ,.;")), words.strip(" ,.;"))


def without(text: str, wishes: Iterable[Wish]) -> str:
    """`text` with a blank for the words of each wish."""
    for wish in sorted(wishes, key=lambda wish: -wish.start):
        text = f"{text[: wish.start]} {text[wish.end :]}"
    return text

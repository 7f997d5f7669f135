"""A wish: one parameter that a text sets in its own words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wish:
    """`field` shall be `value`; the words that say so are `text[start:end]` of the normalised text."""

    field: str
    value: Any
    start: int
    end: int


def without(text: str, wishes: Iterable[Wish]) -> str:
    """`text` with a blank for the words of each wish."""
    for wish in sorted(wishes, key=lambda wish: -wish.start):
        text = f"{text[: wish.start]} {text[wish.end :]}"
    return text

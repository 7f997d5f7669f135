"""English words that are written alike and sound apart: which it is, by the words beside it, where that is certain."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from engine.drama.spoken.scanner import Accent

_BEFORE_LETTERS = frozenset(
    (
        "slash",
        "dot",
        "at",
        "dash",
        "plan",
        "vitamin",
        "grade",
        "type",
        "class",
        "section",
        "appendix",
        "group",
        "letter",
    )
)


class _Homograph(NamedTuple):
    before: re.Pattern[str]
    after: re.Pattern[str]
    sound: dict[Accent, str]


@cache
def _known() -> dict[str, list[_Homograph]]:
    known: dict[str, list[_Homograph]] = defaultdict(list)
    rows = tomllib.loads((Path(__file__).parent / "homographs.toml").read_text("utf-8"))["homograph"]
    for row in rows:
        before = re.compile(rf"(?:.* )?(?:{row['before']})$" if "before" in row else "")
        after = re.compile(row.get("after", ""))
        known[row["word"]].append(_Homograph(before, after, {"us": row["sound"], "gb": row.get("gb", row["sound"])}))
    return known


def sound_of(words: Sequence[str], at: int, accent: Accent) -> str | None:
    """Kokoro's phonemes of a word of a clause where its neighbours, or its being a letter, say how it sounds."""
    if words[at] == "A":
        return "ˈA" if _is_letter(words, at) else None
    rows = _known().get(words[at].lower())
    if not rows:
        return None
    before = " ".join(words[max(0, at - 3) : at]).lower()
    after = " ".join(words[at + 1 : at + 8]).lower()
    fitting = (row for row in rows if _ends(row.before, before) and row.after.match(after))
    found = next(fitting, None)
    return found.sound[accent] if found else None


def _ends(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.pattern == "" or pattern.match(text) is not None


def _is_letter(words: Sequence[str], at: int) -> bool:
    """Whether `A` is the letter, as in `B A` or `plan A`, not the article."""
    beside = [*words[max(0, at - 1) : at], *words[at + 1 : at + 2]]
    if any(len(word) == 1 and word.isupper() and word not in "IA" for word in beside):
        return True
    return at > 0 and (words[at - 1].lower() in _BEFORE_LETTERS or at + 1 == len(words))

"""Punctuation that all three languages share: dots, dashes, hyphens, repeated marks."""

import re
from typing import Final

from engine.drama.spoken.scanner import Accent, Rule


def _hyphen(match: re.Match[str], accent: Accent) -> str | None:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    if before.isalpha() and after.isalpha():
        return "-"
    if before in ("", " ") and after in ("", " "):
        return "—"
    return " " if before.isalnum() and after.isalnum() else ""


RULES: Final[list[Rule]] = [
    (re.compile(r"\.{2,}|…+|‥+"), lambda match, accent: "…"),
    (re.compile(r"-{2,}|[–—―]+"), lambda match, accent: "—"),
    (
        re.compile(r"([!?,;！？，；。])\1+"),
        lambda match, accent: {**MARKS, **dict.fromkeys("！？，；。")}.get(match[1]) or match[1],
    ),
    (re.compile("-"), _hyphen),
]
_PAIRS: Final = ["“「『《〈„«", "“", "”」』》〉»", "”", "(（[【", "(", ")）]】", ")"]
MARKS: Final[dict[str, str]] = {
    **{mark: mark for mark in '.,!?;:…—"'},
    **{mark: kept for marks, kept in zip(_PAIRS[::2], _PAIRS[1::2], strict=True) for mark in marks},
    **dict(zip("，！？；、。・•", ",!?;,.,,", strict=True)),
    **dict.fromkeys("·/\\", " "),
    **dict.fromkeys("¡¿", ""),
}
"""What each mark is kept as; see `LanguageRules.marks`."""
CHINESE: Final[dict[str, str]] = {
    **MARKS,
    **dict(zip(",.!?;:，。！？；、•", "，。！？；：，。！？；、，", strict=True)),
    **dict(zip("(（[【)）]】", "（（（（））））", strict=True)),
    **dict.fromkeys("·・/\\", ""),
}

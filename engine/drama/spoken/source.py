"""A text as it is read: one shape for every sign, nothing invisible, and the way back to its code points."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

STRESS = "\u0301"
"""Combining acute: in Cyrillic it marks the stressed vowel, and is kept."""
_KEPT = frozenset("№™ªº…‥℠℡Ω，！？；（）") | {chr(0x2100), chr(0x2105)}
_READ_AS = {
    "℃": "°C",
    "℉": "°F",
    "\u00b4": "'",
    "\u2032": "'",
    "\u2033": '"',
    "\u2212": "-",
    "\u2010": "-",
    "\u2011": "-",
}


@dataclass(frozen=True)
class Shaped:
    """`text` is what is read; its code point k stands at `at[k]` in the source, and `at` has one entry more, the end.

    What the source has besides, invisible signs, belongs to the code point before it.
    """

    text: str
    at: tuple[int, ...]


@lru_cache(4096)
def script(letter: str) -> str:
    """LATIN, CYRILLIC, GREEK, HAN, HIRAGANA, KATAKANA, HANGUL or another, by its Unicode name."""
    name = unicodedata.name(letter, "").replace("-", " ").split(" ")[0]
    return {"CJK": "HAN", "IDEOGRAPHIC": "HAN", "KANGXI": "HAN", "MICRO": "GREEK", "OHM": "GREEK"}.get(name, name)


@lru_cache(4096)
def _shape(sign: str) -> str:
    """What a single sign is read as: full-width, circled and ornamental letters are letters, digits of every script are
    our digits, spaces of every width are spaces; invisible signs are nothing."""
    if sign in _READ_AS:
        return _READ_AS[sign]
    if sign in _KEPT or sign.isascii():
        return sign if sign.isprintable() else (" " if sign in "\t\n\v\f\r\x1c\x1d\x1e\x1f" else "")
    category = unicodedata.category(sign)
    if category in ("Zs", "Zl", "Zp") or sign == "\x85":
        return " "
    if category in ("Cf", "Cc") or "\ufe00" <= sign <= "\ufe0f":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if unicodedata.decomposition(sign).startswith(("<super>", "<fraction>", "<sub>")) and category == "No":
        return sign
    plain = unicodedata.normalize("NFKC", sign)
    if "\uff01" <= sign <= "\uff5e" or plain.isalnum():
        return plain
    within = "".join(letter for letter in plain if letter.isalnum())
    return within if category in ("No", "So", "Nl") and within and within.isalnum() else sign


def read(text: str) -> Shaped:
    """What is read of a text."""
    shaped: list[str] = []
    at: list[int] = []
    for place, sign in enumerate(text):
        if (shaped and unicodedata.category(sign) == "Mn" and sign != STRESS) or (
            sign == STRESS and _composes(shaped, sign)
        ):
            joined = unicodedata.normalize("NFC", shaped[-1] + sign) if shaped else ""
            if len(joined) == 1:
                shaped[-1] = joined
                continue
            if (shaped and script(shaped[-1]) in ("LATIN", "CYRILLIC", "GREEK")) or not shaped:
                continue
        letters = _shape(sign)
        at += [place, *[place + 1] * (len(letters) - 1)] if letters else []
        shaped += letters
    if at:
        at[0] = 0
    return Shaped("".join(shaped), (*at, len(text)))


def _composes(shaped: list[str], sign: str) -> bool:
    return bool(shaped) and script(shaped[-1]) != "CYRILLIC"

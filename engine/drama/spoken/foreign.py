"""Letters of other scripts in those of one's own, so that they are said: by sound, not by spelling."""

import re
import unicodedata
from functools import cache
from typing import Final

from engine.drama.spoken.source import script
from engine.drama.spoken.words import tables


@cache
def _table(name: str) -> dict[str, str]:
    found: dict[str, str] = tables("")[name]
    return found


def plain(run: str) -> str:
    """Latin letters without their accents: `Łódź` becomes `Lodz`."""
    bare = "".join(_table("plain").get(letter, letter) for letter in run)
    bare = "".join(each for each in unicodedata.normalize("NFD", bare) if unicodedata.category(each) != "Mn")
    return "".join(letter if letter.isascii() else _by_name(letter) for letter in bare)


def _by_name(letter: str) -> str:
    """A Latin letter in another dress, such as small capitals, by its Unicode name."""
    found = re.fullmatch(
        r"LATIN .*?LETTER (?:SMALL CAPITAL |TURNED |OPEN )?([A-Z]{1,2})(?: .*)?", unicodedata.name(letter, "")
    )
    return found[1].lower() if found else ""


def latin(run: str) -> str | None:
    """A run of one script in Latin letters; None where nobody wrote down how."""
    kind = script(run[0])
    if kind == "LATIN":
        return plain(run) or None
    if kind in ("CYRILLIC", "GREEK"):
        table = _table(f"latin_{kind.lower()}")
        letters = unicodedata.normalize("NFC", run)
        if kind == "GREEK":
            letters = "".join(x for x in unicodedata.normalize("NFD", run) if unicodedata.category(x) != "Mn")
        return _cased("".join(table.get(letter, "") for letter in letters.lower()), run)
    if kind == "HAN":
        return _pinyin(run)
    if kind in ("HIRAGANA", "KATAKANA"):
        return _kana(run) or None
    if kind == "HANGUL":
        names = [unicodedata.name(letter, "") for letter in unicodedata.normalize("NFC", run)]
        return "".join(name.split(" ")[-1].lower() for name in names if "SYLLABLE" in name) or None
    return None


def _cased(text: str, run: str) -> str | None:
    return (text.capitalize() if run[0].isupper() else text) or None


def has_reading(sign: str) -> bool:
    """Whether it is known how a Chinese sign is read."""
    from pypinyin import constants

    return ord(sign) in constants.PINYIN_DICT or sign == "〇"


def _pinyin(run: str) -> str | None:
    from pypinyin import lazy_pinyin

    if not all(has_reading(sign) for sign in run):
        return None
    syllables = [syllable for syllable in lazy_pinyin(run, errors="ignore") if syllable.isalpha()]
    return " ".join(plain(syllable.replace("ü", "u")) for syllable in syllables) or None


def _kana(run: str) -> str:
    said = ""
    doubled = False
    for letter in run:
        name = unicodedata.name(letter, "")
        syllable = name.split(" ")[-1].lower()
        if "PROLONGED" in name:
            said += said[-1:]
            continue
        if "LETTER" not in name:
            continue
        if "SMALL" in name and syllable == "tu":
            doubled = True
            continue
        if "SMALL" in name and syllable in ("ya", "yu", "yo") and said.endswith("i"):
            said = said[:-1] + (syllable[1:] if said.endswith(("shi", "chi", "ji")) else syllable)
            continue
        sound = _table("kana").get(syllable, syllable)
        said += (sound[0] if doubled else "") + sound
        doubled = False
    return said


# in Russian letters


def cyrillic(run: str) -> str | None:
    """A run of one script in Russian letters, as it sounds; None where nobody wrote down how."""
    kind = script(run[0])
    if kind == "CYRILLIC":
        known = _table("russian")
        return "".join(known.get(letter, letter if letter in _RUSSIAN else "") for letter in run.lower()) or None
    if kind == "HAN":
        syllables = _pinyin(run)
        return " ".join(_palladius(syllable) for syllable in syllables.split(" ")) if syllables else None
    written = latin(run)
    if written is None:
        return None
    return transcribed(written.lower())


_RUSSIAN: Final = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя+"


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern), sound) for pattern, sound in tables("")["english_in_russian"]]


def transcribed(written: str) -> str:
    """An English or other Latin word in Russian letters, by the rules of `english_in_russian`: the first that fits."""
    said, at = "", 0
    while at < len(written):
        for pattern, sound in _patterns():
            match = pattern.match(written, at)
            if match and match.end() > at:
                said += sound
                at = match.end()
                break
        else:
            at += 1
    return said


def _palladius(syllable: str) -> str:
    whole = _table("palladius").get(syllable)
    if whole:
        return whole
    initials, finals = _table("palladius_initials"), _table("palladius_finals")
    for length in (2, 1):
        begin, rest = syllable[:length], syllable[length:]
        if begin in initials and rest in finals:
            return initials[begin] + finals[rest]
    return transcribed(syllable)

"""Chinese as Kokoro's phonemes: words by jieba, readings by pypinyin, IPA by the table of Mandarin, tones as arrows.

Readings keep the tones of the dictionary, as those had that the model was trained on (misaki's path of v1.0): two third
tones in a row, 一 and 不 it says as people do by itself.
"""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

_INITIALS: Final = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s",
}  # fmt: skip
_FINALS: Final = {
    "a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ",
    "o": "wo0", "ong": "ʊ0ŋ", "ou": "ou0", "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0",
    "ie": "je0", "in": "i0n", "ing": "i0ŋ", "iong": "jʊ0ŋ", "iu": "jou0", "iou": "jou0", "u": "u0", "ua": "wa0",
    "uai": "wai0", "uan": "wa0n", "uang": "wa0ŋ", "ui": "wei0", "uei": "wei0", "un": "wə0n", "uen": "wə0n",
    "ueng": "wə0ŋ", "uo": "wo0", "ü": "y0", "üe": "ɥe0", "üan": "ɥɛ0n", "ün": "y0n",
}  # fmt: skip
_WHOLE: Final = {
    "er": "ɚ0",
    "o": "ɔ0",
    "io": "jɔ0",
    "ê": "ɛ0",
    "m": "m0",
    "n": "n0",
    "ng": "ŋ0",
    "hm": "hm0",
    "hng": "hŋ0",
}
_TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}


@cache
def _cutter() -> Any:
    """jieba's, with its dictionary read anew: no file of a folder that others write to."""
    import jieba

    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional signs as simplified ones, one by one, so that words and readings are found; places stay the same."""
    found = str(_simplifier().convert(text))
    return found if len(found) == len(text) else text


def sounds(text: str) -> list[tuple[str, str]]:
    """The words of a clause in Chinese signs, each with its phonemes, in order."""
    found, at = [], 0
    for word in _cutter().lcut(text):
        found.append((word, "".join(syllable(each) for each in readings(text, at, word))))
        at += len(word)
    return found


def readings(text: str, at: int, word: str) -> tuple[str, ...]:
    """The readings of a word that stands at a place of a clause: `zhong1 guo2`.

    Those that a dictionary writes down for the word; where it has none, those of its signs, which `readings.toml`
    corrects: by the word itself if jieba knows it, by the clause if jieba only guessed it.
    """
    found = _dictionary(word)
    if len(found) != len(word) or word in _table()["words"] or (len(word) > 1 and word in _phrases()):
        return found
    within = len(word) > 1 and _cutter().FREQ.get(word, 0) > _CHANCE
    clause, first = (word, 0) if within else (text, at)
    open_places = _open(word)
    return tuple(
        (place in open_places and _by_rule(clause, first + place, within=within)) or reading
        for place, reading in enumerate(found)
    )


@lru_cache(8192)
def _open(word: str) -> frozenset[int]:
    """Places of the signs of a word that belong to no shorter word whose readings are written down."""
    from pypinyin.seg import mmseg

    found, at = set(), 0
    for part in mmseg.seg.cut(word):
        if len(part) == 1 or part not in _phrases():
            found |= set(range(at, at + len(part)))
        at += len(part)
    return frozenset(found)


_CHANCE: Final = 3
"""So often jieba has what is no word, but was once taken for one."""


@cache
def _phrases() -> Any:
    from pypinyin.constants import PHRASES_DICT

    return PHRASES_DICT


@lru_cache(8192)
def _dictionary(word: str) -> tuple[str, ...]:
    from pypinyin import Style, lazy_pinyin

    if own := _table()["words"].get(word):
        return tuple(own.split(" "))
    return tuple(lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore"))


def _by_rule(text: str, at: int, *, within: bool = False) -> str | None:
    for row in _rules().get(text[at], ()):
        if within > row.within or not row.before.match(text[max(0, at - 8) : at]):
            continue
        if row.after.match(text[at + 1 : at + 9]):
            return row.pinyin
    return None


class _Rule(NamedTuple):
    before: re.Pattern[str]
    after: re.Pattern[str]
    pinyin: str
    within: bool


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "readings.toml").read_text("utf-8"))


@cache
def _rules() -> dict[str, list[_Rule]]:
    found: dict[str, list[_Rule]] = {}
    for row in _table()["reading"]:
        before = re.compile(f".*{row['before']}$" if "before" in row else "")
        rule = _Rule(before, re.compile(row.get("after", "")), row["pinyin"], row.get("within", False))
        found.setdefault(row["sign"], []).append(rule)
    return found


@lru_cache(2048)
def syllable(pinyin: str) -> str:
    """`zhong1` as phonemes with the arrow of its tone; nothing for what is no syllable."""
    tone = _TONES.get(pinyin[-1:], "")
    plain = pinyin.rstrip("12345").replace("v", "ü").replace("u:", "ü")
    if plain in _WHOLE:
        return _WHOLE[plain].replace("0", tone)
    begin, rest = _split(plain)
    if begin in ("zh", "ch", "sh", "r", "z", "c", "s") and rest == "i":
        return f"{_INITIALS[begin]}ɨ{tone}"
    if rest not in _FINALS:
        return ""
    return _INITIALS.get(begin, "") + _FINALS[rest].replace("0", tone)


def _split(plain: str) -> tuple[str, str]:
    """Initial and final, with what spelling hides: `yuan` is üan, `wei` uei, `ju` jü."""
    if plain.startswith("yu"):
        return "", {"yuan": "üan", "yue": "üe", "yun": "ün"}.get(plain, "ü")
    if plain.startswith("y"):
        rest = plain[1:]
        return "", rest if rest.startswith("i") else "i" + ("ou" if rest == "ou" else rest)
    if plain.startswith("w"):
        rest = plain[1:]
        return "", rest if rest.startswith("u") else "u" + rest
    begin = next(
        (each for each in ("zh", "ch", "sh") if plain.startswith(each)), plain[:1] if plain[:1] in _INITIALS else ""
    )
    rest = plain[len(begin) :]
    if begin in ("j", "q", "x") and rest.startswith("u"):
        rest = "ü" + rest[1:]
    return begin, rest

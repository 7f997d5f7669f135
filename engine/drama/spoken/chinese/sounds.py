"""Chinese as Kokoro's phonemes: words by jieba, readings by pypinyin, IPA by the table of Mandarin, tones as arrows.

Readings keep the tones of the dictionary, as those had that the model was trained on (misaki's path of v1.0): two third
tones in a row, 一 and 不 are said as people do by the model itself.
"""

import logging
from functools import cache, lru_cache
from typing import Any, Final

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
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional signs as simplified ones, one by one, so that words and readings are found; places stay the same."""
    found = str(_simplifier().convert(text))
    return found if len(found) == len(text) else text


def cut(text: str) -> list[str]:
    """The words of Chinese text without marks."""
    return [str(word) for word in _cutter().lcut(text)]


@lru_cache(8192)
def word(text: str) -> str:
    """Phonemes of a Chinese word."""
    from pypinyin import Style, lazy_pinyin

    syllables = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
    return "".join(syllable(each) for each in syllables)


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

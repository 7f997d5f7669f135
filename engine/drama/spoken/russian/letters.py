"""Russian words that are no words: initialisms, initials, letters of other scripts, addresses, stress marks."""

import re
import unicodedata
from functools import cache

from engine.drama.spoken import foreign
from engine.drama.spoken.russian.morphology import is_word
from engine.drama.spoken.russian.numbers import whole
from engine.drama.spoken.scanner import Accent
from engine.drama.spoken.source import STRESS, script
from engine.drama.spoken.words import tables

_VOWELS = "аеёиоуыэюя"
_STRESSED = re.compile(f"([{_VOWELS}{_VOWELS.upper()}]){STRESS}")


def stressed(text: str) -> str:
    """Combining acutes as Silero's `+` before the vowel; other acutes go."""
    return _STRESSED.sub(r"+\1", unicodedata.normalize("NFC", text)).replace(STRESS, "")


@cache
def _capitals(key: str) -> frozenset[str]:
    return frozenset(tables("russian")["capitals"][key].split())


def word(run: str, before: str, after: str, accent: Accent) -> str | None:
    """See `LanguageRules.word`."""
    kind = script(run[0])
    if kind == "GREEK" and len(run) == 1:
        return str(tables("russian")["greek"].get(run.lower(), "")) or foreign.cyrillic(run)
    if kind == "LATIN":
        return _latin(run, before, after)
    if kind != "CYRILLIC":
        return foreign.cyrillic(run)
    plain = stressed(run)
    if plain.isupper() and plain.isalpha():
        if len(plain) == 1 and plain.lower() not in _VOWELS + "вкс" and not (before + after).strip(" .").isupper():
            return str(tables("russian")["letters"].get(plain.lower(), "")) or foreign.cyrillic(plain)
        if len(plain) > 1 and _is_spelled(plain.lower()):
            return spelled(plain)
    if all(letter in "абвгдеёжзийклмнопрстуфхцчшщъыьэюя+" for letter in plain.lower()):
        return _modern(plain)
    modern = foreign.cyrillic(plain)
    return _modern(modern) if modern else None


def _modern(text: str) -> str:
    """Without the mute hard sign that words once ended with."""
    return text[:-1] if len(text) > 1 and text[-1] in "ъЪ" else text


def _is_spelled(lower: str) -> bool:
    if lower in _capitals("read"):
        return False
    if lower in _capitals("spelled") or lower in tables("russian")["own_capitals"]:
        return True
    if is_word(lower):
        return False
    return len(lower) <= 6 and not any(letter in _VOWELS for letter in lower) and len(set(lower)) > 1


def spelled(text: str) -> str:
    """Letters by their names, digits as digits: `ФСБ` becomes `эф эс бэ`."""
    known = tables("russian")
    own = known["own_capitals"].get(text.lower())
    if own:
        return str(own)
    names = {**known["letters"], **known["latin_letters"]}
    return " ".join(
        str(names.get(letter, whole(letter) if letter.isdecimal() else "")) for letter in text.lower()
    ).strip()


def _latin(run: str, before: str, after: str) -> str | None:
    known = tables("russian")
    plain = foreign.plain(run).replace("’", "'")
    bare = plain.replace("'", "")
    if not bare:
        return None
    if bare.lower() in known["latin"]:
        return str(known["latin"][bare.lower()])
    if len(bare) == 1 or (bare.isupper() and len(bare) <= (5 if not _is_cried(before, after) else 3)):
        return spelled(bare)
    if not re.search("[aeiouy]", bare.lower()) and len(bare) <= 6:
        return spelled(bare)
    for ending, sound in (("'s", "с"), ("s", "с")):
        stem = plain.lower().removesuffix(ending)
        if plain.lower().endswith(ending) and stem in known["latin"]:
            return str(known["latin"][stem]) + sound
    return foreign.transcribed(bare.lower()) or spelled(bare)


def _is_cried(before: str, after: str) -> bool:
    beside = [*re.findall(r"[A-Za-z]{2,}", before)[-1:], *re.findall(r"[A-Za-z]{2,}", after)[:1]]
    return any(each.isupper() for each in beside)


def address(text: str) -> str:
    """A web or mail address: `info@mail.ru` becomes `инфо собака мейл точка ру`."""
    said: list[str] = []
    for part in re.findall(r"[^\W\d_]+|\d+|[^\w]|_", text.replace("://", " ")):
        if part.isdecimal():
            said.append(whole(part))
        elif part.isalpha():
            said.append(word(part, "", "", "us") or "")
        else:
            said.append(_ADDRESS_SIGNS.get(part, ""))
    return " ".join(each for each in said if each)


_ADDRESS_SIGNS = {
    ".": "точка", "/": "слэш", "@": "собака", "-": "дефис", "_": "подчёркивание", ":": "двоеточие", "=": "равно",
    "?": "вопрос", "&": "амперсанд", "#": "решётка", "%": "процент", "+": "плюс", "~": "тильда",
}  # fmt: skip

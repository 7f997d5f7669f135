"""Russian numbers in words, in every case and gender. The words are num2words'."""

from functools import lru_cache
from typing import Final

from num2words import num2words

from engine.drama.spoken.russian.morphology import CASES, Case

LONGEST: Final = 18
"""More digits than these are read one by one."""
_CASE: Final = {"nomn": "n", "gent": "g", "datv": "d", "accs": "a", "ablt": "i", "loct": "p"}
_GENDER: Final = {"masc": "m", "femn": "f", "neut": "n", "plur": "p"}
_DIGITS: Final = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
_PARTS: Final = ("", "десятая", "сотая", "тысячная", "десятитысячная", "стотысячная", "миллионная")


@lru_cache(4096)
def cardinal(number: int, case: Case = "nomn", gender: str = "masc", *, animate: bool = False) -> str:
    words = str(num2words(number, lang="ru", case=_CASE[case], gender=_GENDER[gender], animate=animate))
    first, _, rest = words.partition(" ")
    return rest if number // 1000 == 1 and first.startswith("одн") and rest.startswith("тысяч") else words


@lru_cache(4096)
def ordinal(number: int, case: Case = "nomn", gender: str = "masc", *, animate: bool = False) -> str:
    """`gender` may be `plur`."""
    return str(num2words(number, lang="ru", to="ordinal", case=_CASE[case], gender=_GENDER[gender], animate=animate))


def digits(text: str) -> str:
    return " ".join(_DIGITS[int(sign)] for sign in text if sign.isdecimal())


def whole(text: str, case: Case = "nomn", gender: str = "masc", *, animate: bool = False) -> str:
    """Digits with spaces between thousands, as they are said."""
    plain = text.replace(" ", "")
    if len(plain) > LONGEST or (len(plain) > 1 and plain[0] == "0"):
        return digits(plain)
    return cardinal(int(plain), case, gender, animate=animate)


def decimal(text: str, case: Case = "nomn") -> str:
    """`3,5`: three wholes, five tenths; more than six digits after the comma one by one."""
    before, _, after = text.replace(" ", "").replace(".", ",").partition(",")
    before = before or "0"
    if len(after) >= len(_PARTS) or len(before) > LONGEST or (len(before) > 1 and before[0] == "0"):
        return f"{whole(before)} запятая {digits(after)}"
    return f"{_part(int(before), 'целая', case)} {_part(int(after), _PARTS[len(after)], case)}"


def _part(number: int, name: str, case: Case) -> str:
    last = number % 10 == 1 and number % 100 != 11
    said = cardinal(number, case, "femn")
    endings = {"nomn": "ая", "gent": "ой", "datv": "ой", "accs": "ую", "ablt": "ой", "loct": "ой"}
    several = {"nomn": "ых", "gent": "ых", "datv": "ым", "accs": "ых", "ablt": "ыми", "loct": "ых"}
    return f"{said} {name[:-2]}{endings[case] if last else several[case]}"


def compound(number: int) -> str:
    """The number before another root: двадцати(летний), сто(летний), тысяче(летний)."""
    if number == 1:
        return "одно"
    if number % 10 == 1 and number % 100 != 11:
        return cardinal(number - 1, "gent").replace(" ", "") + "одно"
    if number in (90, 100):
        return cardinal(number)
    if number == 1000:
        return "тысяче"
    return cardinal(number, "gent").replace(" ", "")


def ordinal_forms(number: int) -> list[tuple[str, Case, str]]:
    """Every form of an ordinal number, with its case and gender."""
    return [(ordinal(number, case, gender), case, gender) for gender in _GENDER for case in CASES]

"""English words that are no words: capitals spelled or read, single letters, addresses, letters of other scripts."""

import re
import unicodedata
from functools import cache

from engine.drama.spoken import foreign
from engine.drama.spoken.english.numbers import digits
from engine.drama.spoken.scanner import Accent
from engine.drama.spoken.source import script
from engine.drama.spoken.words import tables

_FRENCH = "àâäçéèêëîïñôöùûüæœÀÂÄÇÉÈÊËÎÏÑÔÖÙÛÜÆŒ"
"""Letters of foreign words that English writes as they are."""
_VOWEL = re.compile(r"[AEIOUY]")


@cache
def _capitals(key: str) -> frozenset[str]:
    return frozenset(tables("english")["capitals"][key].split())


def spelled(text: str) -> str:
    """Letters and digits one by one: `BBC` becomes `B B C`."""
    return " ".join(digits(sign) if sign.isdecimal() else sign.upper() for sign in text if sign.isalnum())


def word(run: str, before: str, after: str, accent: Accent) -> str | None:
    """See `LanguageRules.word`."""
    kind = script(run[0])
    if kind == "GREEK":
        return _greek(run)
    if kind != "LATIN":
        return foreign.latin(run)
    run = run.replace("’", "'")
    letters, ending = (run[:-2], "'s") if run.endswith("'s") else (run, "")
    if letters[-1:] == "s" and letters[:-1].isupper() and len(letters) > 2:
        letters, ending = letters[:-1], "s"
    if len(letters) > 1 and letters.isupper() and _is_spelled(letters, before, after):
        return f"{spelled(letters)}{ending}"
    if len(run) == 1 and run.isupper() and run not in "AIO":
        return run
    return run if all(letter.isascii() or letter in _FRENCH for letter in run) else foreign.plain(run) or None


def _is_spelled(letters: str, before: str, after: str) -> bool:
    lower = letters.lower()
    if lower in _capitals("read"):
        return False
    cried = _is_cried(before, after)
    if lower in _capitals("spelled"):
        return not (cried and lower in _capitals("words") | {"it", "us", "am", "ok"})
    if lower in _capitals("words") or not letters.isalpha():
        return False
    if not _VOWEL.search(letters):
        return len(letters) <= 6 and len(set(letters)) > 1
    return len(letters) <= 3 and not cried


def _is_cried(before: str, after: str) -> bool:
    """Whether words beside are written in capitals too."""
    beside = [*re.findall(r"[A-Za-z']{2,}", before)[-2:], *re.findall(r"[A-Za-z']{2,}", after)[:2]]
    return any(each.isupper() and each.lower() not in _capitals("spelled") for each in beside)


def _greek(run: str) -> str:
    names = tables("english")["greek"]
    plain = unicodedata.normalize("NFD", run.lower())
    if len(run) == 1:
        return str(names.get(plain[0], "")) or foreign.latin(run) or run
    return foreign.latin(run) or run


def address(text: str) -> str:
    """A web or mail address: `www.example.org/a` becomes `W W W dot example dot org slash a`."""
    said: list[str] = []
    for part in re.findall(r"https?://|[^\W\d_]+|\d+|[^\w]|_", text):
        if part.startswith("http"):
            said.append(spelled(part.strip(":/")) + ",")
        elif part.isdecimal():
            said.append(digits(part))
        elif part.isalpha():
            said.append(_host(part))
        else:
            said.append(_ADDRESS_SIGNS.get(part, ""))
    return " ".join(each for each in said if each)


_ADDRESS_SIGNS = {
    ".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", ":": "colon", "?": "question mark",
    "=": "equals", "&": "and", "#": "hash", "%": "percent", "+": "plus", "~": "tilde",
}  # fmt: skip


def _host(part: str) -> str:
    known = ("com", "org", "net", "edu", "gov", "info", "dev")
    if not part.isascii():
        return foreign.plain(part) if script(part[0]) == "LATIN" else foreign.latin(part) or spelled(part)
    if part.lower() in known or (len(part) > 3 and _VOWEL.search(part.upper())):
        return part.lower()
    return spelled(part) if len(part) <= 3 or not _VOWEL.search(part.upper()) else part.lower()

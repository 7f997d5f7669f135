"""Russian words: what part of speech a form is, and whose. By pymorphy3 where it is installed, by endings where not."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.drama.cast.tables import words
from engine.drama.project import Gender

_GENDERS: dict[str, Gender] = {"masc": "male", "femn": "female"}
_FUNCTION = {"CONJ", "PREP", "PRCL", "ADVB", "INTJ", "NPRO", "GRND", "INFN", "PRED", "COMP", "NUMR"}
_NAMED = {"Name", "Surn", "Patr"}
_ENDING = re.compile(r"(ами|ями|ей|ого|ому|ыми|ою|ею|ой|ым|им|ом|ем|ам|ям|ах|ях|[аяуюыиеоьй])$")
_SURNAME = re.compile(r"(ов|ев|ин|ын|ский|цкий|ич|енко|чук|швили|дзе)$")
_SURNAME_FEMALE = re.compile(r"(ова|ева|ина|ына|ская|цкая|овна|евна|ична)$")


@dataclass(frozen=True)
class WordForm:
    """`subject`: the nominative singular of somebody. `finite`: a verb that a subject goes with."""

    lemma: str
    subject: bool = False
    gender: Gender = "unknown"
    adjective: bool = False
    person: bool = False
    """A word for a living being."""
    finite: bool = False
    first: bool = False
    """A verb of the first person."""
    plural: bool = False
    name: bool = False
    place: bool = False
    spoken: bool = False
    """A verb, an interjection, a word of grammar: no name, even with a capital."""


def plain(word: str) -> str:
    return word.casefold().replace("ё", "е")


def stem(word: str) -> str:
    """What all cases of a name have in common, nearly: `павловн`, `чичиков`."""
    return re.sub(r"[аеиьй]$", "", _ENDING.sub("", plain(word))) or plain(word)


@cache
def _analyser() -> Any:
    try:
        from pymorphy3 import MorphAnalyzer
    except ImportError:
        return None
    return MorphAnalyzer()


@cache
def form(word: str) -> WordForm:
    """Of one word; a capital says that it may be a name."""
    analyser = _analyser()
    return _by_ending(word) if analyser is None else _by_dictionary(word, analyser)


def _by_dictionary(word: str, analyser: Any) -> WordForm:
    low, capital = plain(word), word[:1].isupper()
    parses = analyser.parse(word)
    verb = next((p for p in parses[:3] if "VERB" in p.tag and "indc" in p.tag), None)
    if verb is not None and not capital and verb.score >= 0.2:
        past = "past" in verb.tag
        return WordForm(
            plain(verb.normal_form),
            finite=past or "3per" in verb.tag or "1per" in verb.tag,
            gender=_gender(verb.tag) if past else "unknown",
            first="1per" in verb.tag,
            plural="plur" in verb.tag,
        )
    known = words("russian", "male") | words("russian", "female") | words("russian", "neutral")
    best = None
    told = low in words("russian", "neutral")
    if not capital and not told and (low in words("russian", "function") or str(parses[0].tag.POS) in _FUNCTION):
        return WordForm(plain(parses[0].normal_form))
    if told:
        return WordForm(low, subject=True, person=True)
    for parse in parses:
        tag = parse.tag
        named = bool(_NAMED & set(tag.grammemes))
        if low in words("russian", "no_persons"):
            break
        if "nomn" in tag and "sing" in tag and (("NOUN" in tag and ("anim" in tag or low in known)) or "NPRO" in tag):
            if capital and not named and best is None:
                best = parse
            elif not capital or named:
                best = parse
                break
    if capital and (best is None or not _NAMED & set(best.tag.grammemes)):
        if _SURNAME.search(low):
            return WordForm(low, subject=True, gender="male", person=True, name=True)
        if _SURNAME_FEMALE.search(low):
            return WordForm(low, subject=True, gender="female", person=True, name=True)
    if best is not None:
        named = bool(_NAMED & set(best.tag.grammemes))
        gender = _gender(best.tag)
        if low.endswith(("ич", "ыч")) and "Patr" in best.tag:
            gender = "male"
        return WordForm(plain(best.normal_form), subject=True, gender=gender, person=True, name=named)
    first = parses[0]
    if capital and first.tag.POS in {"VERB", "INTJ", "PRCL", "CONJ", "PREP", "ADVB", "INFN", "GRND", "NPRO", "PRED"}:
        return WordForm(plain(first.normal_form), spoken=True)
    adjective = next(
        (p for p in parses if ("ADJF" in p.tag or "PRTF" in p.tag) and "nomn" in p.tag and "sing" in p.tag), None
    )
    if adjective is not None:
        return WordForm(plain(adjective.normal_form), gender=_gender(adjective.tag), adjective=True)
    person = "NOUN" in first.tag and ("anim" in first.tag or plain(first.normal_form) in known)
    named = bool(_NAMED & set(first.tag.grammemes))
    return WordForm(
        plain(first.normal_form), person=person, gender=_gender(first.tag), name=named, place="Geox" in first.tag
    )


def _gender(tag: Any) -> Gender:
    return _GENDERS.get(str(tag.gender), "unknown")


def _by_ending(word: str) -> WordForm:
    low, capital = plain(word), word[:1].isupper()
    for gender, listed in (("male", "male"), ("female", "female"), ("unknown", "neutral")):
        if low in words("russian", listed):
            return WordForm(low, subject=True, gender=gender, person=True)  # type: ignore[arg-type]
    if capital:
        female = low.endswith(("а", "я"))
        subject = not low.endswith(("у", "ю", "ом", "ем", "ой", "ей", "ым", "е", "ы"))
        return WordForm(low, subject=subject, gender="female" if female else "male", person=True, name=True)
    if match := re.search(r"(л|ла|ло|ли)(ся|сь)?$", low):
        past: Gender = {"л": "male", "ла": "female"}.get(match[1], "unknown")  # type: ignore[assignment]
        return WordForm(low, finite=len(low) > 3, gender=past, plural=match[1] == "ли")
    if re.search(r"(ет|ит|ёт)(ся)?$", low):
        return WordForm(low, finite=True)
    if re.search(r"(ый|ий|ой)$", low):
        return WordForm(low, gender="male", adjective=True)
    return WordForm(low)


@cache
def speaks(word: str) -> bool:
    """Whether a finite verb is one of speech."""
    lemma = form(word).lemma
    listed = words("russian", "speech")
    if lemma in listed:
        return True
    if _analyser() is not None:
        return False
    root = re.sub(r"(л|ла|ло|ли)?(ся|сь)?$", "", lemma)
    return len(root) > 3 and any(each.startswith(root) for each in listed)

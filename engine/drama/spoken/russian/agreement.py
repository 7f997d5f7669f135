"""In which case a Russian number stands: by the noun that it counts and the preposition before it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from engine.drama.spoken.russian.morphology import Case, NounForm, cases_after, is_adjective, nouns

_WORD = re.compile(r"[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)
_GENITIVE_AFTER = "тысяч миллион миллиард"


class Agreement(NamedTuple):
    case: Case
    gender: str = "masc"
    animate: bool = False


def preposition(before: str) -> str:
    """The preposition that a number depends on: the word before it, past adjectives, numbers and dashes."""
    words: list[str] = re.findall(r"[а-яё-]+|\d+|[.!?;:—(]", before.lower().replace("ок. ", "около "))
    for word in reversed(words[-4:]):
        if cases_after(word):
            return word
        if not (word.isdecimal() or word in ("и", "или", "—", "-") or (word.isalpha() and is_adjective(word))):
            return ""
    return ""


def noun_after(after: str) -> str:
    """The noun that is counted: the first word after the number, or the second after an adjective."""
    at = 0
    for _ in range(3):
        match = re.compile(r" ?[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE).match(after, at)
        if match is None:
            return ""
        word = match[0].strip()
        if cases_after(word) or word.lower() in ("и", "или", "до", "на"):
            return ""
        if nouns(word) and not (is_adjective(word) and not nouns(word)):
            return word
        if not is_adjective(word):
            return ""
        at = match.end()
    return ""


def of_count(number: int, before: str, after: str) -> Agreement:
    """How a cardinal number stands between what is before and after it."""
    wanted = cases_after(preposition(before))
    forms = nouns(noun_after(after))
    last, teens = number % 10, 10 < number % 100 < 20
    if not forms:
        return Agreement(_alone(preposition(before), after))
    if last == 1 and not teens:
        return _single(forms, wanted)
    for form in forms:
        if form.number == "plur" and form.case in ("datv", "ablt", "loct"):
            return Agreement(form.case, form.gender)
    form = forms[0]
    few = 2 <= last <= 4 and not teens
    plural = any(each.number == "plur" and each.case == "gent" for each in forms)
    single = any(each.number == "sing" and each.case == "gent" for each in forms)
    if "gent" in wanted and (not few or plural or "accs" not in wanted):
        return Agreement("gent", form.gender)
    if few and plural and not single and form.animate:
        return Agreement("gent", form.gender)
    return Agreement("nomn", form.gender)


def _single(forms: tuple[NounForm, ...], wanted: tuple[Case, ...]) -> Agreement:
    singular = [form for form in forms if form.number == "sing"] or list(forms)
    fitting = [form for case in wanted for form in singular if form.case == case]
    form = fitting[0] if fitting else _first(singular, "nomn") or _first(singular, "accs") or singular[0]
    return Agreement(form.case, form.gender, form.animate)


def _first(forms: Sequence[NounForm], case: Case) -> NounForm | None:
    return next((form for form in forms if form.case == case), None)


def _alone(word: str, after: str) -> Case:
    """Without a noun: only prepositions that leave no doubt, and `с 3 до 5`."""
    cases = cases_after(word)
    if word in ("с", "со"):
        return "gent"
    return cases[0] if len(cases) == 1 and cases[0] != "accs" else "nomn"


def of_place(before: str, lone: Case = "nomn") -> Case:
    """The case of a noun that stands for itself: `в г. Москве`, `на ул. Ленина`, `к 1812 г.`"""
    word = preposition(before)
    cases = cases_after(word)
    if not cases:
        return lone
    return "gent" if word in ("с", "со") else cases[0]

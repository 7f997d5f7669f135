"""Forms of Russian words: what case a word stands in, and a word in the case that is asked for. By pymorphy3."""

from functools import cache, lru_cache
from typing import Any, Final, Literal, NamedTuple

Case = Literal["nomn", "gent", "datv", "accs", "ablt", "loct"]
CASES: Final[tuple[Case, ...]] = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_CASE_OF: Final[dict[str, Case]] = {
    **{case: case for case in CASES},
    "gen1": "gent",
    "gen2": "gent",
    "acc2": "accs",
    "loc1": "loct",
    "loc2": "loct",
}
_GENITIVE: Final = (
    "без безо до от ото из изо у для после около против вместо кроме среди ради возле вокруг мимо свыше менее более"
    " больше меньше из-за из-под старше младше порядка течение протяжении напротив"
)
_AFTER: Final[dict[str, tuple[Case, ...]]] = {
    **dict.fromkeys(_GENITIVE.split(" "), ("gent",)),
    **dict.fromkeys(("к", "ко", "благодаря", "вопреки", "согласно", "навстречу"), ("datv",)),
    **dict.fromkeys(("через", "про", "сквозь", "спустя"), ("accs",)),
    **dict.fromkeys(("над", "надо", "перед", "передо", "между"), ("ablt",)),
    **dict.fromkeys(("в", "во", "на", "о", "об", "обо"), ("loct", "accs")),
    **dict.fromkeys(("с", "со"), ("ablt", "gent")),
    **dict.fromkeys(("за", "под"), ("accs", "ablt")),
    "по": ("datv", "accs"),
    "при": ("loct",),
}


class NounForm(NamedTuple):
    """How a noun stands: case, `sing` or `plur`, `masc`, `femn` or `neut`, whether it lives."""

    case: Case
    number: str
    gender: str
    animate: bool


@cache
def analyser() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(2048)
def nouns(word: str) -> tuple[NounForm, ...]:
    """Every way in which a word can be a noun, the likeliest first."""
    forms = []
    for parse in analyser().parse(word.lower()):
        tag = parse.tag
        case = _CASE_OF.get(str(tag.case))
        if tag.POS == "NOUN" and case:
            forms.append(NounForm(case, str(tag.number or "sing"), str(tag.gender or "masc"), tag.animacy == "anim"))
    return tuple(forms)


@lru_cache(2048)
def is_adjective(word: str) -> bool:
    parses = analyser().parse(word.lower())
    return bool(parses) and any(parse.tag.POS in ("ADJF", "PRTF") for parse in parses[:2])


@lru_cache(2048)
def is_word(word: str) -> bool:
    """Whether the dictionary knows it, as more than an abbreviation."""
    known = analyser()
    return bool(known.word_is_known(word.lower())) and any(
        "Abbr" not in parse.tag for parse in known.parse(word.lower())
    )


def cases_after(preposition: str) -> tuple[Case, ...]:
    """Cases that a preposition asks for, the likelier first; none for another word."""
    return _AFTER.get(preposition.lower(), ())


@lru_cache(2048)
def inflected(lemma: str, case: Case, number: str = "sing") -> str:
    """A noun in a case; words after its first stay as they are: `километр в час`."""
    if lemma == "год" and (case, number) == ("loct", "sing"):
        return "году"
    first, space, rest = lemma.partition(" ")
    if space and is_adjective(first):
        head, _, tail = rest.partition(" ")
        gender = next((form.gender for form in nouns(head)), "masc")
        wanted = {case, "plur"} if number == "plur" else {case, gender}
        return " ".join(filter(None, [_inflect(first, wanted), _inflect(head, {case, number}), tail]))
    return _inflect(first, {case, number}) + space + rest


def _inflect(word: str, grammemes: set[str]) -> str:
    parses = analyser().parse(word)
    parse = next((each for each in parses if "nomn" in each.tag and "sing" in each.tag), parses[0])
    found = parse.inflect(grammemes)
    return str(found.word) if found else word


@lru_cache(2048)
def counted(lemma: str, number: int, case: Case, *, part: bool = False) -> str:
    """A noun after a number that stands in a case; `part`: after a decimal fraction."""
    if part:
        return inflected(lemma, "gent")
    last, teens = number % 10, 10 < number % 100 < 20
    if last == 1 and not teens:
        return inflected(lemma, case)
    if case in ("nomn", "accs"):
        if 2 <= last <= 4 and not teens:
            adjective = is_adjective(lemma.split(" ")[0]) and " " in lemma
            return inflected(lemma, "gent", "sing") if not adjective else _few(lemma)
        if lemma.endswith(("вольт", "ампер", "ватт", "герц", "байт")):
            return lemma
        return "человек" if lemma == "человек" else "лет" if lemma == "год" else inflected(lemma, "gent", "plur")
    if lemma == "год" and case == "gent":
        return "лет"
    return inflected(lemma, case, "plur")


def _few(lemma: str) -> str:
    """два квадратных метра: the adjective in the plural, the noun in the singular."""
    first, _, rest = lemma.partition(" ")
    return f"{_inflect(first, {'gent', 'plur'})} {inflected(rest, 'gent')}"

"""What the words around a place in a text say of it: whether it happens, here, now."""

import re
import typing
from typing import Final, Literal

from engine.drama.project import Language
from engine.drama.scenes.patterns import clause_of, sentence_of
from engine.drama.scenes.tables import pattern, table

Doubt = Literal["negated", "unheard", "compared", "supposed", "past", "earlier", "habitual"]
DOUBTS: Final[tuple[Doubt, ...]] = typing.get_args(Doubt)
Bearing = Literal["arrive", "stay", "inside", "leave", "toward", "named"]
"""What a place is to those who tell of it; `named`: nothing is known but its name."""

_WORD_BEFORE = re.compile(r"(?:[\w'-]+\s+)?$")
_WORDS_BEFORE = re.compile(r"(?:[\w'-]+\s+){0,3}$")


def matches(
    name: str, value: str, kind: str, language: Language, text: str, span: tuple[int, int] | None = None
) -> list[re.Match[str]]:
    """Matches of a row of a table in folded text, or a span of it, without those that its `not` takes out."""
    found = list(pattern(name, value, kind, language).finditer(text, *(span or ())))
    if not found:
        return []
    kept_out = [each.span() for each in pattern(name, value, "not", language).finditer(text)]
    return [each for each in found if not _overlaps(each.span(), kept_out)]


def doubts(text: str, start: int, end: int, language: Language, close: bool = False) -> set[Doubt]:
    """What speaks against it that the thing named at `start` to `end` of folded `text` happens here and now; `close`:
    only the word right before it negates."""
    clause, sentence = clause_of(text, start, end), sentence_of(text, start, end)
    if language == "zh":
        near = (max(clause[0], start - (1 if close else 4)), end)
    else:
        before = (_WORD_BEFORE if close else _WORDS_BEFORE).search(text, clause[0], start)
        near = (before.start() if before else start, end)
    spans = {"near": near, "before": (clause[0], end), "clause": clause, "sentence": sentence}
    found: set[Doubt] = set()
    for doubt in DOUBTS:
        row = table("contexts")[doubt]
        if _holds(doubt, text, spans[row.get(f"reach_{language}", row["reach"])], language):
            found.add(doubt)
    if text[sentence[1] : sentence[1] + 1] in ("?", "？"):
        found.add("supposed")
    return found


def distant(text: str, start: int, end: int, language: Language, whole: bool = False) -> bool:
    """Whether the clause, or the `whole` sentence, says that it is far away."""
    around = sentence_of if whole else clause_of
    return _holds("distant", text, around(text, start, end), language)


def bearing(text: str, start: int, end: int, language: Language) -> Bearing:
    """What stands before (in Chinese also behind) a place."""
    before = text[clause_of(text, start, end)[0] : start]
    for each in ("leave", "arrive", "stay", "inside", "toward"):
        if _ends_with(each, before, language):
            return each
    if language == "zh":
        behind = pattern("contexts", "behind", "", language).match(text, end)
        if (behind and not pattern("contexts", "behind", "not", language).match(text, end)) or _tells_where(text, end):
            return "inside"
    return "named"


def is_name(original: str, folded: str, start: int, language: Language) -> bool:
    """Whether the word at `start` is somebody's name: a title stands before it, or a capital inside a sentence."""
    if language == "zh":
        return False
    before = folded[:start]
    titled = re.search(r"([\w-]+)\.?\s+$", before)
    if titled and pattern("contexts", "title", "", language).fullmatch(titled[1]):
        return True
    first = not before[sentence_of(folded, start, start)[0] :].strip(" \t\"'«“”„—–-")
    if not original[start].isupper() or (original.isupper() and len(original) > 3):
        return False
    return pattern("feelings", "said", "", language).match(folded, _word_end(folded, start)) is not None or not first


def _tells_where(text: str, end: int) -> bool:
    """A Chinese place that ends with "inside" itself: 林中, 船上."""
    return text[end - 1] in "中里上内边前头下"


def _word_end(text: str, start: int) -> int:
    found = re.compile(r"[\w'-]+\s*").match(text, start)
    return found.end() if found else start


def _holds(row: str, text: str, span: tuple[int, int], language: Language) -> bool:
    return bool(matches("contexts", row, "", language, text, span))


def _ends_with(row: str, before: str, language: Language) -> bool:
    found = pattern("contexts", row, "", language, before_noun=True).search(before)
    return found is not None and not _overlaps(
        found.span(), [each.span() for each in pattern("contexts", row, "not", language).finditer(before)]
    )


def _overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)

"""What each line says of where and when it is, and how much that weighs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from engine.drama.project import Language, Line, Project
from engine.drama.scenes.contexts import bearing, distant, doubts, is_name, matches
from engine.drama.scenes.patterns import clause_of, folded, sentence_of
from engine.drama.scenes.tables import any_of, table

Aspect = Literal["place", "weather", "time", "mood"]
FILES: dict[Aspect, str] = {"place": "places", "weather": "weather", "time": "times", "mood": "moods"}

# Weights: one thing said plainly is enough to believe it by half and more (see `scenes.confidence`).
_ARRIVE, _SET, _STAY, _INSIDE, _SUBJECT, _HINT, _NAMED = 0.9, 0.8, 0.7, 0.5, 0.4, 0.2, 0.12
_SURE, _MAYBE, _MOOD_SURE, _MOOD_MAYBE = 0.8, 0.25, 0.5, 0.2
_AGAIN = 0.3
_TOLD = 3.0
"""Of a script's own heading or cue."""
_IN_SPEECH = 0.25
"""People speak of other places and times than here and now."""
_HERE = {
    "en": re.compile(r"\b(?:this|here|these|good)\b"),
    "ru": re.compile(r"\b(?:этот|эта|это|этом|этой|эту|здесь|тут|добр\w+|доброй|спокойной)\b"),
    "zh": re.compile("这|此"),
}
_DOUBTED = {"negated": 0.0, "unheard": 0.3, "compared": 0.0, "supposed": 0.0, "past": 0.1, "habitual": 0.3}
_FAR = 0.5
_EARLIER: dict[Aspect, float] = {"place": 0.3, "weather": 0.7, "time": 0.3, "mood": 0.7}
"""What had been before is over, but snow that had fallen lies."""
_IS = re.compile(
    r"(?:was|were|lay|is|looked|seemed|grew|became|stood|smelt|smelled|swarmed|(?:был|стоял|лежал|казал|опустел|темнел|"
    r"пустовал|шумел|кипел|тонул)\w*)(?!\w)"
)


@dataclass(frozen=True)
class Evidence:
    """That a line says something of its scene."""

    aspect: Aspect
    value: str
    weight: float
    words: str
    moves: bool = False
    """Whether somebody comes there in this line."""


def language_of(project: Project, line: Line) -> Language:
    return line.language or project.language


def evidence_of(line: Line, language: Language, begins: bool) -> list[Evidence]:
    """What a line says; `begins`: whether a paragraph does with it."""
    if line.kind == "heading":
        return []
    text = folded(line.text)
    found = [*_places(line, text, language, begins)]
    for aspect in ("weather", "time", "mood"):
        found += _named(line, text, language, aspect)
    return _first_counts_most(found)


def _first_counts_most(found: list[Evidence]) -> list[Evidence]:
    """What a line says again of one value weighs less."""
    strongest: dict[tuple[Aspect, str], Evidence] = {}
    for each in found:
        key = (each.aspect, each.value)
        if key not in strongest or each.weight > strongest[key].weight:
            strongest[key] = each
    return [
        each if each is strongest[each.aspect, each.value] else replace(each, weight=each.weight * _AGAIN)
        for each in found
    ]


def told(words: str, language: Language) -> list[Evidence]:
    """What a scene heading or an ambience cue of the script says, without any doubt."""
    text = folded(words)
    found = []
    for aspect, file in FILES.items():
        kinds = ("",) if aspect == "place" else ("heading", "sure", "maybe") if aspect == "time" else ("sure", "maybe")
        for value in table(file):
            if any(matches(file, value, kind, each, text) for kind in kinds for each in ("en", language)):
                found.append(Evidence(aspect, value, _TOLD, words[:200], moves=aspect == "place"))
    return found


def _places(line: Line, text: str, language: Language, begins: bool) -> Iterator[Evidence]:
    if any_of("places", "hint", language).search(text):
        for value in table("places"):
            for match in matches("places", value, "hint", language, text):
                weight = _HINT * _trust(line, text, match.start(), match.end(), language, "place")
                yield Evidence("place", value, weight, _shown(line.text, text, *match.span(), language))
    if not any_of("places", "", language).search(text):
        return
    for value in table("places"):
        for match in matches("places", value, "", language, text):
            start, end = match.start(), match.end()
            if is_name(line.text, text, start, language):
                continue
            where = bearing(text, start, end, language)
            opens = begins and where in ("stay", "inside", "arrive") and not text[:start].strip(" \t—–-").count(" ") > 2
            if where == "leave":
                continue
            if where == "arrive":
                weight = _ARRIVE
            elif where in ("stay", "inside"):
                usual = _STAY if where == "stay" else _INSIDE
                weight = _SET if opens and line.kind == "narration" else usual
            else:
                weight = _SUBJECT if where == "named" and _is_subject(text, start, end, language) else _NAMED
            weight *= _trust(line, text, start, end, language, "place")
            if weight:
                moves = weight >= _SET * 0.99
                yield Evidence("place", value, weight, _shown(line.text, text, start, end, language), moves)


def _named(line: Line, text: str, language: Language, aspect: Aspect) -> Iterator[Evidence]:
    file = FILES[aspect]
    weights = (("sure", _SURE), ("maybe", _MAYBE))
    if aspect == "mood":
        weights = (("sure", _MOOD_SURE), ("maybe", _MOOD_MAYBE))
    taken: list[tuple[int, int]] = []
    for kind, full in weights:
        if not any_of(file, kind, language).search(text):
            continue
        for value in table(file):
            for match in matches(file, value, kind, language, text):
                start, end = match.span()
                if any(start < after and before < end for before, after in taken) and kind == "maybe":
                    continue
                if aspect != "mood" and is_name(line.text, text, start, language):
                    continue
                weight = full * _trust(line, text, start, end, language, aspect)
                if weight:
                    taken.append((start, end))
                    yield Evidence(aspect, value, weight, _shown(line.text, text, start, end, language))


def _trust(line: Line, text: str, start: int, end: int, language: Language, aspect: Aspect) -> float:
    """How far words are about here and now, 0 to 1."""
    trust = 1.0
    for doubt in doubts(text, start, end, language, close=aspect == "time"):
        trust *= _EARLIER[aspect] if doubt == "earlier" else _DOUBTED[doubt]
    if aspect in ("place", "weather") and distant(text, start, end, language):
        trust *= _FAR
    if line.kind != "narration":
        here = _HERE[language].search(text, max(clause_of(text, start, end)[0], start - 12), end)
        trust *= 0.8 if here else _IN_SPEECH
    return trust


def _is_subject(text: str, start: int, end: int, language: Language) -> bool:
    """Whether something is said of it: "The forest was dark", "she saw that the room was empty"."""
    if language == "zh":
        return not text[sentence_of(text, start, start)[0] : start].strip(" \t—–-\"'«“")
    before = text[clause_of(text, start, start)[0] : start].strip(" \t-'")
    return _IS.match(text, end) is not None and (language == "ru" or before.endswith(("the", "this", "our", "whole")))


def _shown(original: str, text: str, start: int, end: int, language: Language) -> str:
    """The words, with a little before them that says why."""
    begin = sentence_of(text, start, start)[0]
    if language == "zh":
        return original[max(begin, start - 4) : end].strip("，。！？；：、 ")[:200]
    before = re.search(r"(?:[\w'-]+\s+){0,2}$", original[begin:start])
    return original[start - len(before[0]) if before else start : end].strip()[:200]

"""Events that narration names and that are heard now, each at its word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.drama.project import Finding, Language, Line, Project, Scene
from engine.drama.scenes.contexts import Doubt, distant, doubts, matches
from engine.drama.scenes.evidence import language_of
from engine.drama.scenes.patterns import clause_of, folded, sounds_at
from engine.drama.scenes.tables import any_of, table
from engine.drama.ticks import Tick, untold

PER_SECOND = {"en": 15.0, "ru": 14.0, "zh": 4.2}
"""Characters that are read in a second, about: enough to keep sounds apart before anything is spoken."""
_APART_S = 10.0
_SAME_APART_S = 30.0
_SURE = 0.8
_FAR_DB, _FAR = -8.0, 0.85
_NUMBER_WITHIN = {"en": 16, "ru": 16, "zh": 5}
"""Characters behind an event in which a number counts it."""
_FORBIDDEN: set[Doubt] = {"negated", "unheard", "compared", "supposed", "past", "earlier", "habitual"}


@dataclass(frozen=True)
class Happening:
    """A sound that the text asks for: `tag`, at a word of a line."""

    line: str
    at: int
    tag: str
    gain_db: float
    confidence: float
    words: str
    parameters: Mapping[str, float]
    """Of the sound of ours with that tag."""


def happenings(project: Project, scene_of: dict[str, Scene], tick: Tick = untold) -> list[Happening]:
    """What is heard, in order, at most about one in ten seconds, and one of a kind in half a minute. Raises what
    `tick` does."""
    kept: list[Happening] = []
    last, last_of = -_APART_S, dict[str, float]()
    clock = 0.0
    for at, line in enumerate(project.lines):
        tick(at / len(project.lines))
        rate = PER_SECOND[language_of(project, line)]
        for event in _named(line, project, scene_of.get(line.id)):
            when = clock + event.at / rate
            if when - last < _APART_S or when - last_of.get(event.tag, -_SAME_APART_S) < _SAME_APART_S:
                continue
            kept.append(event)
            last = last_of[event.tag] = when
        clock += len(line.text) / rate
    return kept


def _named(line: Line, project: Project, scene: Scene | None) -> list[Happening]:
    language = language_of(project, line)
    text = folded(line.text)
    if line.kind != "narration" or not any_of("effects", "", language).search(text):
        return []
    found: list[Happening] = []
    for tag, row in table("effects").items():
        for match in matches("effects", tag, "", language, text):
            start, end = match.span()
            doubt = doubts(text, start, end, language)
            if language == "ru" and doubt == {"compared"} and _heard_how(text, start):
                doubt = set()
            if doubt & _FORBIDDEN:
                continue
            far = distant(text, start, end, language, whole=True)
            found.append(
                Happening(
                    line=line.id,
                    at=sounds_at(match),
                    tag=_ground(scene) if tag == "steps" else tag,
                    gain_db=float(row["gain_db"]) + (_FAR_DB if far else 0.0),
                    confidence=_SURE,
                    words=line.text[start:end].strip()[:200],
                    parameters=_parameters(row, text, start, end, language, far),
                )
            )
    found.sort(key=lambda event: (event.at, -len(event.words)))
    return found


def _parameters(
    row: Mapping[str, Any], text: str, start: int, end: int, language: Language, far: bool
) -> dict[str, float]:
    """How often it sounds, where a number stands in it or close behind, and how far away."""
    found = {row["far"]: _FAR} if far and "far" in row else {}
    if "counted" in row:
        close = (start, min(clause_of(text, start, end)[1], end + _NUMBER_WITHIN[language]))
        numbers = [int(value) for value in table("numbers") if matches("numbers", value, "", language, text, close)]
        if numbers:
            found[row["counted"]] = float(max(numbers))
    return found


def _heard_how(text: str, start: int) -> bool:
    """Russian `как` after a verb of hearing and before a verb is no likeness: слышно было, как хлопнула дверь."""
    before = text[:start].rstrip()
    return before.endswith("как") and any(stem in before[-60:] for stem in ("слыш", "видел", "увид"))


def _ground(scene: Scene | None) -> str:
    """What steps sound like where the scene is."""
    place = table("places")[scene.place.value] if scene and scene.place else {}
    if scene and _is(scene.weather, "snow", "blizzard") and place.get("outdoors"):
        return "steps-snow"
    return f"steps-{place.get('ground', 'wood')}"


def _is(finding: Finding | None, *values: str) -> bool:
    return finding is not None and finding.value in values

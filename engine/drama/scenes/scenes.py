"""Cuts a drama into scenes and says of each where and when it is, what the weather is, how it feels.

Evidence of all lines of a scene is weighed together. What a scene does not say, it takes over from the one before in
its chapter, the less sure the more has changed between them.
"""

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.drama.project import Cue, Finding, Line, Project, Reverb, Scene
from engine.drama.scenes.evidence import FILES, Aspect, Evidence, evidence_of, language_of, told
from engine.drama.scenes.patterns import folded
from engine.drama.scenes.tables import pattern, table
from engine.drama.ticks import Tick, untold

Cut = Literal["chapter", "heading", "break", "cue", "jump", "move"]

_ENOUGH: dict[Aspect, float] = {"place": 0.7, "weather": 0.7, "time": 0.7, "mood": 0.8}
"""Weight of evidence that is believed by two thirds."""
_LEAST: dict[Aspect, float] = {"place": 0.33, "weather": 0.35, "time": 0.3, "mood": 0.35}
"""Confidence below which nothing is said."""
_CARRIED: dict[Cut, dict[Aspect, float]] = {
    "chapter": {},
    "heading": {"weather": 0.4, "mood": 0.3},
    "break": {"place": 0.4, "weather": 0.4, "time": 0.5, "mood": 0.3},
    "cue": {"place": 0.8, "weather": 0.7, "time": 0.9, "mood": 0.7},
    "jump": {"place": 0.6, "weather": 0.3, "mood": 0.4},
    "move": {"weather": 0.7, "time": 0.85, "mood": 0.5},
}
"""How much of what the last scene had is still so, by what parts them."""
_LEAST_CARRIED = 0.2
_HARDER = {"storm": 1.5, "blizzard": 1.5, "rain": 1.2, "snow": 1.2, "wind": 0.8, "fog": 0.9}
"""Of two weathers at once the louder one is heard."""
_SHORT = {"en": 120, "ru": 120, "zh": 40}
"""Characters of a scene that is too short for another to begin by a mere move."""
_MOOD_BY_LENGTH = 1 / 1500
"""A long scene says a word of every mood: that much more must speak for one, a character."""
_HAN = re.compile("[\u4e00-\u9fff]")
_OUTSIDE = re.compile(r"\b(?:ext|нат|экст)\b\.?|外景|外[.。]", re.IGNORECASE)
_INSIDE = re.compile(r"\b(?:int|инт)\b\.?|内景|内[.。]", re.IGNORECASE)


@dataclass
class _Stretch:
    """Lines of one scene, as long as it grows."""

    cut: Cut
    heading: str = ""
    lines: list[Line] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    letters: int = 0
    places: dict[str, float] = field(default_factory=dict)
    """Place -> weight of all that was said of it."""
    said: bool = False
    """Whether any line of it is more than a heading."""

    def add(self, line: Line, evidence: Sequence[Evidence]) -> None:
        self.lines.append(line)
        self.evidence += evidence
        self.letters += len(line.text)
        self.said = self.said or line.kind != "heading"
        _weigh("place", evidence, self.places)


def find_scenes(project: Project, tick: Tick = untold) -> Project:
    """A copy of `project` with its scenes; one that has scenes keeps them as they are. Raises what `tick` does."""
    if project.scenes or not project.lines:
        return project.model_copy()
    stretches = _stretches(project, tick)
    scenes: list[Scene] = []
    for stretch in stretches:
        found = {aspect: _finding(aspect, stretch) for aspect in FILES}
        if scenes:
            _carry(found, scenes[-1], stretch.cut)
        first = stretch.lines[0]
        scenes.append(
            Scene(
                id=stable_id("scene", first.id),
                line=first.id,
                title=stretch.heading or (first.text[:300] if first.kind == "heading" else ""),
                place=found["place"],
                weather=found["weather"],
                time=found["time"],
                mood=found["mood"],
                reverb=_reverb(found["place"], stretch.heading),
            )
        )
    return project.model_copy(update={"scenes": scenes})


def stable_id(kind: str, *of: str) -> str:
    """An id that stays the same as long as that what it is made of does."""
    return f"{kind}-{hashlib.sha256(chr(0).join(of).encode()).hexdigest()[:12]}"


def lines_of(project: Project) -> list[tuple[Scene, list[Line]]]:
    """Scenes with their lines."""
    begins = {scene.line: scene for scene in project.scenes}
    found: list[tuple[Scene, list[Line]]] = []
    for line in project.lines:
        if line.id in begins:
            found.append((begins[line.id], []))
        if found:
            found[-1][1].append(line)
    return found


def confidence(weight: float, others: float, enough: float) -> float:
    """How sure a value is that has so much evidence, and all others together so much."""
    return round(weight / (weight + others) * (1 - math.exp(-weight / enough)), 3) if weight > 0 else 0.0


def _stretches(project: Project, tick: Tick) -> list[_Stretch]:
    chapters = {chapter.line for chapter in project.chapters}
    cues: dict[str, list[Cue]] = defaultdict(list)
    for cue in project.cues:
        cues[cue.at.line].append(cue)
    found: list[_Stretch] = []
    before: Line | None = None
    for at, line in enumerate(project.lines):
        tick(at / len(project.lines))
        language = language_of(project, line)
        begins = before is None or before.break_after not in ("sentence", "turn")
        evidence = evidence_of(line, language, begins)
        headings = [cue.text for cue in cues[line.id] if cue.kind == "scene"]
        ambience = [cue.text for cue in cues[line.id] if cue.kind == "ambience"]
        if line.kind == "heading" and (_INSIDE.match(line.text) or _OUTSIDE.match(line.text)):
            headings.append(line.text)
        for words in [*headings, *ambience]:
            evidence += told(words, language)
        if headings and _INSIDE.search(headings[-1]) and not any(each.aspect == "place" for each in evidence):
            evidence.append(Evidence("place", "room", 1.0, headings[-1][:200]))
        cut = _cut(line, before, chapters, headings, ambience, found[-1] if found else None, evidence, begins, language)
        if cut:
            found.append(_Stretch(cut, headings[-1][:300] if headings else ""))
        found[-1].add(line, evidence)
        before = line
    return found


def _cut(
    line: Line,
    before: Line | None,
    chapters: set[str],
    headings: Sequence[str],
    ambience: Sequence[str],
    scene: _Stretch | None,
    evidence: Sequence[Evidence],
    begins: bool,
    language: Literal["en", "ru", "zh"],
) -> Cut | None:
    """What parts a line from the scene before it; None: it belongs to it."""
    if scene is None or before is None or line.id in chapters or before.break_after == "chapter":
        return "chapter"
    if headings:
        return "heading" if scene.said or scene.heading else None
    if before.break_after == "scene":
        return "break"
    if ambience and scene.said:
        return "cue"
    if line.kind != "narration" or scene.letters < _SHORT[language]:
        return None
    if begins:
        jump = pattern("contexts", "jump", "", language).search(folded(line.text[:60]))
        if jump and jump.start() <= (2 if language == "zh" else 6):
            return "jump"
    moves = [each.value for each in evidence if each.moves and each.aspect == "place"]
    if moves and moves[-1] != max(scene.places, key=lambda value: scene.places[value], default=None):
        return "move"
    return None


def _weigh(aspect: Aspect, evidence: Iterable[Evidence], sums: dict[str, float]) -> None:
    """Add evidence to the weights of values; who comes to another place leaves the old one behind."""
    for each in evidence:
        if each.aspect == aspect:
            if each.moves:
                for value in sums:
                    sums[value] *= 1.0 if value == each.value else 0.4
            sums[each.value] = sums.get(each.value, 0.0) + each.weight


def _finding(aspect: Aspect, stretch: _Stretch) -> Finding | None:
    evidence, sums = stretch.evidence, dict[str, float]()
    _weigh(aspect, evidence, sums)
    if not sums:
        return None
    best = max(sums, key=lambda value: sums[value])
    if aspect == "weather":
        best = max(sums, key=lambda value: sums[value] * (_HARDER.get(value, 1.0) if sums[value] >= 0.7 else 1.0))
    others = sum(weight for value, weight in sums.items() if value != best and not _agree(aspect, value, best))
    enough = _ENOUGH[aspect] + (_length(stretch) * _MOOD_BY_LENGTH if aspect == "mood" else 0.0)
    sure = confidence(sums[best], others, enough)
    if sure < _LEAST[aspect]:
        return None
    words = max((each for each in evidence if each.value == best), key=lambda each: each.weight).words
    return Finding(value=best, confidence=sure, words=words)


def _length(stretch: _Stretch) -> float:
    """Characters, a Chinese one for three."""
    return sum(len(line.text) * (3 if _HAN.search(line.text) else 1) for line in stretch.lines)


def _agree(aspect: Aspect, one: str, other: str) -> bool:
    """Whether both can be true at once: rain and wind, the room of an inn."""
    pair = {one, other}
    if aspect == "weather":
        return "clear" not in pair and pair != {"fog", "wind"}
    if aspect == "place" and "road" in pair:
        return all(table("places")[place].get("outdoors", False) for place in pair)
    return False


def _carry(found: dict[Aspect, Finding | None], last: Scene, cut: Cut) -> None:
    for aspect, share in _CARRIED[cut].items():
        old: Finding | None = getattr(last, aspect)
        if old and found[aspect] is None and old.confidence * share >= _LEAST_CARRIED:
            found[aspect] = old.model_copy(update={"confidence": round(old.confidence * share, 3)})


def _reverb(place: Finding | None, heading: str) -> Reverb:
    if place:
        reverb: Reverb = table("places")[place.value]["reverb"]
        return reverb
    return "outdoors" if _OUTSIDE.search(heading) else "none"

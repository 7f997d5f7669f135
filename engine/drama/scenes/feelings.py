"""How each line is said: by the verb and adverb around it, its directions, its own words and its signs."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import cast

from engine.drama.project import Emotion, Language, Line, Project, Scene
from engine.drama.scenes.contexts import doubts, matches
from engine.drama.scenes.evidence import language_of
from engine.drama.scenes.patterns import folded
from engine.drama.scenes.scenes import lines_of
from engine.drama.scenes.tables import pattern, table
from engine.drama.ticks import Tick, untold

_DIRECTION, _TAG, _FAINT, _OWN = 3.0, 1.2, 0.5, 0.3
"""Weights of a direction in brackets, of a word of the tag around a quote, of a fainter one, of the line itself."""
_MANY_MARKS, _CAPITALS, _BOTH_MARKS, _CRY, _BROKEN = 0.5, 0.9, 0.6, 0.45, 0.3
_FROM_MOOD = 0.3
"""How much of a scene's mood its narration takes on."""
_LEAST_MOOD = 0.45
_LEAST = 0.25
"""Confidence below which a line is said plainly."""

_FIRST_SENTENCE = re.compile(r"[^.!?…。！？]*[.!?…。！？]?")
_SENTENCE = re.compile(r"[^.!?…。！？]+[.!?…。！？]*")
_LEADS = re.compile(r"[:：,，—–-]\s*$")
_OPENS = "“\"«„「『‘'—–-"
_MANY = re.compile(r"!{2,}|！{2,}")
_BOTH = re.compile(r"[?？][!！]|[!！][?？]")
_TORN = re.compile(r"\b(\w{1,4})(?:…|\.{3})\s*\1\b|(\w)(?:……|…)\2", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_TAG_LIMIT = {"en": 80, "ru": 80, "zh": 12}
"""Characters after a quote within which its verb must stand."""
_LEAD_LIMIT = {"en": 160, "ru": 160, "zh": 40}


def feel(project: Project, tick: Tick = untold) -> Project:
    """A copy of `project` in which every line has an emotion; what is set (a confidence above 0, or an emotion that is
    not neutral) stays. Scenes are found first, for their moods tell how narration is read. Raises
    what `tick` does."""
    directions: dict[str, list[str]] = defaultdict(list)
    for cue in project.cues:
        if cue.kind == "direction":
            directions[cue.at.line].append(cue.text)
    scene_of = {line.id: scene for scene, lines in lines_of(project) for line in lines}
    lines = []
    for at, line in enumerate(project.lines):
        tick(at / len(project.lines))
        if line.emotion_confidence > 0 or line.emotion != "neutral":
            lines.append(line)
            continue
        emotion, sure = _feeling(project, at, directions[line.id], scene_of.get(line.id))
        lines.append(line.model_copy(update={"emotion": emotion, "emotion_confidence": sure}))
    return project.model_copy(update={"lines": lines})


def _feeling(project: Project, at: int, directions: list[str], scene: Scene | None) -> tuple[Emotion, float]:
    line = project.lines[at]
    language = language_of(project, line)
    weights: dict[Emotion, float] = defaultdict(float)
    for direction in directions:
        for emotion in {each for kind in ("tag", "faint") for each in _named(direction, kind, language)}:
            weights[emotion] += _DIRECTION
    if line.kind == "heading":
        return "neutral", 0.0
    if line.kind == "narration":
        if not weights:
            return _of_mood(scene)
        return _best(weights)
    cry = False
    for tag in _tags(project, at, language):
        for emotion in _named(tag, "tag", language):
            weights[emotion] += _TAG
        for emotion in _named(tag, "faint", language):
            weights[emotion] += _FAINT
        cry = cry or bool(pattern("feelings", "cried", "", language).search(folded(tag)))
    for emotion in _named(line.text, "own", language):
        weights[emotion] += _OWN
    _signs(line.text, weights, cry)
    return _best(weights)


def _named(text: str, kind: str, language: Language) -> set[Emotion]:
    """Emotions whose words stand in a text and are not taken back."""
    small = folded(text)
    found: set[Emotion] = set()
    for value in table("feelings"):
        if value in ("said", "cried"):
            continue
        for match in matches("feelings", value, kind, language, small):
            if not doubts(small, match.start(), match.end(), language) & {"negated", "compared", "past"}:
                found.add(cast(Emotion, value))
                break
    return found


def _tags(project: Project, at: int, language: Language) -> list[str]:
    """What narration around a quote says of how it is said: the sentence behind it, the one that leads to it."""
    lines, found = project.lines, []
    said = pattern("feelings", "said", "", language)
    first, last = _quote(lines, at)
    if last + 1 < len(lines) and lines[last].break_after == "sentence" and lines[last + 1].kind == "narration":
        behind = _FIRST_SENTENCE.match(lines[last + 1].text)
        near = folded(behind[0])[: _TAG_LIMIT[language]] if behind else ""
        if behind and said.search(near) and not (language == "zh" and _LEADS.search(behind[0])):
            found.append(behind[0])
    if first and lines[first - 1].break_after == "sentence" and lines[first - 1].kind == "narration":
        before = lines[first - 1].text.rstrip()
        sentence = [each[0] for each in _SENTENCE.finditer(before)][-1:]
        if sentence and _LEADS.search(before) and (said.search(folded(sentence[0])) or before[-1] in ":："):
            found.append(sentence[0][-_LEAD_LIMIT[language] :])
    return found


def _quote(lines: Sequence[Line], at: int) -> tuple[int, int]:
    """First and last line of a long quote: those that go on begin without a sign."""
    first = last = at
    while first and _goes_on(lines[first - 1], lines[first]):
        first -= 1
    while last + 1 < len(lines) and _goes_on(lines[last], lines[last + 1]):
        last += 1
    return first, last


def _goes_on(line: Line, after: Line) -> bool:
    return line.kind == after.kind and line.break_after == "sentence" and after.text[:1] not in _OPENS


def _signs(text: str, weights: dict[Emotion, float], cry: bool) -> None:
    """What exclamation marks, capitals and broken words add."""
    words = _WORD.findall(text)
    capitals = [word for word in words if word.isupper()]
    if len(capitals) >= 2 and len(capitals) > len(words) / 2:
        weights["shouting"] += _CAPITALS
    if _BOTH.search(text):
        weights["surprised"] += _BOTH_MARKS
    elif _MANY.search(text):
        weights["shouting"] += _MANY_MARKS
    if _TORN.search(text):
        weights["afraid"] += _BROKEN
    loud = text.rstrip("\"'”’»」』 ").endswith(("!", "！"))
    if loud and weights:
        strongest = max(weights, key=lambda emotion: weights[emotion])
        if strongest not in ("whispering", "tender", "sad"):
            weights[strongest] += 0.2
    if cry:
        weights["shouting"] += _CRY if loud else _CRY / 2


def _best(weights: dict[Emotion, float]) -> tuple[Emotion, float]:
    if not weights:
        return "neutral", 0.0
    best = max(weights, key=lambda emotion: weights[emotion])
    others = sum(weights.values()) - weights[best]
    sure = round(min(0.95, weights[best] / (weights[best] + 0.5 * others + 0.4)), 3)
    return (best, sure) if sure >= _LEAST else ("neutral", 0.0)


def _of_mood(scene: Scene | None) -> tuple[Emotion, float]:
    if scene is None or scene.mood is None or scene.mood.confidence < _LEAST_MOOD:
        return "neutral", 0.0
    emotion = cast(Emotion, table("moods")[scene.mood.value]["narrator"])
    return (emotion, round(_FROM_MOOD * scene.mood.confidence, 3)) if emotion != "neutral" else ("neutral", 0.0)

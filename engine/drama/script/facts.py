"""What is known of a script as soon as it is read. Light."""

from dataclasses import dataclass

from engine.drama.project import NARRATOR, Break, Language, Project

PACE: dict[Language, float] = {"en": 14.5, "ru": 13.5, "zh": 3.8}
"""About how many letters, spaces among them, the voices say in a second."""
SILENCE_S: dict[Break, float] = {"sentence": 0.25, "turn": 0.5, "paragraph": 0.85, "scene": 0.85, "chapter": 3.0}
"""Silence by what ends: as the mix has it."""


@dataclass(frozen=True)
class ScriptFacts:
    """`letters`: code points that are said. `seconds`: about how long it will be."""

    language: Language
    title: str
    author: str
    chapters: int
    lines: int
    characters: tuple[str, ...]
    """Named by the script itself, without the narrator."""
    letters: int
    seconds: float


def facts_of(project: Project) -> ScriptFacts:
    """The facts of a project that was read."""
    seconds = 0.0
    for line in project.lines:
        seconds += len(line.text) / (PACE[line.language or project.language] * line.speed)
        seconds += SILENCE_S[line.break_after] if line.pause_ms is None else line.pause_ms / 1000
    return ScriptFacts(
        project.language,
        project.title,
        project.author,
        len(project.chapters),
        len(project.lines),
        tuple(each.name for each in project.characters if each.id != NARRATOR),
        sum(len(line.text) for line in project.lines),
        round(seconds, 1),
    )

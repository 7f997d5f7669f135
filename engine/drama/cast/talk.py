"""Who talks with whom, and how much everybody says."""

from collections import Counter

from engine.drama.project import NARRATOR, Language, Line, Project


def amounts(project: Project) -> Counter[str]:
    """Character -> code points they say."""
    said: Counter[str] = Counter()
    for line in project.lines:
        said[line.speaker] += len(line.text)
    return said


def languages(project: Project) -> dict[str, Language]:
    """Character -> the language of most of what they say."""
    by: dict[str, Counter[Language]] = {}
    for line in project.lines:
        by.setdefault(line.speaker, Counter())[line.language or project.language] += len(line.text)
    return {speaker: counted.most_common(1)[0][0] for speaker, counted in by.items()}


def partners(project: Project) -> dict[str, Counter[str]]:
    """Character -> whoever speaks right before or after them in their scene, and how often; without the narrator."""
    found: dict[str, Counter[str]] = {}
    last: Line | None = None
    for line in project.lines:
        if line.kind in ("dialogue", "thought") and line.speaker != NARRATOR:
            if last is not None and last.speaker != line.speaker:
                found.setdefault(line.speaker, Counter())[last.speaker] += 1
                found.setdefault(last.speaker, Counter())[line.speaker] += 1
            last = line
        if line.break_after in ("scene", "chapter") or line.kind == "heading":
            last = None
    return found

"""Which lines somebody should look at."""

from typing import Final

from engine.drama.project import Line, Project

DOUBTFUL: Final = 0.8
"""Lines of dialogue whose speaker is less sure than this are doubtful: in the labelled texts a line in ten, with two of
three errors among them (a line in six and half of the errors in the texts held out).
"""


def is_doubtful(line: Line) -> bool:
    """Whether a line is somebody's speech, and whose is not sure enough."""
    return line.kind in ("dialogue", "thought") and (line.confidence < DOUBTFUL or line.rule == "unclaimed")


def doubtful(project: Project) -> list[str]:
    """Ids of the doubtful lines, in the order of the text."""
    return [line.id for line in project.lines if is_doubtful(line)]

"""The chapters of a finished drama in time."""

from dataclasses import dataclass

from engine.drama.project import Line, Project


@dataclass(frozen=True)
class ChapterSpan:
    """A chapter as it is heard: seconds, and its lines that sound, in order. What comes before the first one belongs to
    it; a drama without chapters is one."""

    title: str
    start_s: float
    end_s: float
    lines: tuple[Line, ...]


def chapter_spans(project: Project) -> list[ChapterSpan]:
    """They cover the drama from its start to its end without a gap."""
    order = {line.id: number for number, line in enumerate(project.lines)}
    begins = sorted({order[chapter.line]: chapter.title for chapter in project.chapters}.items())
    begins = begins or [(0, project.title)]
    if begins[0][0] > 0:
        begins[0] = (0, begins[0][1])
    ends = [first for first, _ in begins[1:]] + [len(project.lines)]
    groups = []
    for (first, title), end in zip(begins, ends, strict=True):
        heard = [line for line in project.lines[first:end] if line.start_s is not None]
        if heard:
            groups.append((title, tuple(sorted(heard, key=lambda line: line.start_s or 0))))
    length_s = project.duration_s or 0.0
    starts = [0.0, *(lines[0].start_s or 0.0 for _, lines in groups[1:])]
    stops = [*starts[1:], max([length_s, *starts])]
    return [
        ChapterSpan(title or str(number), start, stop, lines)
        for number, ((title, lines), start, stop) in enumerate(zip(groups, starts, stops, strict=False), 1)
    ]

"""A project as paragraphs of quotations and what is told between them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from engine.drama.project import Line, Project

_OPENING = '“„«「『"‘〝＂'
_CLOSING = '”»」』"’〞＂'


@dataclass
class Passage:
    """A quotation, or the narration between two. `lines`: those of the project that it consists of."""

    said: bool
    lines: list[Line]
    text: str = ""

    @property
    def open(self) -> bool:
        """Whether the quotation goes on in the next paragraph: it was opened and not closed."""
        text = self.text.strip()
        return self.said and text[:1] in _OPENING and not any(mark in text[-3:] for mark in _CLOSING)


@dataclass
class BookParagraph:
    passages: list[Passage] = field(default_factory=list)
    heading: bool = False
    ends: bool = False
    """Whether a scene or a chapter ends with it."""

    @property
    def said(self) -> bool:
        return any(passage.said for passage in self.passages)


class Book:
    """`beat` is called for each paragraph that is read, however often: reading a long book takes a while, and it may
    raise to stop that."""

    def __init__(self, paragraphs: list[BookParagraph], beat: Callable[[], object] = lambda: None) -> None:
        self._paragraphs, self.beat = paragraphs, beat

    @property
    def paragraphs(self) -> Iterator[BookParagraph]:
        for each in self._paragraphs:
            self.beat()
            yield each

    @property
    def told(self) -> Iterator[str]:
        return (p.text for each in self.paragraphs for p in each.passages if not p.said and not each.heading)

    @property
    def quotes(self) -> Iterator[str]:
        return (p.text for each in self.paragraphs for p in each.passages if p.said)


def passages(project: Project, read: Callable[[str], str] = str) -> Book:
    """The text of a project, in order, as `read` makes it. A quotation of several lines is one passage."""
    found: list[BookParagraph] = []
    current = BookParagraph()
    for line in project.lines:
        said = line.kind in ("dialogue", "thought")
        last = current.passages[-1] if current.passages else None
        begins = said and line.text[:1] in _OPENING
        if last is None or last.said != said or begins or (said and last.lines[-1].speaker != line.speaker):
            current.passages.append(Passage(said, [line], read(line.text)))
        else:
            last.lines.append(line)
            last.text += " " + read(line.text)
        current.heading = line.kind == "heading"
        if line.break_after != "sentence" or line.kind == "heading":
            current.ends = line.break_after in ("scene", "chapter") or line.kind == "heading"
            found.append(current)
            current = BookParagraph()
    if current.passages:
        found.append(current)
    return Book(found)

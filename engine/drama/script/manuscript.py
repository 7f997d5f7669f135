"""A text with its paragraphs, however it came: what every written form becomes before it is read as prose or a play."""

from dataclasses import dataclass, field
from typing import Literal

from engine.drama.project import Language


@dataclass
class Paragraph:
    """A stretch of the source without the space around it."""

    start: int
    end: int
    role: Literal["text", "heading", "rule", "notice", "title"] = "text"
    """A rule is what stands between scenes; a notice is the publisher's; a title is said but begins no chapter."""
    level: int = 2
    """Of a heading: 1 and 2 begin a chapter, 3 and more a scene."""
    marks: int = 0
    """Code points at its beginning that are marks of the form: `## `, `- `."""
    soft: bool = False
    """Whether the paragraph goes on in the next one: lines of verse, cells of a row."""
    opens: str = ""
    """Title of the chapter that begins with it, where a table of contents says so."""
    leads: bool = True
    """Whether a blank line, or nothing, stands before it."""


@dataclass
class Manuscript:
    source: str
    language: Language
    paragraphs: list[Paragraph] = field(default_factory=list)
    markdown: bool = False
    title: str = ""
    author: str = ""
    italics: list[tuple[int, int]] = field(default_factory=list)
    """Stretches in italics, where the form tells them without marks in the text."""

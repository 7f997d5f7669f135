"""The text of a document, put together paragraph by paragraph with blank lines between: what an EPUB or a DOCX is read
as. Italics and headings are told beside it.
"""

import re

from engine.drama.script.language import language_of
from engine.drama.script.manuscript import Manuscript, Paragraph
from engine.drama.script.plain import mark_headings

_WHITE = re.compile(r"[ \t\r\n\f]+")
RULE = "* * *"


class Extract:
    """Text comes in order, `close` ends a paragraph."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._paragraphs: list[Paragraph] = []
        self._italics: list[tuple[int, int]] = []
        self._begin: int | None = None
        self._italic_from: int | None = None
        self._opens = ""
        self._gap = ""

    def text(self, text: str, *, italic: bool = False, keep: bool = False) -> None:
        """A run of text; white space becomes one space unless it is to be kept."""
        said = text if keep else _WHITE.sub(" ", text)
        if self._begin is None:
            said = said.lstrip()
            if not said:
                return
            self._put(self._gap)
            self._gap = ""
            self._begin = self._length
        elif not keep and said.startswith(" ") and self._parts and self._parts[-1][-1:].isspace():
            said = said[1:]
        self._lean(italic)
        self._put(said)

    def close(self, role: str = "text", level: int = 2, *, soft: bool = False) -> None:
        """The paragraph ends; what it was."""
        self._lean(False)
        if self._begin is None:
            return
        while self._parts and self._length > self._begin and not self._parts[-1].strip():
            self._length -= len(self._parts.pop())
        last = self._parts[-1].rstrip()
        self._length -= len(self._parts[-1]) - len(last)
        self._parts[-1] = last
        paragraph = Paragraph(self._begin, self._length, level=level, soft=soft, opens=self._opens)
        paragraph.role = role  # type: ignore[assignment]
        self._paragraphs.append(paragraph)
        self._opens = ""
        self._gap = "\n" if soft else "\n\n"
        self._begin = None

    @property
    def length(self) -> int:
        """Code points so far."""
        return self._length

    def rule(self) -> None:
        """A line across the page: a break between scenes."""
        self.close()
        if self._paragraphs and self._paragraphs[-1].role != "rule":
            self.text(RULE)
            self.close("rule")

    def opens(self, title: str) -> None:
        """A chapter begins with the next paragraph, whether or not a heading says so."""
        self.close()
        self._opens = title

    def manuscript(self, title: str = "", author: str = "") -> Manuscript:
        self.close()
        source = "".join(self._parts)
        italics = [(start, min(end, self._length)) for start, end in self._italics if start < min(end, self._length)]
        paragraphs = mark_headings(source, self._paragraphs, is_play=False)
        headings = [each for each in paragraphs if each.role == "heading"]
        lowest = min((each.level for each in headings), default=2)
        for each in headings:
            each.level -= max(0, lowest - 2)
            if title and source[each.start : each.end].casefold() == title.casefold():
                each.role = "title"
        return Manuscript(source, language_of(source), paragraphs, title=title, author=author, italics=italics)

    def _put(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)

    def _lean(self, italic: bool) -> None:
        if italic and self._italic_from is None:
            self._italic_from = self._length
        elif not italic and self._italic_from is not None:
            self._italics.append((self._italic_from, self._length))
            self._italic_from = None

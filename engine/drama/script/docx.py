"""DOCX: the text that Word shows, with notes at the end. Office Open XML, ECMA-376 part 1, chapter 17. Macros and
embedded files are never looked at.
"""

import re
from typing import Any

from engine.drama.script.archive import DAMAGED, broken, opened
from engine.drama.script.extract import Extract
from engine.drama.script.manuscript import Manuscript

FORM = "DOCX"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
_UNSEEN = frozenset(
    (f"{_MC}Fallback", f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}pPr", f"{_W}rPr", f"{_W}sdtPr")
)
_SIGNS = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "\u2011"}
_NOTES = {f"{_W}footnoteReference": "footnotes", f"{_W}endnoteReference": "endnotes"}
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


def is_docx(data: bytes, name: str) -> bool:
    """Whether an archive is a DOCX rather than an EPUB."""
    if name.lower().endswith((".docx", ".docm")):
        return True
    return b"word/document.xml" in data and b"application/epub+zip" not in data[:200]


def manuscript(data: bytes) -> Manuscript:
    """Raises INVALID_INPUT `script_broken`, `script_locked`, `script_bomb`, `script_too_large`."""
    import io

    import docx
    from docx.opc.exceptions import OpcError
    from lxml import etree

    damage = (*DAMAGED, OpcError, AttributeError, TypeError, etree.XMLSyntaxError)

    opened(data, FORM).close()
    try:
        document = docx.Document(io.BytesIO(data))
        reader = _Reader(document)
        body, about = document.element.body, document.core_properties
        title, author = about.title or "", about.author
    except damage:
        raise broken(FORM) from None
    if body is None:
        raise broken(FORM)
    reader.blocks(body)
    reader.notes()
    return reader.text.manuscript(title, author if author != "python-docx" else "")


class _Reader:
    def __init__(self, document: Any) -> None:
        self.text = Extract()
        self._styles = {style.style_id: style for style in document.styles}
        self._parts = {
            str(part.partname).rpartition("/")[2].removesuffix(".xml"): part
            for part in document.part.package.iter_parts()
        }
        self._noted: list[tuple[str, str]] = []

    def blocks(self, root: Any) -> None:
        """Paragraphs and tables below an element, in order; text boxes follow the paragraph that holds them."""
        stack = [root]
        while stack:
            element = stack.pop()
            if element.tag == f"{_W}p":
                self._paragraph(element, soft=False)
            elif element.tag == f"{_W}tc":
                for paragraph in element.iter(f"{_W}p"):
                    self._paragraph(paragraph, soft=True)
            elif element.tag not in _UNSEEN:
                stack.extend(reversed(element))

    def notes(self) -> None:
        """Footnotes and endnotes that the text refers to, in order, each after the number it is first referred to by.

        Raises INVALID_INPUT `script_broken`.
        """
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        notes: dict[tuple[str, str], Any] = {}
        for kind in dict.fromkeys(kind for kind, _ in self._noted):
            if (part := self._parts.get(kind)) is None:
                continue
            try:
                root = etree.fromstring(part.blob, parser)
            except (etree.XMLSyntaxError, ValueError):
                raise broken(FORM) from None
            for note in root.iter(f"{_W}{kind[:-1]}"):
                notes.setdefault((kind, note.get(f"{_W}id") or ""), note)
        for number, referred in enumerate(list(self._noted), 1):
            if (note := notes.pop(referred, None)) is not None:
                self.text.text(f"[{number}] ")
                self.blocks(note)

    def _paragraph(self, element: Any, *, soft: bool) -> None:
        boxes: list[Any] = []
        stack = list(reversed(element))
        while stack:
            node = stack.pop()
            tag = node.tag
            if tag in _UNSEEN or not isinstance(tag, str):
                continue
            if tag in (f"{_W}t", f"{_M}t"):
                self.text.text(node.text or "", italic=_leans(node))
            elif tag in _SIGNS:
                self.text.text(_SIGNS[tag], keep=True)
            elif tag == f"{_W}sym":
                self.text.text(_sign(node.get(f"{_W}char") or ""))
            elif tag in _NOTES:
                self._noted.append((_NOTES[tag], node.get(f"{_W}id") or ""))
                self.text.text(f"[{len(self._noted)}]")
            elif tag == _PICTURE:
                self.text.text(node.get("descr") or "")
            elif tag == f"{_W}txbxContent":
                boxes.append(node)
            elif not (tag == f"{_W}r" and _hidden(node)):
                stack.extend(reversed(node))
        self.text.close(*self._role(element), soft=soft)
        for box in boxes:
            self.blocks(box)

    def _role(self, element: Any) -> tuple[str, int]:
        """What the paragraph's style makes of it, or the style that it is based on."""
        found = element.find(f"{_W}pPr/{_W}pStyle")
        style = self._styles.get(found.get(f"{_W}val")) if found is not None else None
        for _ in range(10):
            if style is None:
                break
            if match := _HEADING.match(style.name or ""):
                return "heading", int(match[1])
            if (style.name or "").lower() == "title":
                return "title", 1
            style = style.base_style
        outline = element.find(f"{_W}pPr/{_W}outlineLvl")
        value = outline.get(f"{_W}val") or "" if outline is not None else ""
        return ("heading", int(value) + 1) if re.fullmatch("[0-5]", value) else ("text", 2)


def _sign(code: str) -> str:
    """The character of a hexadecimal number, of four digits as Word writes it; a space for any other."""
    return chr(int(code, 16)) if re.fullmatch("(?![dD][89a-fA-F])[0-9a-fA-F]{4}", code) else " "


def _property(run: Any, name: str) -> bool:
    found = run.find(f"{_W}rPr/{_W}{name}") if run is not None else None
    return found is not None and found.get(f"{_W}val") not in ("0", "false", "off", "none")


def _leans(text: Any) -> bool:
    return _property(text.getparent(), "i")


def _hidden(run: Any) -> bool:
    return _property(run, "vanish")

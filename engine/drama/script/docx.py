"""DOCX: the text that Word shows, with notes at the end. Office Open XML, ECMA-376 part 1, chapter 17. Macros and
embedded files are never looked at.
"""

import re
from typing import Any

from engine.drama.script.archive import broken, opened
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

    opened(data, FORM).close()
    try:
        document = docx.Document(io.BytesIO(data))
    except (OpcError, KeyError, ValueError, OSError, AttributeError, etree.XMLSyntaxError):
        raise broken(FORM) from None
    reader = _Reader(document)
    reader.blocks(document.element.body)
    reader.notes()
    about = document.core_properties
    return reader.text.manuscript(about.title or "", about.author if about.author != "python-docx" else "")


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
        """Footnotes and endnotes that the text refers to, in order, each after its number."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        roots: dict[str, Any] = {}
        for number, (kind, identity) in enumerate(list(self._noted), 1):
            part = self._parts.get(kind)
            if part is None:
                continue
            if kind not in roots:
                roots[kind] = etree.fromstring(part.blob, parser)
            for note in roots[kind].iter(f"{_W}{kind[:-1]}"):
                if note.get(f"{_W}id") == identity:
                    self.text.text(f"[{number}] ")
                    self.blocks(note)
                    break

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
                self.text.text(chr(int(node.get(f"{_W}char") or "20", 16)))
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
        level = int(outline.get(f"{_W}val") or 9) + 1 if outline is not None else 10
        return ("heading", level) if level < 7 else ("text", 2)


def _property(run: Any, name: str) -> bool:
    found = run.find(f"{_W}rPr/{_W}{name}") if run is not None else None
    return found is not None and found.get(f"{_W}val") not in ("0", "false", "off", "none")


def _leans(text: Any) -> bool:
    return _property(text.getparent(), "i")


def _hidden(run: Any) -> bool:
    return _property(run, "vanish")

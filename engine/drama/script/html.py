"""The visible text of an HTML or XHTML document. lxml's HTML reader knows no entities but HTML's own, so a bomb of them
stays text.
"""

import re
from typing import TYPE_CHECKING, Any

from engine.drama.script.archive import broken
from engine.drama.script.decode import decoded
from engine.drama.script.extract import Extract

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
        "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
        "h3", "h4", "h5", "h6", "header", "hgroup", "html", "legend", "li", "main", "nav", "ol", "p",
        "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    )
)  # fmt: skip
_UNSEEN = frozenset(
    ("head", "script", "style", "template", "title", "noscript", "rp", "object", "iframe", "audio", "video")
)
_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*?\?>""")
_HEADING = re.compile(r"h([1-6])")


def _unicode(data: bytes) -> str:
    """By the declaration, which an XHTML has at its beginning, else as any text."""
    declared = _DECLARATION.match(data[:400])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(declared[1].decode("ascii"), errors="replace")
        except LookupError:
            pass
    return decoded(data)


def parsed(data: bytes, form: str) -> Any:
    """The root element; None for a document without any. Raises INVALID_INPUT `script_broken` for one so deep that a
    part of it would be lost.
    """
    from lxml import etree, html

    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", _unicode(data)).replace("\x00", "")
    if not text.strip():
        return None
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise broken(form)
    return root


def extract(root: Any, into: Extract, role: str = "text") -> None:
    """Adds the visible text of a document. `role`: what its paragraphs are, `notice` for a table of contents."""
    level, italic, kept = 0, 0, 0
    for event, element in _walk(root):
        tag = element.tag
        starts = event == "start"
        if tag in _BLOCKS:
            into.close(*_role(role, level), soft=tag in ("td", "th", "tr") and not (tag == "tr" and starts))
            if heading := _HEADING.fullmatch(tag):
                level = int(heading[1]) if starts else 0
        if tag in ("em", "i"):
            italic += 1 if starts else -1
        elif tag == "pre":
            kept += 1 if starts else -1
        elif starts and tag == "br":
            into.text("\n", italic=italic > 0, keep=True)
        elif starts and tag == "hr":
            into.rule()
        elif (
            starts
            and tag in ("img", "image", "area")
            and (alt := (element.get("alt") or element.get("title") or "")).strip()
        ):
            into.text(f" {alt} ", italic=italic > 0)
        noted = _is_note_number(element)
        text = element.text if starts else element.tail
        if starts and noted and text:
            into.text(f"[{text.strip()}]")
        elif text:
            into.text(text, italic=italic > 0, keep=kept > 0)
    into.close(*_role(role, level))


def _role(role: str, level: int) -> tuple[str, int]:
    return (role, 2) if role != "text" or not level else ("heading", level)


def _is_note_number(element: Any) -> bool:
    """Whether an element is the raised number of a note."""
    kind = element.get("{http://www.idpf.org/2007/ops}type") or element.get("epub:type") or element.get("role") or ""
    text = (element.text or "").strip()
    if len(element) or not re.fullmatch(r"\d{1,4}|[*†‡]", text):
        return False
    parent = element.getparent()
    return (
        "noteref" in kind or element.tag == "sup" or (element.tag == "a" and parent is not None and parent.tag == "sup")
    )


def _walk(root: Any) -> "Iterator[tuple[str, Any]]":
    """Start and end of every element that is seen; of one that is not, only what follows it."""
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, done = stack.pop()
        if not isinstance(element.tag, str):
            continue
        hidden = element.tag in _UNSEEN or element.get("hidden") is not None
        if not done and not hidden:
            yield "start", element
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))
        else:
            yield "end", element

"""Whatever a user has as a script becomes a project: text, screenplay, subtitles, JSON, EPUB, DOCX. Worker side."""

from engine.drama.project import Project
from engine.drama.script import docx, epub, fountain, html, novel, subtitles
from engine.drama.script.compose import compose
from engine.drama.script.decode import MOST_TEXT, cleaned, decoded, too_long
from engine.drama.script.extract import Extract
from engine.drama.script.plain import manuscript
from engine.errors import invalid
from engine.library.titles import from_file
from engine.text import base_name

_PACKED = b"PK"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How Word's files of before 2007 begin, and encrypted ones of today."""


def read_script(data: bytes | str, name: str = "") -> Project:
    """The project of a script: every code point of its source is in a line or in `unspoken`. `name`: of the file; its
    extension helps to tell the form, and is the title of what has none.

    Raises INVALID_INPUT: `script_empty`, `script_too_long`, `script_not_text`; of packed files `script_too_large`,
    `script_broken`, `script_locked`, `script_bomb`; of JSON `script_json`, `script_json_form`, `drama_project`.
    """
    project = _packed(data, name) if isinstance(data, bytes) else None
    project = project or _text(cleaned(data) if isinstance(data, str) else decoded(data), name)
    if not project.lines:
        raise invalid("script_empty")
    if not project.title:
        project.title = from_file(base_name(name)) if name else ""
    return project


def _packed(data: bytes, name: str) -> Project | None:
    """An EPUB or a DOCX; None for what is text."""
    if data.startswith(_COMPOUND):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise invalid("script_locked", form=docx.FORM)
        raise invalid("script_not_text")
    if not data.startswith(_PACKED):
        if name.lower().endswith((".epub", ".docx", ".docm")):
            raise invalid("script_broken", form=name.rpartition(".")[2].upper())
        return None
    text = docx.manuscript(data) if docx.is_docx(data, name) else epub.manuscript(data)
    if len(text.source) > MOST_TEXT:
        raise too_long()
    return compose(text)


def _text(text: str, name: str) -> Project:
    if len(text) > MOST_TEXT:
        raise too_long()
    if subtitles.is_subtitles(text):
        return subtitles.project(text)
    if name.lower().endswith(".json") or novel.is_json(text):
        return novel.project(text)
    if fountain.is_fountain(text, name):
        return fountain.project(text)
    if name.lower().endswith((".html", ".htm", ".xhtml")):
        page = Extract()
        root = html.parsed(text.encode("utf-8", "replace"), "HTML")
        if root is not None:
            html.extract(root, page)
        return compose(page.manuscript())
    return compose(manuscript(text, name))

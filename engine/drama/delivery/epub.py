"""EPUB 3 with media overlays: the text, with each line lit up while it is heard (EPUB 3.3, Media Overlays)."""

import re
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from engine.audio.decode import blocks
from engine.drama.delivery.book import RATE_HZ, encode_aac
from engine.drama.delivery.parts import ChapterSpan, chapter_spans
from engine.drama.project import Line, Project
from engine.library.atomic import scratch

_ACTIVE = "spoken"
_STYLE = f"""body {{ line-height: 1.5; margin: 5%; }}
.{_ACTIVE} {{ background: #ffe9a8; color: #000; }}
.who {{ font-variant: small-caps; }}
"""
_NAMESPACE = uuid.UUID("5b0e7d4e-54f0-4f8e-8f3a-6a3f64c1d0a5")


def write_epub(project: Project, audio: Path, target: Path, title: str, tick: Callable[[], None]) -> None:
    """One page and one sound file a chapter. `audio`: the mix; `tick` is called between blocks of sound."""
    spans = chapter_spans(project)
    identity = uuid.uuid5(_NAMESPACE, f"{title}\n{project.source}").urn
    names = {each.id: each.name for each in project.characters}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip", zipfile.ZIP_STORED)
        book.writestr("META-INF/container.xml", _CONTAINER)
        book.writestr("OEBPS/style.css", _STYLE)
        book.writestr("OEBPS/nav.xhtml", _navigation(project, title, spans))
        for number, span in enumerate(spans, 1):
            book.writestr(f"OEBPS/chapter{number}.xhtml", _page(project, span, names))
            book.writestr(f"OEBPS/chapter{number}.smil", _overlay(number, span))
            stream = blocks(
                audio,
                rate_hz=RATE_HZ,
                channels=2,
                start_s=span.start_s,
                duration_s=max(span.end_s - span.start_s, 0.01),
            )
            with scratch(target.parent) as sound:
                encode_aac(stream, sound, "ipod", tick, [])
                book.write(sound, f"OEBPS/chapter{number}.m4a", zipfile.ZIP_STORED)
        book.writestr("OEBPS/package.opf", _package(project, title, identity, spans))


def _page(project: Project, span: ChapterSpan, names: dict[str, str]) -> str:
    body, paragraph = [], []
    for line in span.lines:
        paragraph.append(_span(line, names))
        if line.kind == "heading" or line.break_after != "sentence":
            tag = "h1" if line.kind == "heading" else "p"
            body.append(f"<{tag}>{' '.join(paragraph)}</{tag}>")
            paragraph = []
    if paragraph:
        body.append(f"<p>{' '.join(paragraph)}</p>")
    return _xhtml(project.language, span.title, "\n".join(body))


def _span(line: Line, names: dict[str, str]) -> str:
    who = (
        f" title={quoteattr(_one_line(names[line.speaker]))}"
        if line.kind == "dialogue" and names.get(line.speaker)
        else ""
    )
    return f'<span id="{line.id}"{who}>{escape(_one_line(line.text))}</span>'


def _overlay(number: int, span: ChapterSpan) -> str:
    pairs = "\n".join(
        f'<par id="p-{line.id}"><text src="chapter{number}.xhtml#{line.id}"/>'
        f'<audio src="chapter{number}.m4a" clipBegin="{_seconds((line.start_s or 0) - span.start_s)}" '
        f'clipEnd="{_seconds((line.end_s or 0) - span.start_s)}"/></par>'
        for line in span.lines
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops" version="3.0">\n'
        f'<body><seq id="s{number}" epub:textref="chapter{number}.xhtml">\n{pairs}\n</seq></body>\n</smil>\n'
    )


def _navigation(project: Project, title: str, spans: list[ChapterSpan]) -> str:
    rows = "\n".join(
        f'<li><a href="chapter{number}.xhtml">{escape(_one_line(span.title))}</a></li>'
        for number, span in enumerate(spans, 1)
    )
    return _xhtml(
        project.language, title, f'<nav epub:type="toc"><h1>{escape(_one_line(title))}</h1>\n<ol>\n{rows}\n</ol></nav>'
    )


def _xhtml(language: str, title: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'lang="{language}" xml:lang="{language}">\n<head><title>{escape(_one_line(title)) or "—"}</title>'
        f'<link rel="stylesheet" type="text/css" href="style.css"/></head>\n<body>\n{body}\n</body>\n</html>\n'
    )


def _package(project: Project, title: str, identity: str, spans: list[ChapterSpan]) -> str:
    numbers = range(1, len(spans) + 1)
    items = "\n".join(
        f'<item id="c{n}" href="chapter{n}.xhtml" media-type="application/xhtml+xml" media-overlay="o{n}"/>\n'
        f'<item id="o{n}" href="chapter{n}.smil" media-type="application/smil+xml"/>\n'
        f'<item id="a{n}" href="chapter{n}.m4a" media-type="audio/mp4"/>'
        for n in numbers
    )
    lengths = "\n".join(
        f'<meta property="media:duration" refines="#o{n}">{_seconds(span.end_s - span.start_s)}</meta>'
        for n, span in enumerate(spans, 1)
    )
    order = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    author = f"<dc:creator>{escape(_one_line(project.author))}</dc:creator>" if project.author else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" '
        f'xml:lang="{project.language}">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="id">{identity}</dc:identifier><dc:title>{escape(_one_line(title)) or "—"}</dc:title>'
        f"<dc:language>{project.language}</dc:language>{author}\n"
        f'<meta property="dcterms:modified">{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}</meta>\n'
        f'<meta property="media:duration">{_seconds(spans[-1].end_s if spans else 0)}</meta>\n'
        f'<meta property="media:active-class">{_ACTIVE}</meta>\n{lengths}\n</metadata>\n<manifest>\n'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>\n'
        f'<item id="css" href="style.css" media-type="text/css"/>\n{items}\n</manifest>\n'
        f"<spine>{order}</spine>\n</package>\n"
    )


_CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)


def _seconds(seconds: float) -> str:
    return f"{max(seconds, 0):.3f}s"


def _one_line(text: str) -> str:
    """Without line breaks and without what XML cannot hold."""
    return re.sub(r"\s+", " ", re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)).strip()

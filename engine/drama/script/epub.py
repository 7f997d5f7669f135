"""EPUB 2 and 3: what its spine shows, in order, with the titles of its table of contents.

https://www.w3.org/TR/epub-33/ and idpf.org's OPF 2.0.1. Read without ebooklib, whose licence (AGPL-3.0) would bind
everybody who lets others use the page.
"""

import posixpath
import re
import zipfile
from typing import Any
from urllib.parse import unquote

from engine.drama.script import html
from engine.drama.script.archive import broken, member, opened
from engine.drama.script.decode import MOST_TEXT, too_long
from engine.drama.script.extract import Extract
from engine.drama.script.manuscript import Manuscript
from engine.errors import invalid

FORM = "EPUB"
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Ways to scramble fonts only; any other encryption hides the text."""
_DOCUMENTS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "image/svg+xml")


def manuscript(data: bytes) -> Manuscript:
    """Raises INVALID_INPUT `script_broken`, `script_locked`, `script_bomb`, `script_too_large`, `script_too_long`."""
    with opened(data, FORM) as archive:
        return _read(archive)


def _read(archive: zipfile.ZipFile) -> Manuscript:
    _refuse_locked(archive)
    container = _xml(archive, "META-INF/container.xml")
    rootfile = (
        next(iter(container.xpath("//*[local-name()='rootfile']/@full-path")), None) if container is not None else None
    )
    package = _xml(archive, str(rootfile)) if rootfile else None
    if package is None:
        raise broken(FORM)
    base = posixpath.dirname(str(rootfile))
    items = {item.get("id"): item for item in package.xpath("//*[local-name()='manifest']/*[local-name()='item']")}
    toc = _toc(archive, package, items, base)
    text, read = Extract(), set[str]()
    for reference in package.xpath("//*[local-name()='spine']/*[local-name()='itemref']"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _DOCUMENTS:
            continue
        path = _path(base, item.get("href") or "")
        if path in read:  # a spine holds each document once
            continue
        read.add(path)
        content = member(archive, path, FORM)
        root = html.parsed(content, FORM) if content is not None else None
        if root is None:
            continue
        is_toc = "nav" in (item.get("properties") or "").split()
        if path in toc:
            text.opens(toc[path])
        html.extract(root, text, "notice" if is_toc else "text")
        if text.length > MOST_TEXT:
            raise too_long()
    return text.manuscript(_told(package, "title"), _told(package, "creator"))


def _refuse_locked(archive: zipfile.ZipFile) -> None:
    encryption = _xml(archive, "META-INF/encryption.xml")
    ways = encryption.xpath("//*[local-name()='EncryptionMethod']/@Algorithm") if encryption is not None else []
    if any(str(way) not in _FONTS for way in ways):
        raise invalid("script_locked", form=FORM)


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    """The root of a member; None where it is missing or beyond mending. Entities are left as they are."""
    from lxml import etree

    data = member(archive, name, FORM)
    if not data:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _path(base: str, href: str) -> str:
    """The member that a reference names."""
    return posixpath.normpath(posixpath.join(base, unquote(href.partition("#")[0]))).lstrip("/")


def _told(package: Any, name: str) -> str:
    found = package.xpath(f"//*[local-name()='metadata']//*[local-name()='{name}']")
    return " ".join("".join(found[0].itertext()).split()) if found else ""


def _toc(archive: zipfile.ZipFile, package: Any, items: dict[str, Any], base: str) -> dict[str, str]:
    """Document -> the title that the table of contents gives it: of EPUB 3's nav, else of EPUB 2's NCX."""
    found: dict[str, str] = {}
    for item in items.values():
        if "nav" in (item.get("properties") or "").split():
            path = _path(base, item.get("href") or "")
            content = member(archive, path, FORM)
            root = html.parsed(content, FORM) if content else None
            for link in root.xpath("//nav//a[@href]") if root is not None else []:
                title = " ".join(link.text_content().split())
                found.setdefault(_path(posixpath.dirname(path), link.get("href")), title[:300])
            if found:
                return found
    for item in items.values():
        if item.get("media-type") == "application/x-dtbncx+xml":
            path = _path(base, item.get("href") or "")
            ncx = _xml(archive, path)
            for point in ncx.xpath("//*[local-name()='navPoint']") if ncx is not None else []:
                label = point.xpath("./*[local-name()='navLabel']//text()")
                place = point.xpath("./*[local-name()='content']/@src")
                if place:
                    title = re.sub(r"\s+", " ", "".join(label)).strip()
                    found.setdefault(_path(posixpath.dirname(path), str(place[0])), title[:300])
    return found

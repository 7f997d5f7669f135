"""The page and the files it is made of."""

import json
import re
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Response, g, render_template, send_from_directory

from engine import __version__
from engine.app import Application
from engine.errors import AppError, Code
from engine.messages import LANGUAGES, catalogue
from engine.settings import PROJECT
from engine.web.addresses import address
from engine.web.assets import FOLDERS, Assets

PUBLIC = ("js", "img", "vendor", "docs")
"""Folders of `static/` that anyone may read, at addresses that stay."""

OF_ACCOUNTS = "ui.account."
"""Sentences that the page says only where there are accounts."""

_IMPORT = re.compile(r'^(?:import|export)\b[^;]*?"(\.[^"]+)";', re.MULTILINE)


def _needed(module: Path) -> set[Path]:
    """A script and all that it imports, however far around; what is imported on the way, `import()`, comes later."""
    found, waiting = {module}, [module]
    while waiting:
        script = waiting.pop()
        for target in _IMPORT.findall(script.read_text(encoding="utf-8")):
            needed = (script.parent / target).resolve()
            if needed not in found:
                found.add(needed)
                waiting.append(needed)
    return found


def blueprint(application: Application) -> Blueprint:
    pages = Blueprint("pages", __name__)
    root = PROJECT.resolve() / "static"
    accounts = application.accounts is not None

    @cache
    def said(language: str) -> bytes:
        sentences = catalogue(language).items()
        told = {key: sentence for key, sentence in sentences if accounts or not key.startswith(OF_ACCOUNTS)}
        return json.dumps(told, ensure_ascii=False).encode()

    assets = Assets(root, said)

    @lru_cache(1)
    def modules(_fingerprint: str) -> list[str]:
        first = _needed(root / "js" / "main.js")  # imports name them one after the other
        return sorted(path.relative_to(root).as_posix() for path in first)

    @pages.get("/")
    def page() -> Response:
        fingerprint = assets.look()
        at = address(f"/assets/{fingerprint}")
        facts = {"language": application.settings.language, "version": __version__, "modules": modules(fingerprint)}
        places = {"prefix": address(""), "assets": at, "csp_nonce": g.csp_nonce}
        html = render_template(
            "index.html", accounts=accounts, websocket_only=application.settings.websocket_only, **places, **facts
        )
        return Response(html, headers={"Cache-Control": "no-store"})

    def sent(folder: str, name: str) -> Response:
        response = send_from_directory(root / folder, name, conditional=True, max_age=0)
        if Path(name).suffix in (".js", ".mjs"):  # Windows' registry may say otherwise
            response.mimetype = "text/javascript"
        return response

    @pages.get("/static/<folder>/<path:name>")
    def file(folder: str, name: str) -> Response:
        if folder not in PUBLIC:
            raise AppError(Code.NOT_FOUND, "no_such_page")
        return sent(folder, name)

    @pages.get("/assets/<fingerprint>/<folder>/<path:name>")
    def asset(fingerprint: str, folder: str, name: str) -> Response:
        if folder not in FOLDERS:
            raise AppError(Code.NOT_FOUND, "no_such_page")
        return assets.kept(sent(folder, name), fingerprint)

    @pages.get("/favicon.ico")
    def icon() -> Response:
        return send_from_directory(PROJECT / "static" / "img", "icon.svg", max_age=86400)

    @pages.get("/i18n/<language>.json")
    def sentences(language: str) -> Response:
        if language not in LANGUAGES:
            raise AppError(Code.NOT_FOUND, "no_such_page")
        return Response(said(language), mimetype="application/json")

    @pages.get("/assets/<fingerprint>/i18n/<language>.json")
    def sentences_of(fingerprint: str, language: str) -> Response:
        return assets.kept(sentences(language), fingerprint)

    return pages

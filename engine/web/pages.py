"""The page and the files it is made of."""

import json
import re
from pathlib import Path

from flask import Blueprint, Response, g, render_template, send_from_directory

from engine import __version__
from engine.app import Application
from engine.errors import AppError, Code
from engine.messages import LANGUAGES, catalogue
from engine.settings import PROJECT
from engine.web.addresses import address

PUBLIC = ("js", "img", "vendor", "docs")
"""Folders of `static/` that anyone may read; the rest of it holds the user's files."""

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
    root = PROJECT.resolve()
    first = _needed(root / "static" / "js" / "main.js")  # imports name them one after the other
    accounts = application.accounts is not None
    modules = sorted(f"/{path.relative_to(root).as_posix()}" for path in first)

    @pages.get("/")
    def page() -> Response:
        facts = {"language": application.settings.language, "version": __version__, "modules": modules}
        html = render_template("index.html", csp_nonce=g.csp_nonce, prefix=address(""), accounts=accounts, **facts)
        return Response(html, headers={"Cache-Control": "no-store"})

    @pages.get("/static/<folder>/<path:name>")
    def file(folder: str, name: str) -> Response:
        if folder not in PUBLIC:
            raise AppError(Code.NOT_FOUND, "no_such_page")
        response = send_from_directory(PROJECT / "static" / folder, name, conditional=True, max_age=0)
        if Path(name).suffix in (".js", ".mjs"):  # Windows' registry may say otherwise
            response.mimetype = "text/javascript"
        return response

    @pages.get("/favicon.ico")
    def icon() -> Response:
        return send_from_directory(PROJECT / "static" / "img", "icon.svg", max_age=86400)

    @pages.get("/i18n/<language>.json")
    def sentences(language: str) -> Response:
        if language not in LANGUAGES:
            raise AppError(Code.NOT_FOUND, "no_such_page")
        said = catalogue(language)
        if not accounts:
            said = {key: sentence for key, sentence in said.items() if not key.startswith(OF_ACCOUNTS)}
        return Response(json.dumps(said, ensure_ascii=False), mimetype="application/json")

    return pages

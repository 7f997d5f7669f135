"""The document of the interface, for programs and for people. It takes a while: it is made once, beside the loop."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from flask import Response, current_app, url_for

from engine.accounts.turns import beside_the_loop
from engine.web.v1.openapi import document
from engine.web.v1.operations import JSON, Answer, Surface
from engine.web.v1.reading import chapters

TAG = "service"


def add(surface: Surface, surfaces: Callable[[], Sequence[Surface]]) -> None:
    @cache
    def api() -> dict[str, Any]:
        return beside_the_loop(document, surfaces())

    @cache
    def text() -> str:
        return json.dumps(api(), ensure_ascii=False)

    @cache
    def page(icon: str, theme: str, style: str, text: str) -> str:
        addresses = {"icon": icon, "theme": theme, "style": style, "text": text}
        template = current_app.jinja_env.get_template("docs.html")
        return beside_the_loop(lambda: template.render(api=api(), chapters=chapters(api()), addresses=addresses))

    @surface.on("GET", "/openapi.json", TAG, {200: Answer(JSON, "OpenAPI 3.1.")}, anonymous=True)
    def get_openapi() -> Response:
        """This document."""
        return Response(text(), mimetype=JSON)

    @surface.on("GET", "/docs", TAG, {200: Answer("text/html", "A page.")}, anonymous=True)
    def get_docs() -> Response:
        """This document, to be read."""
        api()
        public = [("img", "icon.svg"), ("js", "ui/theme.css"), ("docs", "api.css")]
        where = [url_for("pages.file", folder=folder, name=name) for folder, name in public]
        return Response(page(*where, url_for("v1.get_openapi")), mimetype="text/html")

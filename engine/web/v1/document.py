"""The document of the interface, for programs and for people."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from flask import Response, render_template

from engine.web.v1.openapi import document
from engine.web.v1.operations import JSON, Answer, Surface
from engine.web.v1.reading import chapters

TAG = "service"


def add(surface: Surface, surfaces: Callable[[], Sequence[Surface]]) -> None:
    @cache
    def made() -> dict[str, Any]:
        return document(surfaces())

    @surface.on("GET", "/openapi.json", TAG, {200: Answer(JSON, "OpenAPI 3.1.")}, anonymous=True)
    def get_openapi() -> Response:
        """This document."""
        return Response(json.dumps(made(), ensure_ascii=False), mimetype=JSON)

    @surface.on("GET", "/docs", TAG, {200: Answer("text/html", "A page.")}, anonymous=True)
    def get_docs() -> Response:
        """This document, to be read."""
        return Response(render_template("docs.html", api=made(), chapters=chapters(made())), mimetype="text/html")

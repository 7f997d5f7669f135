"""Tagging of the whole library, over REST."""

from typing import Any

from flask import Blueprint

from engine.app import Application
from engine.events import told
from engine.web.api import json_body
from engine.web.me import me


def blueprint(_: Application) -> Blueprint:
    tagging = Blueprint("tagging", __name__, url_prefix="/api")

    @tagging.get("/tagging")
    def now() -> dict[str, Any]:
        """`{state, total, tagged, failed}`, as `Tagging.now` says; tagged is what this version has heard, with whatever
        models were there then."""
        return told(me.tagging.now())

    @tagging.post("/tagging")
    def act() -> dict[str, Any]:
        """`{action}`: start, pause or stop -> as it is then."""
        body = json_body()
        return told(me.tagging.act(body.get("action") if isinstance(body, dict) else None))

    return tagging

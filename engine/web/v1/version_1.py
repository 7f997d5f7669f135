"""All of version 1, and of what other programs know us by: the operations, and how they come to the server."""

from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from engine.app import Application
from engine.settings import Settings
from engine.web.v1 import batches, document, drama, jobs, presets, service, speech, tracks, uploads, webhooks
from engine.web.v1.ground import Ground
from engine.web.v1.openapi import document as told
from engine.web.v1.operations import Surface


def surfaces(ground: Ground) -> list[Surface]:
    """Every operation there is."""
    v1, openai = Surface("v1", "/api/v1"), Surface("openai", "/v1")
    found = [v1, openai]
    for module in (jobs, batches, tracks, uploads, presets, drama, webhooks, service):
        module.add(v1, ground)
    if ground.accounts:
        from engine.web.v1 import access_tokens, links, login, users

        for module in (links, login, access_tokens, users):
            module.add(v1, ground)
    document.add(v1, lambda: found)
    speech.add(openai, ground)
    return found


def routes(app: Flask, application: Application) -> list[Rule]:
    """Their routes, once the app has their views."""
    found = surfaces(Ground.of(application))
    for surface in found:
        app.view_functions.update(surface.views)
    return [rule for surface in found for rule in surface.rules]


def openapi(settings: Settings) -> dict[str, Any]:
    """The document, without a server."""
    return told(surfaces(Ground.for_the_document(settings)))

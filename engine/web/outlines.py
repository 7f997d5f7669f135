"""REST: waveforms for the rows of a list, many at once."""

import json
import re
import time
from functools import lru_cache

from flask import Blueprint, request

from engine.app import Application
from engine.errors import AppError, invalid
from engine.library.outline import outline
from engine.library.track_files import PEAKS, derived_key
from engine.parameters import KEY
from engine.web.me import me

MOST = 100
"""In one request."""
KEPT = 4096
"""Outlines of tracks that are kept in memory, 60 letters each: a track's sound never changes."""


def blueprint(application: Application) -> Blueprint:
    outlines = Blueprint("outlines", __name__, url_prefix="/api")
    storage = application.storage

    @outlines.get("/outlines")
    def listed() -> dict[str, dict[str, str]]:
        """`?keys=track:ID,upload:ID,…`: the outline of each whose peaks are known; nothing is decoded for it."""
        keys = request.args.get("keys", "").split(",")
        if len(keys) > MOST or not all(re.fullmatch(KEY, key) for key in keys):
            raise invalid("outline_keys", most=MOST)
        own = me.library.tracks.there([key.removeprefix("track:") for key in keys if key.startswith("track:")])
        found = {}
        for key in keys:
            kind, _, identity = key.partition(":")
            if kind == "track" and identity not in own:
                continue
            try:
                found[key] = of_track(identity) if kind == "track" else str(me.uploads.facts(identity)["outline"])
            except (AppError, OSError, ValueError, KeyError, TypeError):  # gone, damaged, or of an earlier version
                continue
            time.sleep(0)  # others may be answered in between
        return {"outlines": found}

    @lru_cache(KEPT)
    def of_track(track_id: str) -> str:
        with storage.open_range(derived_key(track_id, PEAKS)) as stream:
            return outline(json.load(stream)["peaks"])

    return outlines

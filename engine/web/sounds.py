"""Any sound by its key, a track or an upload: what it is, how loud, and pieces of it for the A/B switch."""

import re
from typing import Any

from flask import Blueprint, Response

from engine.app import Application
from engine.errors import AppError, Code
from engine.parameters import KEY
from engine.web.files import number
from engine.web.me import me
from engine.web.samples import samples_of

LOWEST_HZ, HIGHEST_HZ = 8_000, 384_000
"""Rates at which browsers can be expected to play."""


def blueprint(_: Application) -> Blueprint:
    sounds = Blueprint("sounds", __name__, url_prefix="/api/sounds/<key>")

    @sounds.get("")
    def sound(key: str) -> dict[str, Any]:
        """Name, samples, rate (Hz), channels; `loudness_lufs` where it is known already."""
        kind, identity = _parts(key)
        me.library.input_key(key)  # it is there
        if kind == "track":
            record = me.library.record(identity)
            rate_hz, channels, samples = record.parameters.sample_rate, record.parameters.channels, record.samples
            loudness = {"loudness_lufs": record.levels.loudness_lufs}
        else:
            facts = me.uploads.facts(identity)
            rate_hz, channels = facts["rate_hz"], facts["channels"]
            samples = round(facts["duration_s"] * rate_hz)
            loudness = me.uploads.levels(identity) or {}
        name = me.library.called(key)
        return {"key": key, "name": name, "samples": samples, "rate_hz": rate_hz, "channels": channels} | loudness

    @sounds.get("/levels")
    def levels(key: str) -> dict[str, Any]:
        """`loudness_lufs`, null where it is undefined; an upload is measured once."""
        kind, identity = _parts(key)
        if kind == "track":
            return {"loudness_lufs": me.library.record(identity).levels.loudness_lufs}
        known = me.uploads.levels(identity)
        if known is None:
            path = me.storage.fetch(me.uploads.key(identity))
            known = {"loudness_lufs": me.tasks.measure_loudness(path)}
            me.uploads.keep_levels(identity, known)
        return known

    @sounds.get("/samples")
    def samples(key: str) -> Response:
        """As `samples_of` says; `rate_hz` is the rate to count and to give them in."""
        _parts(key)
        rate_hz = int(number("rate_hz", 0, 0, HIGHEST_HZ))
        if rate_hz:
            number("rate_hz", rate_hz, LOWEST_HZ, HIGHEST_HZ)
        return samples_of(me.library.input_key(key), rate_hz or None)

    return sounds


def _parts(key: str) -> tuple[str, str]:
    """Kind and identity. Raises NOT_FOUND for what is no key."""
    if not re.fullmatch(KEY, key):
        raise AppError(Code.NOT_FOUND, "no_such_page")
    kind, _, identity = key.partition(":")
    return kind, identity

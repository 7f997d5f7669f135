"""How long a file is by its own word; what FFmpeg only reckons from a bit rate is no word."""

from typing import Any, NamedTuple

import av

from engine.audio.joined import ASF_FACTS
from engine.audio.mpeg import samples_said
from engine.audio.splice import Spliced

_INEXACT_S = {
    "mov": 0.1, "matroska": 0.1, "asf": 0.3, "flac": 0.0, "wv": 0.0, "tta": 0.0, "ape": 0.05, "tak": 0.0, "mpc": 0.1,
    "mpc8": 0.1, "dsf": 0.1, "caf": 0.05, "avi": 0.3, "oma": 0.1,
}  # fmt: skip
"""Demuxers that read a length out of the file, and by how many seconds it may differ in a file that is whole."""


class Promise(NamedTuple):
    """`give_s`: a difference up to this is none."""

    seconds: float
    give_s: float


_ABSURD_S = 3 * 86400.0
"""Who writes more than this does not know."""


def promise_of(container: Any, stream: Any, view: Spliced) -> Promise | None:
    """What the header of a file that FFmpeg has opened says of the length of one of its streams, if anything."""
    found = _promise(container, stream, view)
    return found if found and found.seconds < _ABSURD_S else None


def _promise(container: Any, stream: Any, view: Spliced) -> Promise | None:
    kind = container.format.name.split(",")[0]
    if kind == "mp3":
        said, rate_hz = samples_said(view.again()), stream.codec_context.sample_rate
        return Promise(said / rate_hz, 3456 / rate_hz) if said is not None and rate_hz else None
    if kind not in _INEXACT_S:
        return None
    if kind == "asf":
        return _asf(view.again())
    if kind == "avi" and stream.frames and stream.time_base:  # a duration is made to fit what is there
        return Promise(float(stream.frames * stream.time_base), _INEXACT_S[kind])
    if stream.duration and stream.time_base and kind != "matroska":
        return Promise(float(stream.duration * stream.time_base), _INEXACT_S[kind])
    if len(container.streams) == 1 and container.duration:
        return Promise(container.duration / av.time_base, _INEXACT_S[kind])
    return None


def _asf(view: Spliced) -> Promise | None:
    """From the File Properties Object (Advanced Systems Format specification, 3.2), unless the file was streamed."""
    head = view.read(2**16)
    at = head.find(ASF_FACTS)
    facts = head[at + 64 : at + 92]
    if at < 0 or len(facts) < 28 or facts[24] & 1:
        return None
    play, preroll_ms = int.from_bytes(facts[:8], "little"), int.from_bytes(facts[16:24], "little")
    return Promise(max(0.0, play / 1e7 - preroll_ms / 1e3), _INEXACT_S["asf"])

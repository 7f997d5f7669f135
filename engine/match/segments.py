"""A long rendering in segments: all in front of the final gain, which hears no further back than `memory_s`.

Each begins early enough that what it remembers at its first sample is what one piece remembers there, on the same grid
of blocks. What hears the whole, the gain and the limiter, stays with who joins them; so does a transposition, whose
phases go back to the beginning.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from engine.audio.block import Audio
from engine.audio.decode import blocks, open_source
from engine.audio.layouts import Layout
from engine.audio.processor import BLOCK
from engine.context import LONG_S, SEGMENT_S, JobContext, MadeSegment, Segment
from engine.match.params import MatchParams
from engine.match.processors.bands import half_length
from engine.match.processors.equaliser import sections
from engine.match.processors.reverb import LONGEST_S
from engine.match.render import Report, before_gain
from engine.match.spot import response
from engine.match.style import Alignment, EqBand, StyleParams
from engine.match.subsonic import Subsonic

FORGOTTEN = math.log(1e7)
"""What has died away by so much, in nepers (140 dB), is forgotten: the next hears it no more."""
EXCITER_S = 0.1
"""Its filter's, from 500 Hz up."""
RESAMPLED_S = 1.0
RUMBLE_S = 20.0
"""So far a resampler hears, to another rate and to that of rumble."""


def segments_of(
    style: StyleParams, below: Subsonic | None, duration_s: float, own_rate_hz: int, rate_hz: int
) -> list[Segment]:
    """The segments of a sound of `duration_s`; none where it is short, or its style is not to be cut."""
    delay_s = 0.0 if style.alignment is None else style.alignment.delay_s
    length = round((duration_s - delay_s) * rate_hz)
    warm_up_s = memory_s(style, rate_hz)
    if style.pitch is not None or length < LONG_S * rate_hz or warm_up_s > SEGMENT_S:
        return []
    step = max(1, round(SEGMENT_S * rate_hz / BLOCK)) * BLOCK
    work = {
        "style": style.model_dump(mode="json"), "rate_hz": rate_hz,
        "below": None if below is None else {"offsets": list(below.offsets), "rumble": below.rumble},
        "warm_up": -(-round(warm_up_s * rate_hz) // BLOCK) * BLOCK,
        "sources_s": RUMBLE_S if below is not None and below.rumble else RESAMPLED_S if own_rate_hz != rate_hz else 0.0,
    }  # fmt: skip
    starts = range(0, length, step)
    return [
        Segment(
            start / rate_hz,
            min(start + step, length) / rate_hz,
            {**work, "start": start, "end": None if start == starts[-1] else start + step},
        )
        for start in starts
    ]


def memory_s(style: StyleParams, rate_hz: int) -> float:
    """How far back a sample of the result hears, from one part of the chain to the next."""
    memory = _ringing_s(style.eq, rate_hz) + _ringing_s(style.side_eq, rate_hz)
    bands_s = 2 * half_length(rate_hz) / rate_hz
    if style.compressor is not None:
        slowest_ms = max(max(band.attack_ms, band.release_ms) for band in style.compressor.bands)
        memory += bands_s + FORGOTTEN * slowest_ms / 1000
    if style.exciter is not None:
        memory += EXCITER_S
    if style.reverb is not None and style.reverb.mix > 0:
        room_s = style.reverb.rt60_s if style.reverb.ir_key is None else LONGEST_S
        memory += room_s + style.reverb.pre_delay_ms / 1000
    return memory + (bands_s if style.stereo is not None else 0.0)


def _ringing_s(bands: Iterable[EqBand], rate_hz: int) -> float:
    """How long sections in series ring: as long as all of them one after the other."""
    rows = sections(tuple(bands), rate_hz)
    slowest = [float(np.abs(np.roots(row[3:])).max()) for row in rows]
    return sum(-FORGOTTEN / math.log(radius) for radius in slowest if radius > 0) / rate_hz


def make(
    params: MatchParams, job: JobContext, work: dict[str, Any], write: Callable[[Audio], object]
) -> dict[str, Any]:
    """One segment, up to the final gain: its samples, and what a `Report` holds of them."""
    path, rate_hz, start, end = job.open(params.source), work["rate_hz"], work["start"], work["end"]
    with open_source(path) as file:
        layout: Layout = file.layout
    style = StyleParams.model_validate(work["style"])
    key = style.reverb.ir_key if style.reverb is not None else None
    given = None if key is None else response(job.open(key), rate_hz, layout)
    begins = max(0, start - work["warm_up"])
    alignment = style.alignment or Alignment()
    shift = begins + round(alignment.delay_s * rate_hz)
    begins_s = max(0, math.floor(shift / rate_hz - work["sources_s"]))  # whole seconds are samples of every rate
    sound = blocks(path, rate_hz=rate_hz, start_s=begins_s)
    if work["below"] is not None:
        sound = Subsonic(tuple(work["below"]["offsets"]), work["below"]["rumble"]).removed(sound, rate_hz)
    shifted = alignment.model_copy(update={"delay_s": (shift - begins_s * rate_hz) / rate_hz})
    report = Report()
    made = before_gain(sound, rate_hz, layout, style.model_copy(update={"alignment": shifted}), given, report)
    for block in between(made, start - begins, None if end is None else end - begins):
        job.check_canceled()
        write(block)
    first, last = ((None if place is None else (place - begins) // BLOCK) for place in (start, end))
    gains_db = [band[first:last] for band in report.compressor_gain_db]
    return {"tail_samples": report.tail_samples, "compressor_gain_db": gains_db}


def between(stream: Iterator[Audio], start: int, end: int | None) -> Iterator[Audio]:
    """The samples from one up to another, or to the end; no more is taken in than that needs."""
    at = 0
    for block in stream:
        part = block[:, max(0, start - at) : None if end is None else max(0, end - at)]
        at += block.shape[1]
        if part.shape[1]:
            yield part
        if end is not None and at >= end:
            return


def joined(segments: Iterable[MadeSegment], report: Report) -> Iterator[Audio]:
    """Them in a row, and into `report` what its first half says."""
    for segment in segments:
        yield from segment.blocks
        report.tail_samples = segment.facts["tail_samples"]
        bands: list[list[float]] = segment.facts["compressor_gain_db"]
        report.compressor_gain_db = report.compressor_gain_db or [[] for _ in bands]
        for band, lowest in zip(report.compressor_gain_db, bands, strict=True):
            band.extend(lowest)

"""The runner of `/mix`."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.audio.block import Audio
from engine.audio.decode import MAX_SECONDS
from engine.context import JobContext, TrackDraft
from engine.errors import about, invalid
from engine.library.inputs import Stem
from engine.mix.levels import Level, parse_levels
from engine.mix.params import MixParams
from engine.mix.sum import Mix


def run(params: MixParams, job: JobContext) -> None:
    """Sum the stems block by block, from file to file, and hand in one track."""
    stems = job.stems(params.source)
    with about(job.open(params.source)):
        levels = chosen(params.levels, stems)
        mix = Mix({name: stems[name].path for name in levels}, levels)
    first, end = region(params, mix.rate_hz)
    expected = (
        max(stems[name].samples for name in levels) - first
    )  # only for the progress: the files have the last word
    job.plan(MIXING=1)
    peak = 0.0
    details: dict[str, Any] = {
        "stems": {name: {"gain": level.gain, "pan": level.pan} for name, level in levels.items()},
        "from_s": first / mix.rate_hz,
    }

    def sound() -> Iterator[Audio]:
        nonlocal peak
        done = 0
        for audio in mix.blocks(first, end):
            peak = max(peak, float(np.abs(audio).max()))
            done += audio.shape[1]
            job.progress(min(done, expected), max(expected, 1), "MIXING")
            details["to_s"] = (first + done) / mix.rate_hz
            details["peak_dbfs"] = round(20 * math.log10(peak), 2) if peak else None
            yield audio
        if not done:
            with about(job.open(params.source)):
                raise invalid("start_past_end", start_s=params.from_s)

    job.new_track(
        TrackDraft(
            audio=sound(),
            rate_hz=mix.rate_hz,
            layout=mix.layout,
            output=params,
            model="mix",
            prompt=_title(params, job, levels),
            details=details,
            tags_of=job.open(params.source),
            tags_part_s=None if (first, end) == (0, None) else (params.from_s, params.to_s or MAX_SECONDS),
        )
    )


def chosen(text: str, stems: dict[str, Stem]) -> dict[str, Level]:
    """The stems that sound, in the track's order, with their levels.

    Raises INVALID_INPUT `mix_without_stems`, `mix_unknown_stem`, `mix_silent`.
    """
    if not stems:
        raise invalid("mix_without_stems")
    said = parse_levels(text) or dict.fromkeys(stems, Level())
    if unknown := sorted(set(said) - set(stems)):
        raise invalid("mix_unknown_stem", name=", ".join(unknown)[:80], known=", ".join(stems))
    levels = {name: said[name] for name in stems if name in said and said[name].gain > 0}
    if not levels:
        raise invalid("mix_silent")
    return levels


def region(params: MixParams, rate_hz: int) -> tuple[int, int | None]:
    """First sample and the one after the last; None for all there is."""
    first = round(params.from_s * rate_hz)
    return first, None if params.to_s is None else max(first + 1, round(params.to_s * rate_hz))


def _title(params: MixParams, job: JobContext, levels: dict[str, Level]) -> str:
    """`calm piano · drums, bass`: what the source is called, and what of it sounds."""
    return " · ".join(part for part in (job.title(params.source), ", ".join(levels)) if part)

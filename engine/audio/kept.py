"""A file of the user's that becomes a track as it is: its bytes copied, its sound measured."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engine.audio.decode import open_source
from engine.audio.encode import Written
from engine.audio.loudness import LoudnessMeter
from engine.audio.paths import long_path
from engine.audio.peaks import PeakMeter
from engine.faults import disk_errors
from engine.parameters import BitDepth, Format

_WIDTHS: dict[str, BitDepth] = {"pcm_16": "16", "pcm_24": "24", "float": "32f"}
_FORMATS = {"wav": Format.WAV, "wavex": Format.WAV, "rf64": Format.WAV, "flac": Format.FLAC, "mp3": Format.MP3,
            "mpeg": Format.MP3, "ogg": Format.OGG}  # fmt: skip


class Kept(NamedTuple):
    """The format that a file has; `bit_depth` is None where the format has none."""

    format: Format
    bit_depth: BitDepth | None


def kept_as(path: str | Path) -> Kept | None:
    """As what the file at `path` can be a track as it is; None where no track has its format or its width.

    Raises as `open_source` does.
    """
    with open_source(path) as source:
        found, codec = _FORMATS.get(source.format), source.codec
    if found is Format.OGG:
        found = {"vorbis": Format.OGG, "opus": Format.OPUS}.get(codec)
    if found in (Format.WAV, Format.FLAC):
        return Kept(found, _WIDTHS[codec]) if codec in _WIDTHS else None
    return Kept(found, None) if found else None


def keep(path: Path, source: Path, kept: Kept, tick: Callable[[], None]) -> Written:
    """Copy the file `source` to `path`, and say what is in it; `tick` is called with every block, and may raise.

    Raises DISK_FULL `disk_full`, and as `open_source` does.
    """
    with disk_errors():
        shutil.copyfile(long_path(source), long_path(path))
        with open(long_path(path), "rb+") as file:  # noqa: PTH123 - Path would normalise the prefix away
            os.fsync(file.fileno())
    with open_source(path) as opened:
        rate_hz, layout = opened.rate_hz, opened.layout
        loudness, peaks = LoudnessMeter(rate_hz, layout), PeakMeter(rate_hz)
        for block in opened.blocks():
            tick()
            loudness.add(block)
            peaks.add(block)
    levels = loudness.result()
    peak = 10 ** (levels.true_peak_dbtp / 20) if levels.true_peak_dbtp is not None else 0.0
    return Written(
        format=kept.format,
        bit_depth=kept.bit_depth,
        rate_hz=rate_hz,
        layout=layout,
        samples=peaks.samples,
        clipped=0,
        peak=peak,
        note=None,
        peaks=peaks.result(),
        levels=levels,
    )

"""Files whose true peak stays under a ceiling as they are decoded.

What lies under a ceiling does not stay there: another rate finds peaks between the samples, and lossy formats move the
waveform by some tenths of a dB. So a file is written, decoded and measured, and while it is over it is written anew,
lower by so much. Nobody knows beforehand what an encoder will do; a bound on the rounds keeps it from going on.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.audio.block import BLOCK, Audio
from engine.audio.decode import open_source
from engine.audio.encode import Written, write
from engine.audio.layouts import Layout
from engine.audio.loudness import Levels, LoudnessMeter
from engine.audio.peaks import PeakMeter, Peaks

ROUNDS = 8
_MARGIN_DB = 0.01
"""By which each further round aims lower than the one before: an encoder answers a little gain by chance."""


@dataclass(frozen=True)
class Part:
    """A sound, float32 [channels, samples] or blocks of it, and the file that it becomes.

    Under a ceiling the blocks must be such that can be gone through again. `wish`: further arguments of `encode.write`.
    """

    path: Path
    sound: Audio | Iterable[Audio]
    wish: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """A written file, as it is decoded."""

    written: Written
    rate_hz: int
    layout: Layout
    samples: int
    peaks: Peaks
    levels: Levels
    """All None where they were not asked for."""

    @property
    def channels(self) -> int:
        return self.layout.channels


def decoded(path: Path, written: Written, tick: Callable[[], None], *, levels: bool = False) -> Kept:
    """What was `written` to `path`, looked at again. `levels` take nine tenths of the time."""
    with open_source(path) as source:
        meter = LoudnessMeter(source.rate_hz, source.layout) if levels else None
        peaks = PeakMeter(source.rate_hz)
        for block in source.blocks():
            tick()
            peaks.add(block)
            if meter is not None:
                meter.add(block)
    measured = Levels(None, None) if meter is None else meter.result()
    return Kept(written, source.rate_hz, source.layout, peaks.samples, peaks.result(), measured)


def write_under(
    parts: Sequence[Part], rate_hz: int, ceiling_dbtp: float | None, tick: Callable[[], None] = lambda: None
) -> tuple[list[Kept], float]:
    """Write all `parts`, sounds at `rate_hz`, with one gain: what became of each, and how many dB they were lowered.

    With `ceiling_dbtp` no file's true peak (libebur128) is over it where `ROUNDS` of trying are enough. `tick` is
    called with every block and may raise to stop. Raises as `encode.write` does.
    """
    lowered_db = 0.0
    for tried in range(1, ROUNDS + 1):
        made = [_written(part, rate_hz, -lowered_db, tick) for part in parts]
        over_db = 0.0 if ceiling_dbtp is None else max(peak_db for _, peak_db in made) - ceiling_dbtp
        if over_db <= 0 or tried == ROUNDS:
            break
        lowered_db += over_db + tried * _MARGIN_DB
    return [kept for kept, _ in made], lowered_db


def _written(part: Part, rate_hz: int, gain_db: float, tick: Callable[[], None]) -> tuple[Kept, float]:
    """The file, and its peak in dB: of what was cut off, the peak that was there before."""
    gain = np.float32(10 ** (gain_db / 20))

    def sound() -> Iterator[Audio]:
        for block in _blocks(part.sound):
            tick()
            yield block * gain if gain_db else block

    kept = decoded(part.path, write(part.path, sound(), rate_hz, **part.wish), tick, levels=True)
    peak_dbtp = kept.levels.true_peak_dbtp
    if peak_dbtp is None:
        return kept, -math.inf
    return kept, max(peak_dbtp, 20 * math.log10(kept.written.peak)) if kept.written.clipped else peak_dbtp


def _blocks(sound: Audio | Iterable[Audio]) -> Iterable[Audio]:
    if not isinstance(sound, np.ndarray):
        return sound
    return (sound[:, start : start + BLOCK] for start in range(0, sound.shape[1], BLOCK))

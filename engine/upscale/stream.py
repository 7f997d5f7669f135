"""From a sound file to the restored one as a stream: nothing is ever held as a whole, so that hours fit in memory."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.audio.block import Audio, regroup
from engine.audio.decode import blocks, open_source
from engine.audio.effects import Flow
from engine.audio.layouts import Layout
from engine.audio.loudness import LoudnessMeter
from engine.audio.overlap_add import joined
from engine.audio.resample import Resampler, fitted, resampled_length
from engine.errors import about, invalid
from engine.upscale.bandwidth import BandwidthMeter
from engine.upscale.splice import OCTAVES, Filter, filtered, high_pass, low_pass, splice_hz
from engine.upscale.upscaler import Upscaler

AUDIBLE_HZ = 20_000.0
"""A sound that reaches so far lacks nothing that an engine of 48 kHz could give."""
OVERLAP_S = 1.0
FULL = 0.94
"""A sound that reaches so far towards half the model's rate has lost nothing that the model could give back."""


@dataclass(frozen=True)
class Excerpt:
    """Which part of a file is worked on, in seconds; all of it without a length."""

    start_s: float = 0.0
    duration_s: float | None = None


@dataclass(frozen=True)
class UpscaleSource:
    """A sound file that was read through once. `cutoff_hz`: where its treble ends, as heard."""

    path: Path
    part: Excerpt
    rate_hz: int
    layout: Layout
    samples: int
    peak: float
    cutoff_hz: float
    loudness_lufs: float | None

    @property
    def channels(self) -> int:
        return self.layout.channels

    def blocks(self, skip_s: float = 0.0) -> Iterator[Audio]:
        """float32 [channels, any]. `skip_s`: as much later, where the part has no end."""
        yield from blocks(self.path, start_s=self.part.start_s + skip_s, duration_s=self.part.duration_s)

    def at(self, rate_hz: int) -> Iterator[Audio]:
        """The same at another rate."""
        yield from Resampler(self.rate_hz, rate_hz, self.channels).stream(self.blocks())

    def near(self, place: int, rate_hz: int) -> tuple[int, Iterator[Audio]]:
        """The same from some sample at or before `place` on, and which one that is. All of it where it is resampled,
        whose last bits depend on where it began."""
        if rate_hz != self.rate_hz or self.part != Excerpt():
            return 0, self.at(rate_hz)
        return place, self.blocks(place / rate_hz)


def examine(path: Path, part: Excerpt, tick: Callable[[int], None]) -> UpscaleSource:
    """Read a file, or a part of it, through; `tick` is told how many samples were read.

    Raises what `engine.audio.decode.blocks` raises, INVALID_INPUT `start_past_end` where nothing is there.
    """
    with open_source(path) as file:
        rate_hz, layout = file.rate_hz, file.layout
    meter, band = LoudnessMeter(rate_hz, layout), BandwidthMeter(rate_hz)
    samples, peak = 0, 0.0
    for block in blocks(path, start_s=part.start_s, duration_s=part.duration_s):
        meter.add(block)
        band.add(block)
        peak = max(peak, float(np.abs(block).max()))
        samples += block.shape[1]
        tick(samples)
    if not samples:
        with about(path):
            raise invalid("start_past_end", start_s=part.start_s)
    loudness = meter.result().loudness_lufs
    return UpscaleSource(path, part, rate_hz, layout, samples, peak, band.cutoff_hz(), loudness)


@dataclass
class Difference:
    """Energy above and below the cut-off, summed up while a sound is restored."""

    low: float = 0.0
    low_changed: float = 0.0
    high_before: float = 0.0
    high_after: float = 0.0

    @property
    def gained_db(self) -> float | None:
        """By how much the band above the cut-off became stronger; None where nothing was there or is now."""
        if self.high_after <= 0:
            return None
        return round(10 * float(np.log10(self.high_after / max(self.high_before, 1e-12 * self.low, 1e-20))), 1)

    @property
    def low_band_db(self) -> float | None:
        """What changed below the splice, against what is there; None for silence."""
        if self.low <= 0:
            return None
        return round(10 * float(np.log10(max(self.low_changed / self.low, 1e-20))), 1)


@dataclass
class Restoration:
    """How an engine, or none, goes over a source. `window_s`: the longest outer window."""

    source: UpscaleSource
    engine: Upscaler | None
    target_hz: int
    cutoff_hz: float
    window_s: float
    seed: int
    difference: Difference = field(default_factory=Difference)

    @property
    def adds(self) -> bool:
        """There is room between the cut-off and what the engine can give."""
        if self.engine is None:
            return False
        reach_hz = FULL * min(self.engine.rate_hz, self.target_hz) / 2
        return self.cutoff_hz < (min(reach_hz, AUDIBLE_HZ) if self.engine.rate_hz <= 48_000 else reach_hz)

    def windows(self) -> list[tuple[int, int]]:
        """Start and end of each outer window at the engine's rate: all about equally long, on the engine's grid."""
        assert self.engine is not None
        rate_hz, grid = self.engine.rate_hz, self.engine.grid
        total = resampled_length(self.source.samples, self.source.rate_hz, rate_hz)
        overlap, longest = round(OVERLAP_S * rate_hz), max(round(self.window_s * rate_hz), 3 * round(rate_hz))
        if total <= longest:
            return [(0, total)]
        most = (longest - overlap) // grid * grid
        count = math.ceil((total - overlap) / most)
        hop = min(most, math.ceil((total - overlap) / count / grid) * grid)
        starts = [start for start in range(0, total, hop) if start == 0 or total - start > overlap]
        return [(start, min(start + hop + overlap, total)) for start in starts]

    def stream(
        self,
        infer: Callable[[float], None],
        heard: Callable[[Audio], None] = lambda block: None,
        estimates: Iterable[Audio] | None = None,
    ) -> Iterator[Audio]:
        """Blocks float32 [channels, any] at the target rate.

        `infer` is told the share that is done and may raise, `heard` the source's sound as it goes in. `estimates`:
        those of all windows, where somebody else makes them.
        """
        kept = regroup(fitted(self.source.at(self.target_hz), self.samples))
        if not self.adds:
            for block in kept:
                heard(block)
                yield block
            infer(1.0)
            return
        assert self.engine is not None
        rate_hz, channels = self.engine.rate_hz, self.source.channels
        taps = high_pass(self.cutoff_hz, rate_hz)
        added = Filter(taps).chain(channels).stream(self._added(estimates or self.estimates(infer), infer, taps))
        wide = regroup(fitted(Resampler(rate_hz, self.target_hz, channels).stream(added), self.samples))
        meter = _Meter(self.cutoff_hz, self.target_hz, self.difference)
        for old, new in zip(kept, wide, strict=True):
            heard(old)
            meter.add(old, new)
            yield old + new
        meter.finish()

    @property
    def samples(self) -> int:
        """Of the result."""
        return resampled_length(self.source.samples, self.source.rate_hz, self.target_hz)

    def estimates(self, infer: Callable[[float], None], first: int = 0, end: int | None = None) -> Iterator[Audio]:
        """What the engine's estimate has more than the source, window by window from one up to another: [channels, the
        window] at the engine's rate. `infer` is told the share of all windows."""
        assert self.engine is not None
        rate_hz, windows = self.engine.rate_hz, self.windows()
        begins, stream = self.source.near(windows[first][0], rate_hz)
        sound = _Tape(fitted(stream, windows[-1][1] - begins), begins)
        muffle = low_pass(self.cutoff_hz, rate_hz) if self.cutoff_hz * 1.13 < rate_hz / 2 else None
        for number, (start, stop) in list(enumerate(windows))[first:end]:
            piece = sound.part(start, stop)
            if not (piece != piece[:, :1]).any():  # digital silence, or nothing but an offset, costs nothing
                yield np.zeros_like(piece)
                continue
            heard = piece if muffle is None else filtered(piece, muffle)
            # a window's own filter hears silence beyond its ends; the cross-fade hides what comes of it
            made = self.engine.restore(
                heard, cutoff_hz=self.cutoff_hz, peak=self.source.peak, seed=self.seed,
                start=start if len(windows) > 1 else None,
                tick=lambda share, number=number: infer((number + share) / len(windows)),  # type: ignore[misc]
            )  # fmt: skip
            yield made - piece

    def _added(self, estimates: Iterable[Audio], infer: Callable[[float], None], taps: Any) -> Iterator[Audio]:
        """All windows' estimates as one stream, [channels, any] at the engine's rate."""
        assert self.engine is not None
        windows = self.windows()

        def counted() -> Iterator[Audio]:
            for number, estimate in enumerate(estimates, 1):
                yield estimate
                infer(number / len(windows))

        def alike(one: Audio, other: Audio) -> float:
            one, other = filtered(one, taps), filtered(other, taps)
            product = float(np.vdot(one, other))
            size = float(np.sqrt(np.square(one, dtype=np.float64).sum() * np.square(other, dtype=np.float64).sum()))
            return product / size if size > 0 else 1.0

        whole = counted() if len(windows) == 1 else joined(counted(), round(OVERLAP_S * self.engine.rate_hz), alike)
        yield from faded(whole, windows[-1][1], len(taps))


def faded(stream: Iterator[Audio], samples: int, length: int) -> Iterator[Audio]:
    """Begins and ends at nothing: cut off at full level, a high-passed sound is no longer free of lows."""
    length = min(length, samples // 2)
    rise = (np.sin(np.linspace(0, np.pi / 2, length)) ** 2).astype(np.float32)
    at = 0
    for block in stream:
        place = np.arange(at, at + block.shape[1])
        nearest = np.minimum(np.minimum(place, samples - 1 - place), length - 1)
        yield block * rise[nearest] if length and nearest.size else block
        at += block.shape[1]


class _Tape:
    """A stream from which windows are taken in order; what lies before the last start is forgotten."""

    def __init__(self, stream: Iterator[Audio], start: int = 0) -> None:
        self._stream, self._start = stream, start
        self._held: list[Audio] = []

    def part(self, start: int, end: int) -> Audio:
        while self._start + sum(block.shape[1] for block in self._held) < end:
            self._held.append(next(self._stream))
            while self._held and self._start + self._held[0].shape[1] <= start:
                self._start += self._held.pop(0).shape[1]
        whole = np.concatenate(self._held, axis=1)[:, start - self._start :]
        self._held, self._start = [whole], start
        return whole[:, : end - start]


class _Meter:
    """Sums up into a `Difference`."""

    def __init__(self, cutoff_hz: float, rate_hz: int, into: Difference) -> None:
        self._low_hz, _ = splice_hz(cutoff_hz)
        self._low, self._high = (
            low_pass(self._low_hz * 2 ** (-1 / 6), rate_hz),
            high_pass(min(cutoff_hz * 2**OCTAVES, 0.49 * rate_hz), rate_hz),
        )
        self._flows: list[Flow] = []
        self._into = into

    def add(self, old: Audio, new: Audio) -> None:
        if not self._flows:
            chains = [Filter(taps).chain(len(old)) for taps in (self._low, self._high)]
            self._flows = [chain.flow() for chain in chains for _ in range(2)]
        self._sum([flow.add(s) for flow, s in zip(self._flows, (old, new, old, old + new), strict=True)])

    def finish(self) -> None:
        self._sum([flow.finish() for flow in self._flows])

    def _sum(self, parts: list[Audio]) -> None:
        low, changed, before, after = (float(np.square(part, dtype=np.float64).sum()) for part in parts)
        self._into.low += low
        self._into.low_changed += changed
        self._into.high_before += before
        self._into.high_after += after

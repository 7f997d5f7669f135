"""From a sound file to its stems as streams: nothing is ever held as a whole, so that hours fit into little memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio, regroup
from engine.audio.decode import open_source
from engine.audio.layouts import Layout
from engine.audio.overlap_add import OverlapAdd, cut, reflected
from engine.audio.resample import Resampler, fitted, resampled_length
from engine.audio.scratch_audio import ScratchAudio
from engine.split.models import ModelFamily
from engine.split.separator import Estimates, Mixes, Separator

LONGEST_SHIFT_S = 0.5
"""Demucs shifts a pass by at most this much (`demucs/apply.py`)."""


@dataclass(frozen=True)
class Channels:
    """One or two channels that are separated together; level of their mean over the whole file."""

    places: tuple[int, ...]
    mean: float
    deviation: float


@dataclass(frozen=True)
class SplitSource:
    """A sound file that was decoded once. Models take stereo: `groups` are its left-right pairs and the rest."""

    sound: ScratchAudio
    rate_hz: int
    layout: Layout
    samples: int
    groups: tuple[Channels, ...]

    @property
    def channels(self) -> int:
        return self.layout.channels

    def blocks(self, group: Channels | None = None) -> Iterator[Audio]:
        """float32 [channels, any], all channels or those of one group."""
        for block in regroup(self.sound):
            yield block if group is None else block[list(group.places)]


def examine(path: Path, sound: ScratchAudio, tick: Callable[[int], None]) -> SplitSource:
    """Decode a file into `sound`, which who calls closes; `tick` is told how many samples were read.

    Raises what `engine.audio.decode` raises, DISK_FULL.
    """
    with open_source(path) as file:
        layout, places = file.layout, file.layout.groups
        sums = np.zeros((len(places), 2))
        samples = 0
        for block in sound.through(file.blocks()):
            means = np.stack([block[list(group)].mean(axis=0, dtype=np.float64) for group in places])
            sums += np.stack([means.sum(axis=1), np.square(means).sum(axis=1)], axis=1)
            samples += block.shape[1]
            tick(samples)
        mean = sums[:, 0] / samples
        deviation = np.sqrt(np.maximum(sums[:, 1] / samples - mean**2, 0))
    groups = tuple(Channels(p, float(m), float(d)) for p, m, d in zip(places, mean, deviation, strict=True))
    return SplitSource(sound, file.rate_hz, layout, samples, groups)


@dataclass(frozen=True)
class Separation:
    """How a loaded model goes over a source."""

    source: SplitSource
    model: Separator
    model_family: ModelFamily
    window: int
    overlap: float
    shifts: int
    batch: int

    @property
    def _overlap_add(self) -> OverlapAdd:
        hop = max(1, int((1 - self.overlap) * self.window))
        return OverlapAdd(triangle(self.window) if self.model_family.normalised else edges(self.window), hop)

    @property
    def _length(self) -> int:
        """Samples of the source at the model's rate."""
        return resampled_length(self.source.samples, self.source.rate_hz, self.model.rate_hz)

    @property
    def _border(self) -> int:
        """Samples by which the sound is mirrored at both ends: what two windows share, where there is enough of it."""
        border = self.window - self._overlap_add.hop
        return border if self.model_family.mirrored and self._length > 2 * border else 0

    def _delays(self) -> list[int]:
        """By how many samples each pass is shifted: spread evenly, the same every time."""
        longest = int(LONGEST_SHIFT_S * self.model.rate_hz)
        return [i * longest // self.shifts for i in range(self.shifts)]

    @property
    def windows(self) -> int:
        """How many windows are worked on in all."""
        lengths = [self._length + delay + 2 * self._border for delay in self._delays()]
        return len(self.source.groups) * sum(self._overlap_add.count(length) for length in lengths)

    def stems(self, tick: Callable[[int], None]) -> Iterator[NDArray[np.float32]]:
        """Blocks float32 [len(model.sources), channels, any], at the rate and with the length of the source.

        `tick` is told of windows done, and of none (0) now and then; it may raise to stop.
        """
        groups = [self._group(group, tick) for group in self.source.groups]
        given = [place for group in self.source.groups for place in group.places]
        order = None if given == sorted(given) else np.argsort(given)
        for parts in zip(*groups, strict=True):
            joined = np.concatenate(parts, axis=1)
            yield joined if order is None else joined[:, order]

    def _group(self, group: Channels, tick: Callable[[int], None]) -> Iterator[NDArray[np.float32]]:
        count = len(self.model.sources)
        passes = [regroup(self._pass(group, delay, tick)) for delay in self._delays()]
        mean = (np.mean(parts, axis=0) if len(parts) > 1 else parts[0] for parts in zip(*passes, strict=True))
        rate_hz = self.source.rate_hz
        back = Resampler(self.model.rate_hz, rate_hz, count * len(group.places)).stream(mean)
        for block in regroup(fitted(back, self.source.samples)):
            yield block.reshape(count, len(group.places), -1)

    def _pass(self, group: Channels, delay: int, tick: Callable[[int], None]) -> Iterator[Audio]:
        """One pass over one group: float32 [sources * channels, any] at the model's rate."""
        border = self._border
        sound = self._delayed(group, delay)
        mixes = reflected(sound, border) if border else sound
        level = (group.mean, group.deviation + 1e-8) if self.model_family.normalised else (0.0, 1.0)
        shift, scale = np.float32(level[0]), np.float32(level[1])
        normal = ((mix - shift) / scale for mix in mixes)

        def process(windows: Mixes) -> Estimates:
            estimates = self._separated(windows, lambda: tick(0))
            tick(len(windows))
            return estimates * scale

        done = self._overlap_add.stream(normal, process, batch=self.batch)
        for block in cut(done, border + delay, self._length):
            pair = block if len(group.places) == 2 else block.mean(axis=1, keepdims=True)
            yield pair.reshape(-1, pair.shape[-1])

    def _delayed(self, group: Channels, delay: int) -> Iterator[Audio]:
        """The group's sound as the model takes it: two channels, its own rate, after `delay` zeros."""
        if delay:
            yield np.zeros((2, delay), np.float32)
        stereo = (np.repeat(b, 2, axis=0) if len(b) == 1 else b for b in self.source.blocks(group))
        yield from Resampler(self.source.rate_hz, self.model.rate_hz, 2).stream(stereo)

    def _separated(self, windows: Mixes, tick: Callable[[], None]) -> Estimates:
        """Windows through the model; those in which nothing moves are silent in every stem and cost nothing."""
        moves = (windows != windows[..., :1]).any(axis=(1, 2))
        estimates = np.zeros((len(windows), len(self.model.sources), *windows.shape[1:]), np.float32)
        if moves.any():
            estimates[moves] = self.model.separate(np.ascontiguousarray(windows[moves]), tick)
        return estimates


def triangle(length: int) -> NDArray[np.float32]:
    """Weights that rise to the middle and fall again, as Demucs has them (`demucs/apply.py`)."""
    half = length // 2
    rise, fall = np.arange(1, half + 1), np.arange(length - half, 0, -1)
    return (np.concatenate([rise, fall]) / (length - half)).astype(np.float32)


def edges(length: int) -> NDArray[np.float32]:
    """Weights of one with a tenth of the window fading in and out, as BS-RoFormer's users have them."""
    fade = max(1, length // 10)
    rise = np.arange(1, fade + 1, dtype=np.float32) / (fade + 1)
    weights = np.ones(length, np.float32)
    weights[:fade] *= rise
    weights[length - fade :] *= rise[::-1]
    return weights


def facts_of(separation: Separation) -> dict[str, Any]:
    """What the record tells of how the model went over the source."""
    rate_hz = separation.model.rate_hz
    return {
        **separation.model.facts,
        "window_s": round(separation.window / rate_hz, 3),
        "overlap": round(separation.overlap, 4),
        "windows": separation.windows,
    }

"""The sum of stem files as a stream."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from engine.audio.block import BLOCK, Audio
from engine.audio.decode import blocks, open_source
from engine.audio.layouts import MONO, STEREO, Layout
from engine.errors import invalid
from engine.mix.levels import Level, pan_gains


class Mix:
    """Stems by name with their levels; only headers are read here. Mono stems are heard from the middle of a wider mix.

    Raises INVALID_INPUT `mix_rates_differ`, `mix_channels_differ`, `mix_pan_surround`, and as `decode.probe` does.
    """

    def __init__(self, paths: Mapping[str, Path], levels: Mapping[str, Level]) -> None:
        self._paths, self._levels = paths, levels
        rates, layouts = set(), set[Layout]()
        for path in paths.values():
            with open_source(path) as source:
                rates.add(source.rate_hz)
                layouts.add(source.layout)
        if len(rates) > 1:
            raise invalid("mix_rates_differ", rates=", ".join(map(str, sorted(rates))))
        (self.rate_hz,) = rates
        pans = any(level.pan for level in levels.values())
        if layouts == {MONO} and pans:
            layouts = {STEREO}
        self.layout, *others = sorted(layouts - {MONO}, key=lambda layout: layout.name) or [MONO]
        if any(other.channels != self.layout.channels or self.layout.found_in(other) is None for other in others):
            raise invalid("mix_channels_differ", counts=", ".join(sorted(layout.name for layout in layouts)))
        if pans and self.layout.channels > 2:
            raise invalid("mix_pan_surround", channels=self.layout.channels)

    def blocks(self, first: int, end: int) -> Iterator[Audio]:
        """Samples `first` up to `end` as float32 [channels, samples]; silence where every stem has ended."""
        with contextlib.ExitStack() as stack:
            streams = [self._stream(stack, name, first) for name in self._paths]
            for start in range(first, end, BLOCK):
                count = min(BLOCK, end - start)
                total: Audio | None = None
                for stream in streams:
                    part = next(stream, None)
                    if part is None:
                        continue
                    part = part[:, :count]
                    if total is None:
                        total = np.pad(part, ((0, 0), (0, count - part.shape[1])))
                    else:
                        total[:, : part.shape[1]] += part
                yield np.zeros((self.layout.channels, count), np.float32) if total is None else total

    def _stream(self, stack: contextlib.ExitStack, name: str, first: int) -> Iterator[Audio]:
        level = self._levels[name]
        source = blocks(self._paths[name], start_s=first / self.rate_hz, channels=self.layout)
        stack.callback(source.close)  # type: ignore[attr-defined]
        return (placed(block, level) for block in source)


def placed(audio: Audio, level: Level) -> Audio:
    """`audio` [channels, samples] with its gain, and panned where it is stereo; itself where neither changes it."""
    if level.pan:
        matrix = np.array(pan_gains(level.pan)) * level.gain
        return (matrix.astype(np.float32) @ audio).astype(np.float32)
    return audio if level.gain == 1 else audio * np.float32(level.gain)

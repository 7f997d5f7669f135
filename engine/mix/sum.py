"""The sum of stem files as a stream."""

import contextlib
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import numpy as np

from engine.audio.block import BLOCK, Audio
from engine.audio.decode import blocks, open_source
from engine.audio.layouts import MONO, STEREO, UNKNOWN, Layout
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
        self.layout, *others = sorted(layouts - {MONO}, key=_known_first) or [MONO]
        if any(other.channels != self.layout.channels or self.layout.found_in(other) is None for other in others):
            raise invalid("mix_channels_differ", counts=", ".join(sorted(layout.name for layout in layouts)))
        if pans and self.layout.channels > 2:
            raise invalid("mix_pan_surround", channels=self.layout.channels)

    def blocks(self, first: int, end: int | None) -> Iterator[Audio]:
        """Samples `first` up to `end`, or to the longest stem's end, as float32 [channels, samples]."""
        with contextlib.ExitStack() as stack:
            streams = [self._stream(stack, name, first) for name in self._paths]
            for start in count(first, BLOCK):
                most = BLOCK if end is None else min(BLOCK, end - start)
                parts = [part[:, :most] for stream in streams if (part := next(stream, None)) is not None]
                if most <= 0 or not parts:
                    return
                longest = max(part.shape[1] for part in parts)
                total = np.pad(parts[0], ((0, 0), (0, longest - parts[0].shape[1])))
                for part in parts[1:]:
                    total[:, : part.shape[1]] += part
                yield total

    def _stream(self, stack: contextlib.ExitStack, name: str, first: int) -> Iterator[Audio]:
        level = self._levels[name]
        source = blocks(self._paths[name], start_s=first / self.rate_hz, channels=self.layout)
        stack.callback(source.close)  # type: ignore[attr-defined]
        return (placed(block, level) for block in source)


def _known_first(layout: Layout) -> tuple[bool, str]:
    return UNKNOWN in layout.places, layout.name


def placed(audio: Audio, level: Level) -> Audio:
    """`audio` [channels, samples] with its gain, and panned where it is stereo; itself where neither changes it."""
    if level.pan:
        matrix = np.array(pan_gains(level.pan)) * level.gain
        return (matrix.astype(np.float32) @ audio).astype(np.float32)
    return audio if level.gain == 1 else audio * np.float32(level.gain)

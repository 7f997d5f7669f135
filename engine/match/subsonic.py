"""What lies below hearing: an offset (DC) and rumble under 20 Hz, found and taken away before anything is decided.

Neither is heard, but both are in peaks and crest factors, and a gain would raise them. A mastering engineer takes them
off first; so does this, where there is any, without a shift of phase (what is left is the sound less its lowpass), so
that the peaks of the rest stay what they are.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import fft

from engine.audio.block import Audio, regroup
from engine.audio.layouts import Layout
from engine.audio.resample import Resampler
from engine.match.analyze import analyze_features
from engine.match.features import Features
from engine.match.spectrum import CUTOFF_HZ

SHORTEST_S = 0.4
"""What is shorter is a click, and its mean no offset."""
MOST_OFFSET = 1e-4
"""-80 dBFS: what is less is left alone."""
MOST_RUMBLE_DB = -25.0
"""Share of the power below `CUTOFF_HZ` that kick drums and windows make, with room; more is rumble."""


@dataclass(frozen=True)
class Subsonic:
    """What is to be taken away: an offset of each channel, full scale at 1, and whether there is rumble."""

    offsets: tuple[float, ...]
    rumble: bool

    def __bool__(self) -> bool:
        return self.rumble or any(self.offsets)

    def as_record(self) -> dict[str, Any] | None:
        """For the record: the largest offset and whether there was rumble; None where there was neither."""
        return {"offset": max(self.offsets, key=abs), "rumble": self.rumble} if self else None

    def removed(self, blocks: Iterable[Audio], rate_hz: int) -> Iterator[Audio]:
        """The same sound, as long as it was, without it: float32 [channels, any]."""
        offsets = np.array(self.offsets, np.float32)[:, None]
        level = (block - offsets for block in blocks)
        return _above(level, len(self.offsets), rate_hz) if self.rumble else level

    def removed_from(self, audio: Audio, rate_hz: int) -> Audio:
        """The same for a whole sound, float32 [channels, samples]."""
        return np.concatenate(list(self.removed([audio], rate_hz)), axis=1) if self and audio.shape[1] else audio


def subsonic_of(features: Features) -> Subsonic:
    """Of what a sound was heard to be like."""
    long = features.duration_s >= SHORTEST_S
    offsets = tuple(offset if long and abs(offset) > MOST_OFFSET else 0.0 for offset in features.offsets)
    return Subsonic(offsets, long and features.subsonic_db is not None and features.subsonic_db > MOST_RUMBLE_DB)


def subsonic_in(audio: Audio, rate_hz: int) -> Subsonic:
    """Of a sound in memory, float32 [channels, samples]."""
    if audio.shape[1] < SHORTEST_S * rate_hz:
        return Subsonic((0.0,) * len(audio), False)
    means = audio.mean(axis=1, dtype=np.float64)
    power = np.square(np.abs(fft.rfft(audio - means[:, None], axis=1))).sum(axis=0)
    low = power[: round(CUTOFF_HZ * audio.shape[1] / rate_hz)].sum()
    rumble = bool(low > 10 ** (MOST_RUMBLE_DB / 10) * power.sum())
    return Subsonic(tuple(float(mean) if abs(mean) > MOST_OFFSET else 0.0 for mean in means), rumble)


def without_subsonic(audio: Audio, rate_hz: int) -> Audio:
    """A sound in memory without what lies below hearing; itself where there is none."""
    return subsonic_in(audio, rate_hz).removed_from(audio, rate_hz)


def analyze(
    sound: Callable[[], Iterable[Audio]], rate_hz: int, layout: Layout | int, **options: Any
) -> tuple[Features, Subsonic]:
    """What a sound is like without what lies below hearing, and what that is.

    `sound` gives its blocks anew with each call; a second hearing is needed only where there is something to take away.
    `options` and errors are those of `analyze_features`.
    """
    features = analyze_features(sound(), rate_hz, layout, **options)
    below = subsonic_of(features)
    return (analyze_features(below.removed(sound(), rate_hz), rate_hz, layout, **options) if below else features), below


def _above(blocks: Iterable[Audio], channels: int, rate_hz: int) -> Iterator[Audio]:
    """Without what a rate of twice the cut-off can hold: resampling to it and back is the steepest of lowpasses."""
    down, up = Resampler(rate_hz, int(2 * CUTOFF_HZ), channels), Resampler(int(2 * CUTOFF_HZ), rate_hz, channels)
    waiting: deque[Audio] = deque()
    ready = np.zeros((channels, 0), np.float32)

    def matched(low: Audio) -> Iterator[Audio]:
        nonlocal ready
        ready = np.concatenate([ready, low], axis=1)
        while waiting and waiting[0].shape[1] <= ready.shape[1]:
            block = waiting.popleft()
            yield block - ready[:, : block.shape[1]]
            ready = ready[:, block.shape[1] :]

    for block in regroup(blocks):
        waiting.append(block)
        yield from matched(up.add(down.add(block)))
    yield from matched(np.concatenate([up.add(down.finish()), up.finish()], axis=1))
    for block in waiting:  # both roundings of the length may have left some samples over
        yield block - np.pad(ready, ((0, 0), (0, block.shape[1] - ready.shape[1])))
        ready = ready[:, :0]

"""Sound without an end: a recording made into a loop, a loop repeated to any length."""

from collections.abc import Iterator

import numpy as np

from engine.audio.block import BLOCK, Audio

FADE_S = 1.0
SEARCH_S = 3.0
"""How far from its ends the two places are looked for that are joined."""
RUMBLE_HZ = 35.0
"""What lies below is no sound of a place, but shakes loudspeakers and takes the room of what is heard."""
_LEVEL_S = 0.4
_STEP_S = 0.05


def seamless(audio: Audio, rate_hz: int) -> Audio:
    """A recording as a loop, float32 [2, samples] -> [2, a little fewer]: its end is faded into what stands before its
    beginning, at places of like level.

    The fade lasts 1 s, a quarter of what is shorter than 4 s. Its slopes keep the power, whatever the two sides have
    in common.
    """
    samples = audio.shape[1]
    fade = max(1, min(round(FADE_S * rate_hz), samples // 4))
    start, end = _places(audio, rate_hz, fade)
    head, tail = audio[:, start - fade : start], audio[:, end - fade : end]
    rise = np.sin(np.linspace(0, np.pi / 2, fade + 2)[1:-1])
    fall = rise[::-1]
    both = float(np.sqrt(np.sum(head**2) * np.sum(tail**2)))
    common = max(0.0, float(np.sum(head * tail)) / both) if both else 0.0
    loop = audio[:, start:end].copy()
    loop[:, -fade:] = (tail * fall + head * rise) / np.sqrt(1 + 2 * common * rise * fall)
    return loop


def _places(audio: Audio, rate_hz: int, fade: int) -> tuple[int, int]:
    """Where the loop begins, at least a fade after the start, and where it ends: the pair whose levels are most alike,
    no farther inside than they must be."""
    samples = audio.shape[1]
    power = np.concatenate([[0.0], np.cumsum(np.mean(audio.astype(np.float64) ** 2, axis=0))])
    half = max(1, min(round(_LEVEL_S * rate_hz / 2), fade // 2))
    search = max(0, min(round(SEARCH_S * rate_hz), samples // 4 - fade))
    offsets = np.arange(0, search + 1, max(1, round(_STEP_S * rate_hz)))

    def levels(at: np.ndarray) -> np.ndarray:
        low, high = np.maximum(at - half, 0), np.minimum(at + half, samples)
        return np.asarray(10 * np.log10((power[high] - power[low]) / (high - low) + 1e-12))

    starts, ends = fade + offsets, samples - offsets
    apart = np.abs(levels(starts)[:, None] - levels(ends - fade // 2)[None, :])
    apart += 0.3 * (offsets[:, None] + offsets[None, :]) / max(1, search)
    first, last = np.unravel_index(int(np.argmin(apart)), apart.shape)
    return int(starts[first]), int(ends[last])


def without_rumble(loop: Audio, rate_hz: int) -> Audio:
    """A loop, float32 [2, samples], with 24 dB an octave less below 35 Hz, 3 dB there; round and round, so that no seam
    comes of it."""
    spectrum = np.fft.rfft(loop)
    hz = np.fft.rfftfreq(loop.shape[1], 1 / rate_hz)
    low = (hz / RUMBLE_HZ) ** 4
    return np.fft.irfft(spectrum * low / np.sqrt(1 + low**2), loop.shape[1]).astype(np.float32)


def tiled(loop: Audio, samples: int, block: int = BLOCK) -> Iterator[Audio]:
    """`samples` of a loop that goes on and on, in blocks."""
    at = 0
    while samples > 0:
        part = loop[:, at : at + min(block, samples)]
        yield part
        samples -= part.shape[1]
        at = (at + part.shape[1]) % loop.shape[1]

"""Append mode: a clip of the user's, and after it the new part at the clip's loudness."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.audio.block import Audio
from engine.audio.decode import blocks

LEAST_GAIN, MOST_GAIN = 0.25, 4.0
INAUDIBLE = 1e-3
"""A new part whose peak would fall below this keeps its own level."""
SILENT_RMS = 1e-6


def appended(
    clip: Path, new: Audio, rate_hz: int, *, crossfade_s: float = 0.0
) -> tuple[Iterator[Audio], dict[str, Any]]:
    """The clip and then `new`, float32 [channels, samples] at `rate_hz`, as blocks; and the record's parameters of it.

    The clip is resampled and its channels are mixed to those of `new`; it is read twice and never held as a whole.
    The gain on `new` makes its RMS that of the clip, within LEAST_GAIN..MOST_GAIN and without clipping. For
    `crossfade_s`, at most half of the shorter one, both sound together, at constant power and never over full scale
    where neither was. Raises what `engine.audio.decode.probe` raises.
    """
    channels = new.shape[0]
    power, samples, loudest = 0.0, 0, 0.0
    for block in blocks(clip, rate_hz=rate_hz, channels=channels):
        power += float(np.sum(np.square(block, dtype=np.float64)))
        samples += block.shape[1]
        loudest = max(loudest, float(np.abs(block).max(initial=0.0)))
    clip_rms = (power / (samples * channels)) ** 0.5 if samples else 0.0
    new_rms = float(np.sqrt(np.mean(np.square(new, dtype=np.float64)))) if new.size else 0.0
    peak = float(np.abs(new).max(initial=0.0))
    gain, reverted = 1.0, False
    if clip_rms > SILENT_RMS and new_rms > SILENT_RMS:
        gain = min(MOST_GAIN, max(LEAST_GAIN, clip_rms / new_rms), max(1.0, 1.0 / peak))
        reverted = peak * gain < INAUDIBLE
    if reverted:
        gain = 1.0
    shared = min(round(crossfade_s * rate_hz), samples // 2, new.shape[1] // 2)
    facts = {
        "append_mode": True,
        "continuation_original_seconds": round(samples / rate_hz, 3),
        "continuation_start_s": (samples - shared) / rate_hz,
        "continuation_loudness_rms_cont": round(clip_rms, 6),
        "continuation_loudness_rms_gen_before": round(new_rms, 6),
        "continuation_loudness_gain_applied": round(gain, 4),
        "continuation_loudness_reverted": reverted,
        "crossfade_s": round(shared / rate_hz, 3),
    }

    def sound() -> Iterator[Audio]:
        own = blocks(clip, rate_hz=rate_hz, channels=channels)
        end = np.zeros((channels, 0), np.float32)
        for block in own:
            held = np.concatenate([end, block], axis=1) if shared else block
            end = held[:, held.shape[1] - min(shared, held.shape[1]) :]
            if held.shape[1] > shared:
                yield held[:, : held.shape[1] - shared]
        begin = new[:, :shared] * np.float32(gain)
        if shared:
            yield faded(end, begin, max(1.0, loudest, peak * gain))
        yield new[:, shared:] * np.float32(gain)

    return sound(), facts


def faded(end: Audio, begin: Audio, limit: float) -> Audio:
    """`end` into `begin`, equally long, at constant power; what would go over `limit` is held there."""
    turn = (np.arange(end.shape[1], dtype=np.float64) + 0.5) / end.shape[1] * (np.pi / 2)
    both = end * np.cos(turn).astype(np.float32) + begin * np.sin(turn).astype(np.float32)
    held: Audio = np.clip(both, -limit, limit)
    return held

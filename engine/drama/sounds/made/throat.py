"""What beasts and people have in common: a voice that is bent and coloured."""

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Curve, Studio, peaks

Formant = tuple[float, float, float]
"""Frequency (Hz), width (Hz), gain."""


def voice(studio: Studio, hz: Curve, formants: Sequence[Formant], breath: float, rough: float = 0.0) -> Curve:
    """A pulse rich in harmonics and some breath, through formants; its peak is 1."""
    rng = studio.rng
    if rough:
        size = len(hz) // 64 + 2
        hz = hz * (1 + rough * np.interp(np.arange(len(hz)) / 64, range(size), rng.standard_normal(size)))
    source = studio.sweep(hz, [1 / number for number in range(1, 25)])
    source = source + breath * rng.standard_normal(len(hz), dtype=np.float32)
    made = studio.filtered(source, lambda f: peaks(*formants)(f) + 0.02 * (f > 50))
    return np.asarray(made / max(float(np.abs(made).max()), 1e-9))


def bend(studio: Studio, seconds: float, *points: tuple[float, float]) -> Curve:
    """A curve through points (share of the time, value), rounded and without overshoot."""
    where, values = zip(*points, strict=True)
    return np.asarray(PchipInterpolator(where, values)(studio.time(seconds) / seconds))


def alone(studio: Studio, sounds: Sequence[tuple[float, Curve, float]], pan: float = 0.0) -> Audio:
    """Sounds (at s, grain, gain) one after the other, [2, samples]."""
    canvas = studio.canvas(max(at_s + len(sound) / studio.rate_hz for at_s, sound, _ in sounds) + 0.1)
    for at_s, sound, gain in sounds:
        canvas.place(sound, at_s, gain, pan)
    return canvas.audio

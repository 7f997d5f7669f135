"""Bells and what strikes the hour: sums of partials that die down one after the other."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Curve, Studio, band, room

PARTIALS = (
    (0.5, 1.0, 0.8), (1.0, 0.6, 1.0), (1.183, 0.45, 0.9), (1.506, 0.3, 0.5), (2.0, 0.25, 0.9), (2.514, 0.13, 0.4),
    (2.662, 0.11, 0.35), (3.011, 0.09, 0.35), (4.166, 0.06, 0.25), (5.43, 0.04, 0.15), (6.8, 0.03, 0.1),
)  # fmt: skip
"""Of a church bell: ratio to the prime, share of the longest decay, gain; hum, prime, tierce, quint, nominal and on (T.
D. Rossing, The Acoustics of Bells, 1984)."""


def _bell(studio: Studio, prime_hz: float, decay_s: float, hard: float) -> Curve:
    """One stroke. Each partial is two close ones that beat, for no bell is quite round."""
    rng = studio.rng
    seconds = min(14.0, 2.2 * decay_s)
    modes = []
    for ratio, share, gain in PARTIALS:
        hz, level = prime_hz * ratio, gain * (0.5 + 0.5 * hard) ** (0.3 * ratio)
        apart = rng.uniform(0.15, 0.6)
        modes += [(hz - apart / 2, decay_s * share, 0.6 * level), (hz + apart / 2, decay_s * share, 0.4 * level)]
    clapper = 0.3 * hard * studio.burst(seconds, band(1500, 9000), 0.006, 0.0003)
    return studio.ring(modes, seconds, 0.002) + clapper


def bell(studio: Studio, *, pitch_hz: float, strokes: float, pace_per_s: float) -> Audio:
    """A small bell that is shaken."""
    rng = studio.rng
    number = max(1, round(strokes))
    stroke = _bell(studio, pitch_hz, 1.1, 0.9)
    canvas = studio.canvas(number / pace_per_s + len(stroke) / studio.rate_hz)
    for each in range(number):
        at_s = 0.01 + (each + rng.normal(0, 0.05)) / pace_per_s
        canvas.place(stroke, max(0.005, at_s), rng.uniform(0.5, 1))
    return room(studio, canvas.audio, 0.7, 0.15)


def church_bell(studio: Studio, *, pitch_hz: float, strokes: float, apart_s: float) -> Audio:
    """A great bell, tolled; from the tower, over roofs."""
    rng = studio.rng
    number = max(1, round(strokes))
    stroke = _bell(studio, pitch_hz, 5.5 * (220 / pitch_hz) ** 0.4, 0.5)
    canvas = studio.canvas((number - 1) * apart_s + len(stroke) / studio.rate_hz)
    for each in range(number):
        canvas.place(stroke, 0.01 + each * apart_s + rng.uniform(0, 0.03), rng.uniform(0.85, 1))
    return room(studio, canvas.audio, 2.0, 0.2, 3000)


def clock_strike(studio: Studio, *, count: float, pitch_hz: float) -> Audio:
    """A standing clock: the train whirs, then a coiled gong for every hour."""
    rng = studio.rng
    number = max(1, round(count))
    modes = [(1, 1.6, 1.0), (2.72, 0.9, 0.5), (5.1, 0.5, 0.35), (8.2, 0.25, 0.2), (0.52, 1.1, 0.4)]
    gong = studio.ring([(pitch_hz * ratio, decay_s, gain) for ratio, decay_s, gain in modes], 3.6, 0.001)
    gong = gong + 0.15 * studio.burst(3.6, band(800, 5000), 0.008, 0.0005)
    canvas = studio.canvas(0.6 + 1.7 * (number - 1) + 3.7)
    for tooth in np.arange(0, 0.5, 0.04):
        click = studio.ring([(rng.uniform(2500, 4000), 0.003, 1)], 0.02)
        canvas.place(click, 0.01 + float(tooth), 0.05)
    for each in range(number):
        canvas.place(gong, 0.6 + 1.7 * each, rng.uniform(0.9, 1))
    return room(studio, canvas.audio, 0.8, 0.2)


def telephone(studio: Studio, *, rings: float) -> Audio:
    """Two small gongs under a hammer that beats twenty times a second, in double rings."""
    rng = studio.rng
    number = max(1, round(rings)) if studio.wanted_s is None else max(1, int(studio.wanted_s / 3.0))
    canvas = studio.canvas(3.0 * number + 0.5)
    gongs = [
        studio.ring([(hz, 0.35, 1), (2.76 * hz, 0.2, 0.7), (5.4 * hz, 0.1, 0.35)], 0.9, 0.0005)
        for hz in (1130 * rng.uniform(0.97, 1.03), 1340 * rng.uniform(0.97, 1.03))
    ]
    tick = studio.burst(0.02, band(1500, 8000), 0.003, 0.0003)
    for each in range(number):
        for start_s in (0.0, 0.6):
            for beat in range(8):
                at_s = 0.01 + 3.0 * each + start_s + 0.05 * beat
                canvas.place(gongs[beat % 2], at_s, 0.3)
                canvas.place(tick, at_s, 0.06)
    return room(studio, canvas.audio, 0.4, 0.12)

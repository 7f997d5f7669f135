"""Doors, knocks, locks."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Canvas, Curve, Studio, band, room


def creak(studio: Studio, seconds: float, hz: float) -> Curve:
    """Wood that sticks and slips: clicks whose rate wanders, ringing in a board."""
    rng = studio.rng
    t = studio.time(seconds)
    samples = len(t)
    knots = rng.uniform(0.5, 1.5, 7)
    wander = np.interp(np.linspace(0, 6, samples), range(7), knots)
    phase = np.cumsum(wander * rng.uniform(28, 70) * (1 + 0.12 * rng.standard_normal(samples))) / studio.rate_hz
    slips = np.flatnonzero(np.diff(np.floor(phase)) > 0)
    clicks = np.zeros(samples, np.float32)
    clicks[slips] = rng.uniform(0.4, 1.0, len(slips))
    modes = [(1, 0.012, 1), (2.4, 0.008, 0.9), (4.3, 0.006, 0.7), (7.1, 0.004, 0.4), (11, 0.002, 0.2)]
    body = studio.ring([(hz * ratio, decay_s, gain) for ratio, decay_s, gain in modes], 0.06)
    size = samples + len(body)
    sound = np.fft.irfft(np.fft.rfft(clicks, size) * np.fft.rfft(body, size), size)[:samples]
    shape = np.sin(np.pi * np.minimum(t / seconds, 1)) ** 0.6 * (0.6 + 0.4 * wander)
    return np.asarray(sound * shape, np.float32)


def _latch(studio: Studio) -> Curve:
    """A bolt that snaps: two clicks of iron close together."""
    rng = studio.rng
    modes = [
        (rng.uniform(1700, 2400), 0.012, 1.0),
        (rng.uniform(3100, 4400), 0.008, 0.8),
        (rng.uniform(5200, 7500), 0.004, 0.5),
    ]
    click = studio.ring(modes, 0.08) + 0.5 * studio.burst(0.08, band(1500, 9000), 0.003, 0.0003)
    out = np.zeros(round(0.16 * studio.rate_hz))
    late = round(rng.uniform(0.018, 0.045) * studio.rate_hz)
    out[: len(click)] += 0.5 * click
    out[late : late + len(click)] += click
    return out


def _panel(studio: Studio, hz: float, seconds: float, hard: float) -> Curve:
    """A wooden panel that is struck: low modes, and what struck it."""
    modes = [(1, 0.09, 1.0), (1.7, 0.07, 0.7), (2.9, 0.045, 0.5), (4.6, 0.03, 0.3), (7.9, 0.014, 0.2 * hard)]
    body = studio.ring([(hz * ratio, decay_s, gain) for ratio, decay_s, gain in modes], seconds)
    return body + hard * studio.burst(seconds, band(250, 4500, slope=1), 0.012, 0.0005)


def _swing(canvas: Canvas, seconds: float, at_s: float, gain: float) -> None:
    """The air that a door moves."""
    studio = canvas.studio
    air = studio.burst(seconds, band(80, 900, slope=1.2), seconds / 2.5, seconds / 2.5)
    canvas.place(air, at_s, gain)


def door_open(studio: Studio, *, creaking: float) -> Audio:
    """The handle goes down, the bolt leaves its plate, the leaf swings."""
    rng = studio.rng
    canvas = studio.canvas(2.0)
    handle = studio.burst(0.12, band(900, 5000), 0.03, 0.02)
    canvas.place(handle, 0.02, 0.12, 0.05)
    canvas.place(_latch(studio), 0.14, 0.5, 0.05)
    canvas.place(_panel(studio, rng.uniform(110, 150), 0.25, 0.3), 0.3, 0.35)
    _swing(canvas, 0.9, 0.3, 0.1)
    if creaking > 0:
        canvas.place(creak(studio, 0.9, rng.uniform(260, 420)), 0.38, 0.5 * creaking, 0.1)
    return room(studio, canvas.audio, 0.4, 0.15)


def door_close(studio: Studio, *, creaking: float) -> Audio:
    """The leaf swings, meets its frame, the bolt snaps in."""
    rng = studio.rng
    canvas = studio.canvas(1.8)
    _swing(canvas, 0.6, 0.02, 0.12)
    if creaking > 0:
        canvas.place(creak(studio, 0.55, rng.uniform(260, 420)), 0.02, 0.4 * creaking, 0.1)
    canvas.place(_panel(studio, rng.uniform(85, 115), 0.4, 0.5), 0.6, 1.0)
    canvas.place(_latch(studio), 0.63, 0.4, 0.05)
    return room(studio, canvas.audio, 0.45, 0.2)


def door_slam(studio: Studio, *, size: float) -> Audio:
    """A leaf that is thrown shut: the frame shakes, the room answers."""
    rng = studio.rng
    canvas = studio.canvas(1.6)
    _swing(canvas, 0.2, 0.0, 0.25)
    hz = 105 - 55 * size
    canvas.place(_panel(studio, hz, 0.7, 1.0), 0.15, 1.4)
    canvas.place(studio.burst(0.3, band(120, 5000, slope=1), 0.03, 0.0005), 0.15, 1.3)
    canvas.place(_latch(studio), 0.155, 0.6)
    for late_s in np.cumsum(rng.uniform(0.03, 0.07, 4)):  # the leaf rattles in its frame
        canvas.place(_panel(studio, 2.1 * hz, 0.15, 0.8), 0.15 + float(late_s), 0.35 * float(np.exp(-late_s / 0.1)))
    return room(studio, canvas.audio, 0.7 + 0.5 * size, 0.45)


def door_creak(studio: Studio, *, duration: float, pitch_hz: float) -> Audio:
    """An old hinge, opened slowly."""
    canvas = studio.canvas(duration + 0.4)
    canvas.place(creak(studio, duration, pitch_hz), 0.03, 1.0, 0.05)
    canvas.place(creak(studio, 0.6 * duration, 1.7 * pitch_hz), 0.03 + 0.3 * duration, 0.35, -0.05)
    return room(studio, canvas.audio, 0.6, 0.25)


def knock(studio: Studio, *, count: float, pace_per_s: float, hardness: float) -> Audio:
    """Knuckles on a door."""
    rng = studio.rng
    number = max(1, round(count))
    canvas = studio.canvas(number / pace_per_s + 0.5)
    hz = rng.uniform(150, 210)
    for each in range(number):
        hit = _panel(studio, hz * rng.uniform(0.98, 1.02), 0.3, 0.4 + 1.2 * hardness)
        hit = hit + 0.5 * hardness * studio.ring([(rng.uniform(900, 1300), 0.01, 1)], 0.3)
        canvas.place(hit, 0.02 + (each + rng.normal(0, 0.02)) / pace_per_s, rng.uniform(0.8, 1.0))
    return room(studio, canvas.audio, 0.45, 0.2)


def lock(studio: Studio, *, turns: float) -> Audio:
    """A key goes in, is turned, the bolt moves."""
    rng = studio.rng
    number = max(1, round(turns))
    canvas = studio.canvas(1.0 + 0.6 * number)
    for at_s in np.cumsum(rng.uniform(0.012, 0.05, 9)):  # the key passes the pins
        pin = studio.ring([(rng.uniform(3500, 8000), 0.004, 1)], 0.03)
        canvas.place(pin, 0.03 + float(at_s), rng.uniform(0.1, 0.3), 0.05)
    for turn in range(number):
        start_s = 0.5 + 0.55 * turn
        scrape = studio.burst(0.16, band(1800, 7000), 0.08, 0.03)
        canvas.place(scrape, start_s, 0.1)
        canvas.place(_latch(studio), start_s + 0.17, 0.8)
        canvas.place(_panel(studio, 190, 0.15, 0.3), start_s + 0.19, 0.3)
    return room(studio, canvas.audio, 0.35, 0.12)

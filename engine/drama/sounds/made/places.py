"""Rooms, churches, libraries, clocks, battles: what a place sounds of while nothing happens, or too much."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.blows import drum, gunshot, sword
from engine.drama.sounds.made.doors import creak
from engine.drama.sounds.made.people import smear, talk
from engine.drama.sounds.made.studio import Canvas, Studio, band, peaks


def _air(loop: Canvas, hum: float) -> None:
    """Air, and what comes through the walls."""
    loop.add(loop.noise(band(45, 350, slope=1.6), 0.7), 0.2 * (1 + 0.15 * loop.slow(0.1)))
    loop.add(loop.noise(band(300, 4000, slope=1.5), 1), 0.03)
    if hum > 0:
        cycles = round(100 * loop.seconds) / loop.seconds
        t = loop.time()
        loop.add(np.sin(2 * np.pi * cycles * t) + 0.4 * np.sin(4 * np.pi * cycles * t), 0.05 * hum)


def room(studio: Studio, *, hum: float, creaks_per_min: float) -> Audio:
    """A furnished room in which nobody moves; a board settles now and then."""
    loop = studio.loop()
    rng = studio.rng
    _air(loop, hum)
    for at_s in loop.chances(creaks_per_min / 60):
        settle = creak(studio, rng.uniform(0.12, 0.3), rng.uniform(250, 600))
        loop.place(settle, at_s, rng.uniform(0.03, 0.12), rng.uniform(-0.8, 0.8))
    return loop.audio


def library(studio: Studio, *, people: float) -> Audio:
    """Pages, chairs, steps at the far end, a whisper: all small in a large room."""
    loop = studio.loop()
    rng = studio.rng
    per_s = people / 10
    for at_s in loop.chances(0.16 * per_s):
        length_s, pan = rng.uniform(0.3, 0.6), rng.uniform(-0.9, 0.9)
        t = studio.time(length_s)
        page = studio.burst(length_s, band(1500, 8000, slope=0.6), 99) * np.sin(np.pi * t / length_s) ** 2
        loop.place(page, at_s, rng.uniform(0.05, 0.2), pan)
    for at_s in loop.chances(0.05 * per_s):
        chair = studio.burst(rng.uniform(0.15, 0.4), band(150, 1200, slope=1), 0.3, 0.03)
        loop.place(chair, at_s, rng.uniform(0.1, 0.3), rng.uniform(-0.9, 0.9))
    for at_s in loop.chances(0.04 * per_s):
        pan, gain = rng.uniform(-0.9, 0.9), rng.uniform(0.05, 0.16)
        for foot in range(int(rng.integers(3, 9))):
            step = studio.ring([(rng.uniform(95, 120), 0.03, 1), (310, 0.015, 0.4)], 0.12) + 0.2 * studio.burst(
                0.12, band(400, 3000), 0.008
            )
            loop.place(step, at_s + 0.58 * foot + rng.normal(0, 0.015), gain, pan)
    for at_s in loop.chances(0.05 * per_s):
        for late_s in np.cumsum(rng.uniform(0.11, 0.2, int(rng.integers(3, 9)))):
            whisper = studio.burst(
                0.13, peaks((rng.uniform(600, 1600), 500, 0.8), (rng.uniform(2000, 3600), 900, 1)), 0.05, 0.03
            )
            loop.place(whisper, at_s + float(late_s), 0.03, 0.5)
    smear(loop, 0.6)
    loop.audio *= 3
    _air(loop, 0.2)
    return loop.audio


def church(studio: Studio, *, steps_per_min: float) -> Audio:
    """A great empty nave: its air, and a few sounds that hang in it for seconds."""
    loop = studio.loop()
    rng = studio.rng
    answers = [
        np.stack([studio.burst(4.0, band(150, 3500, slope=1.2), 0.75, 0.03) for _ in range(2)]) * np.float32(0.035)
        for _ in range(4)
    ]
    for at_s in loop.chances(steps_per_min / 60):
        pan, gain = rng.uniform(-0.7, 0.7), rng.uniform(0.2, 0.7)
        step = studio.burst(0.12, band(300, 4500, slope=0.8), 0.009, 0.0005) + studio.ring([(130, 0.03, 1)], 0.12)
        loop.place(step, at_s, 0.3 * gain, pan)
        loop.place(answers[int(rng.integers(4))], at_s + 0.015, gain)
    for at_s in loop.chances(0.05):
        loop.place(creak(studio, rng.uniform(0.3, 0.7), rng.uniform(200, 380)), at_s, 0.1, rng.uniform(-0.6, 0.6))
        loop.place(answers[int(rng.integers(4))], at_s + 0.2, 0.15)
    loop.add(loop.noise(band(40, 260, slope=1.5), 0.8), 0.05 * (1 + 0.25 * loop.slow(0.1)))
    loop.add(loop.noise(band(200, 2500, slope=1.6), 1), 0.02)
    return loop.audio


def clock(studio: Studio, *, ticks_per_min: float, size: float) -> Audio:
    """Tick and tock of one escapement in its case."""
    loop = studio.loop()
    rng = studio.rng
    pairs = max(1, round(ticks_per_min * loop.seconds / 120))
    case_hz = 620 - 420 * size
    beats = []
    for shift in (1.0, 0.86):
        modes = [
            (2900 * shift, 0.006, 0.8), (4700 * shift, 0.004, 0.5), (case_hz * shift, 0.02, 0.3),
            (2.7 * case_hz * shift, 0.012, 0.35),
        ]  # fmt: skip
        click = studio.ring(modes, 0.16, 0.0003) + 0.4 * studio.burst(0.16, band(1500, 9000), 0.002, 0.0002)
        after = round(0.022 * studio.rate_hz)
        beats.append(click + 0.3 * np.concatenate([np.zeros(after), click[:-after]]))
    for number in range(2 * pairs):
        at_s = 0.05 + number * loop.seconds / (2 * pairs) + (0.012 if number % 2 else 0)
        loop.place(beats[number % 2], at_s, rng.uniform(0.93, 1), 0.05)
    smear(loop, 0.2)
    loop.add(loop.noise(band(50, 400, slope=1.5), 0.9), 0.006)
    return loop.audio


def battle(studio: Studio, *, intensity: float, guns: float) -> Audio:
    """Men who shout, steel, drums, horses, from beyond a field; cannon where there are guns."""
    loop = studio.loop()
    rng = studio.rng
    talk(loop, 14 + round(26 * intensity), 0.2, muffle_hz=2600, excited=1.0)
    clashes = []
    for _ in range(8):
        clash = sword(studio, clashes=1.0, ringing=0.3)
        clashes.append(np.stack([studio.filtered(side, band(400, 5000, steep=1)) for side in clash]).astype(np.float32))
    for at_s in loop.chances(0.35 + 0.9 * intensity):
        loop.place(clashes[int(rng.integers(8))], at_s, rng.uniform(0.08, 0.35))
    beat = drum(studio, strokes=4.0, pace_per_min=112.0, pitch_hz=62.0)
    bars = max(1, round(loop.seconds / (4 * 60 / 112)))
    for number in range(bars):
        loop.place(beat, number * loop.seconds / bars, 0.05 + 0.05 * intensity)
    hooves = [studio.burst(0.08, band(80, 900, slope=1), 0.015, 0.001) for _ in range(6)]
    for at_s in loop.chances(0.1 * intensity):
        pan = rng.uniform(-0.9, 0.9)
        for each in range(16):
            gain = 0.25 * np.sin(np.pi * (each + 1) / 17)
            loop.place(
                hooves[each % 6],
                at_s + 0.19 * each + rng.normal(0, 0.02),
                float(gain),
                float(np.clip(pan + 0.04 * each, -1, 1)),
            )
    for at_s in loop.chances(0.25 * guns):
        loop.place(gunshot(studio, distance=float(rng.uniform(0.7, 1)), shots=1.0), at_s, rng.uniform(0.1, 0.35))
    smear(loop, 0.35)
    loop.add(loop.noise(band(50, 700, slope=1.3), 0.9), 0.04 * (1 + 0.3 * loop.slow(0.3)))
    return loop.audio

"""Sea, stream, dripping cave, a ship, a splash."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.doors import creak
from engine.drama.sounds.made.studio import Canvas, Curve, Studio, band


def sea(studio: Studio, *, height: float, wave_s: float) -> Audio:
    """Waves that rise, break and run out: a dark rumble, then bright foam that hisses down, from changing sides."""
    loop = studio.loop()
    rng = studio.rng
    count = max(1, round(loop.seconds / wave_s))
    rumble, foam = np.zeros((2, loop.samples), np.float32), np.zeros((2, loop.samples), np.float32)
    length_s = 1.9 * wave_s
    t = studio.time(length_s) / np.float32(wave_s)
    swell = np.asarray(np.exp(-(((t - 0.72) / 0.3) ** 2)), np.float32)
    hiss = np.asarray(np.where(t > 0.6, (1 - np.exp(-(t - 0.6) / 0.08)) * np.exp(-(t - 0.6) / 0.33), 0), np.float32)
    for number in range(count):
        at = round((number + rng.uniform(-0.22, 0.22)) * loop.samples / count)
        big, pan = rng.uniform(0.5, 1.0), rng.uniform(-0.6, 0.6)
        where = np.arange(at, at + len(t)) % loop.samples
        for side, gain in ((0, 1 - max(0, pan) * 0.6), (1, 1 + min(0, pan) * 0.6)):
            rumble[side, where] += big * gain * swell[: len(where)]
            foam[side, where] += big**1.5 * gain * hiss[: len(where)]
    loop.add(loop.noise(band(60, 500, slope=0.6), 0.7), 0.07 + 0.5 * height * rumble)
    loop.add(loop.noise(band(400, 2500, slope=1), 0.9), 0.07 + 0.6 * (rumble * 0.4 + foam))
    loop.add(loop.noise(band(1800, 9000, slope=0.7), 1), 0.03 + 0.4 * foam)
    return loop.audio


def bubble(studio: Studio, hz: float, decay_s: float, rise: float) -> Curve:
    """A bubble: a sine that dies down and rises in pitch as it nears the surface (van den Doel 2005)."""
    t = studio.time(6 * decay_s)
    return studio.sweep(np.asarray(hz * (1 + rise * t / decay_s), np.float32)) * studio.fall(
        6 * decay_s, decay_s, 0.0006
    )


def _bubbles(studio: Studio, low_hz: float, high_hz: float, count: int) -> list[Curve]:
    rng = studio.rng
    return [
        bubble(studio, hz, 9.0 / hz + rng.uniform(0.001, 0.012), rng.uniform(0.01, 0.12))
        for hz in np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), count))
    ]


def stream(studio: Studio, *, flow: float, depth: float) -> Audio:
    """Running water: hundreds of bubbles a second over the rush of the fall."""
    loop = studio.loop()
    _flow(loop, flow, depth)
    return loop.audio


def _flow(loop: Canvas, flow: float, depth: float) -> None:
    studio = loop.studio
    low_hz = 900 - 600 * depth
    movement = 1 + 0.2 * loop.slow(0.7)
    loop.add(loop.noise(band(low_hz, 7000, slope=1.2), 0.9), movement * (0.08 + 0.3 * flow))
    loop.scatter(_bubbles(studio, low_hz, 4200, 90), 60 + 340 * flow, gain=0.22, heavy=2.6)
    loop.scatter(_bubbles(studio, 0.5 * low_hz, low_hz, 24), 3 + 16 * flow, gain=0.3, heavy=3, spread=0.6)


def cave(studio: Studio, *, drips_per_min: float, draught: float) -> Audio:
    """Drips with a long answer of the rock, and a deep draught."""
    loop = studio.loop()
    rng = studio.rng
    loop.add(loop.noise(band(35, 220, slope=1.5), 0.8), (0.02 + 0.1 * draught) * (1 + 0.3 * loop.slow(0.1)))
    loop.add(loop.noise(band(200, 900, slope=2), 0.9), (0.004 + 0.025 * draught) * (1 + 0.4 * loop.slow(0.2)))
    answers = []
    for _ in range(6):
        tail_s = rng.uniform(1.6, 2.6)
        sides = [studio.burst(tail_s, band(300, 5200, slope=1), tail_s / 5, 0.01) for _ in range(2)]
        answers.append(np.stack(sides) * np.float32(0.02))
    count = max(2, round(drips_per_min * loop.seconds / 60))
    for number in range(count):
        at_s = (number + rng.uniform(0, 0.9)) * loop.seconds / count
        hz, gain, pan = rng.uniform(700, 2300), rng.uniform(0.25, 1), rng.uniform(-0.9, 0.9)
        drip = studio.burst(0.012, band(2000, 9000), 0.002) * 0.25
        loop.place(drip, at_s, gain * 0.5, pan)
        loop.place(bubble(studio, hz, rng.uniform(0.012, 0.03), rng.uniform(0.02, 0.2)), at_s + 0.018, gain, pan)
        loop.place(answers[int(rng.integers(len(answers)))], at_s + 0.04, gain)
    return loop.audio


def ship(studio: Studio, *, waves: float, creaks_per_min: float) -> Audio:
    """Below the deck of a wooden ship: water along the hull, timbers that creak with the roll."""
    loop = studio.loop()
    rng = studio.rng
    rolls = max(1, round(loop.seconds / 6.5))
    roll = np.asarray(
        0.5 + 0.5 * np.sin(2 * np.pi * rolls * loop.time() / loop.seconds + 0.4 * loop.slow(0.1)), np.float32
    )
    loop.add(loop.noise(band(30, 250, slope=1.5), 0.7), 0.2 + 0.35 * waves * roll)
    loop.add(loop.noise(band(300, 3000, slope=1.3), 0.9), 0.03 + 0.16 * waves * roll**2)
    loop.scatter(_bubbles(studio, 250, 1400, 40), 14 * waves, gain=0.09, spread=0.9)
    count = round(creaks_per_min * loop.seconds / 60)
    for number in range(count):
        at_s = (number + rng.uniform(0, 0.9)) * loop.seconds / count
        loop.place(
            creak(studio, rng.uniform(0.5, 1.4), rng.uniform(200, 420)),
            at_s,
            rng.uniform(0.08, 0.3),
            rng.uniform(-0.9, 0.9),
        )
    return loop.audio


def splash(studio: Studio, *, size: float) -> Audio:
    """Something falls into water: the slap, a cavity that closes with a gulp, drops that fall back."""
    rng = studio.rng
    seconds = 1.2 + 1.6 * size
    canvas = studio.canvas(seconds + 0.5)
    canvas.place(
        studio.burst(0.4 + 0.3 * size, band(300 - 180 * size, 7000, slope=1), 0.05 + 0.1 * size, 0.002), 0.02, 1.0
    )
    for hz in rng.uniform(90, 260, 4) * (1.4 - size):
        canvas.place(
            bubble(studio, hz, rng.uniform(0.04, 0.09), 0.25), 0.05 + rng.uniform(0, 0.12), 0.9, rng.uniform(-0.2, 0.2)
        )
    wash = studio.burst(seconds, band(1200, 9000, slope=0.8), 0.3 * seconds / 1.6, 0.06)
    canvas.place(wash, 0.06, 0.35)
    for grain in _bubbles(studio, 500, 3500, 60 + int(160 * size)):
        canvas.place(
            grain, 0.08 + rng.exponential(0.22 * seconds / 1.2), rng.uniform(0.03, 0.2), rng.uniform(-0.6, 0.6)
        )
    return canvas.audio

"""Engines, traffic, rails, keys: what runs, rolls and is typed on."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.doors import creak
from engine.drama.sounds.made.steps import horse
from engine.drama.sounds.made.studio import Curve, Studio, band, peaks


def engine(studio: Studio, *, revs_per_min: float, load: float) -> Audio:
    """Strokes of four cylinders through an exhaust, valves and belts above."""
    loop = studio.loop()
    rng = studio.rng
    strokes = max(4, 4 * round(revs_per_min / 60 * 2 * loop.seconds / 4))
    pulses = []
    for _ in range(4):
        hz = rng.uniform(70, 95)
        modes = [(hz, 0.025, 1), (2.1 * hz, 0.016, 0.7), (4.3 * hz, 0.009, 0.4)]
        pulses.append(
            studio.ring(modes, 0.14, 0.002) + 0.35 * load * studio.burst(0.14, band(120, 1800, slope=1), 0.012, 0.002)
        )
    uneven = 1 + 0.12 * loop.slow(2)
    for number in range(strokes):
        at_s = number * loop.seconds / strokes
        gain = 0.5 * float(uneven[int(at_s * studio.rate_hz)]) * rng.uniform(0.9, 1.05)
        loop.place(pulses[number % 4], at_s, gain)
    clicks = [studio.burst(0.02, band(1500, 6000), 0.002, 0.0003) for _ in range(8)]
    for number in range(strokes):
        loop.place(clicks[number % 8], (number + 0.5) * loop.seconds / strokes, 0.05)
    loop.add(loop.noise(band(60, 600, slope=1), 0.6), 0.08 + 0.1 * load)
    loop.add(loop.noise(band(900, 5000, slope=1), 0.9), 0.015 + 0.025 * load)
    return loop.audio


def train(studio: Studio, *, speed_km_h: float) -> Audio:
    """In a carriage: two axles over each joint, and two more; the rumble of the wheels, the sway of the body."""
    loop = studio.loop()
    rng = studio.rng
    joints = max(1, round(speed_km_h / 3.6 / 12.5 * loop.seconds))
    apart_s = loop.seconds / joints
    axle_s = 2.4 / (speed_km_h / 3.6)
    clacks = [
        studio.ring([(hz, 0.035, 1), (2.3 * hz, 0.02, 0.7), (5.2 * hz, 0.01, 0.35)], 0.25, 0.001)
        + 0.35 * studio.burst(0.25, band(200, 2600, slope=1), 0.02, 0.001)
        for hz in rng.uniform(105, 150, 6)
    ]
    for number in range(joints):
        for late_s, gain in ((0.0, 1.0), (axle_s, 0.85), (0.42 * apart_s, 0.55), (0.42 * apart_s + axle_s, 0.45)):
            at_s = number * apart_s + late_s + rng.normal(0, 0.004)
            loop.place(clacks[int(rng.integers(6))], at_s, 0.55 * gain * rng.uniform(0.8, 1), rng.uniform(-0.3, 0.3))
    sway = 1 + 0.2 * loop.slow(0.8)
    loop.add(loop.noise(band(70, 500, slope=0.8), 0.7), 0.1 * sway)
    loop.add(loop.noise(band(400, 2500, slope=1.2), 0.9), 0.035 * sway)
    loop.add(loop.noise(peaks((rng.uniform(560, 700), 60, 1)), 0.4), 0.012 * np.clip(loop.slow(0.4), 0, 3))
    for at_s in loop.chances(0.12):
        loop.place(creak(studio, rng.uniform(0.2, 0.6), rng.uniform(300, 700)), at_s, 0.06, rng.uniform(-0.8, 0.8))
    return loop.audio


def _pass(studio: Studio, seconds: float, near: float, pitch_hz: float) -> Audio:
    """A car that goes by: tyres and engine grow, fall in pitch as it passes, and move from one side to the other."""
    rng = studio.rng
    t = studio.time(seconds) - seconds / 2
    width_s = 0.35 + 1.4 * (1 - near)
    distance = np.sqrt(1 + (t / width_s) ** 2)
    gain = 1 / distance**1.6
    away = t / width_s / distance
    tyres = studio.burst(seconds, band(250, 4500, slope=0.8), 1e3) * gain
    close = studio.burst(seconds, band(1500, 8000, slope=0.5), 1e3) * gain**2
    hz = pitch_hz * (1 - 0.045 * away)
    motor = studio.sweep(hz, (1, 0.8, 0.5, 0.4, 0.2, 0.15)) * gain
    sound = (tyres + 0.25 * near * close + 0.45 * motor) * np.clip((seconds / 2 - np.abs(t)) / (0.2 * seconds), 0, 1)
    way = (away * (1 if rng.random() < 0.5 else -1) + 1) * np.pi / 4
    return np.asarray(np.stack([sound * np.cos(way), sound * np.sin(way)]), np.float32)


def car(studio: Studio, *, nearness: float, duration: float) -> Audio:
    """A car passes."""
    return _pass(studio, duration, nearness, studio.rng.uniform(75, 110))


def street(studio: Studio, *, traffic: float) -> Audio:
    """The roar of a town, cars near and far, steps, a horn."""
    loop = studio.loop()
    rng = studio.rng
    loop.add(loop.noise(band(45, 400, slope=1.2), 0.8), 0.16 * (1 + 0.2 * loop.slow(0.15)))
    loop.add(loop.noise(band(300, 3000, slope=1.4), 1), 0.05 * (1 + 0.2 * loop.slow(0.3)))
    count = max(1, round(loop.seconds / 60 * (4 + 22 * traffic)))
    for number in range(count):
        near = rng.uniform(0.1, 0.9)
        by = _pass(studio, 3.5 + 4 * (1 - near), near, rng.uniform(65, 120))
        loop.place(by, (number + rng.uniform(0, 0.9)) * loop.seconds / count, 0.06 + 0.2 * near**2)
    for at_s in loop.chances(0.035 * traffic):
        hz, length_s = rng.uniform(330, 440), rng.uniform(0.15, 0.6)
        t = studio.time(length_s)
        low, high = (studio.sweep(np.full(len(t), tone), (1, 0.7, 0.5, 0.3)) for tone in (hz, 1.26 * hz))
        gate = np.clip(np.minimum(t, length_s - t) / 0.02, 0, 1)
        horn = studio.filtered((low + high) * gate, band(250, 1800, steep=1))
        loop.place(horn, at_s, 0.02, rng.uniform(-0.8, 0.8))
    feet = [studio.burst(0.07, band(300, 4000, slope=0.8), 0.009, 0.0006) for _ in range(6)]
    for at_s in loop.chances(0.09):
        pan, way, gain = rng.uniform(-0.9, 0.9), rng.uniform(-0.12, 0.12), rng.uniform(0.015, 0.05)
        for step in range(int(rng.integers(5, 12))):
            loop.place(
                feet[step % 6], at_s + 0.55 * step + rng.normal(0, 0.012), gain, float(np.clip(pan + way * step, -1, 1))
            )
    return loop.audio


def siren(studio: Studio, *, wail_s: float, distance: float) -> Audio:
    """A horn whose pitch wails up and down, or changes between two tones where the wail is short."""
    seconds = 6.0 if studio.wanted_s is None else studio.wanted_s
    t = studio.time(seconds)
    phase = (t / wail_s) % 1
    up = np.where(phase < 0.5, 2 * phase, 2 - 2 * phase)
    hz = 620 * 2 ** (1.15 * up) if wail_s > 1.2 else np.where(phase < 0.5, 450.0, 600.0)
    tone = studio.sweep(hz, (1, 0.55, 0.4, 0.28, 0.18, 0.1, 0.06))
    sound = studio.filtered(tone, band(350, 1500 + 4500 * (1 - distance), steep=1))
    sound *= np.clip(np.minimum(t, seconds - t) / 0.05, 0, 1)
    canvas = studio.canvas(seconds + 0.8)
    canvas.place(sound, 0.0, 1.0)
    for late_s, gain, pan in ((0.13, 0.3, -0.7), (0.29, 0.22, 0.8), (0.47, 0.12, -0.3)):
        canvas.place(studio.filtered(sound, band(300, 2200, steep=1)), late_s, gain * (0.4 + distance), pan)
    return canvas.audio


def _key(studio: Studio) -> Curve:
    rng = studio.rng
    modes = [
        (rng.uniform(1900, 3300), 0.008, 0.8),
        (rng.uniform(4000, 6500), 0.004, 0.5),
        (rng.uniform(280, 420), 0.014, 0.5),
    ]
    return studio.ring(modes, 0.09, 0.0003) + 0.7 * studio.burst(0.09, band(1000, 9000, slope=0.5), 0.003, 0.0002)


def typing(studio: Studio, *, keys_per_s: float, duration: float) -> Audio:
    """A typewriter: words of keys, the bell before the margin, the carriage back."""
    rng = studio.rng
    seconds = duration if studio.wanted_s is None else studio.wanted_s
    canvas = studio.canvas(seconds + 0.4)
    keys = [_key(studio) for _ in range(12)]
    at_s, in_line = 0.02, 0
    while at_s < seconds - 0.1:
        for _ in range(int(rng.integers(2, 9))):
            if at_s >= seconds - 0.1:
                break
            canvas.place(keys[int(rng.integers(12))], at_s, rng.uniform(0.6, 1), rng.uniform(-0.2, 0.2))
            at_s += rng.uniform(0.6, 1.4) / keys_per_s
            in_line += 1
        at_s += rng.uniform(0.5, 1.5) / keys_per_s
        if in_line > 38 and at_s < seconds - 1.2:
            in_line = 0
            canvas.place(studio.ring([(2500, 0.25, 1), (5600, 0.12, 0.4)], 0.8), at_s, 0.35, -0.2)
            slide = studio.burst(0.45, band(500, 5000, slope=0.8), 99) * np.sin(np.pi * studio.time(0.45) / 0.45)
            canvas.place(slide, at_s + 0.25, 0.25)
            canvas.place(_key(studio), at_s + 0.72, 1.2, 0.2)
            at_s += 0.95
    return canvas.audio


def carriage(studio: Studio, *, pace_per_min: float, duration: float) -> Audio:
    """Iron tyres on cobbles, a pair of horses, springs and harness."""
    rng = studio.rng
    seconds = duration if studio.wanted_s is None else studio.wanted_s
    canvas = studio.canvas(seconds + 0.5)
    t = canvas.time()
    near = np.clip(np.minimum(t, seconds - t) / (0.2 * seconds), 0, 1) ** 1.5
    stones = [
        studio.ring([(hz, 0.012, 1), (2.2 * hz, 0.008, 0.6)], 0.06)
        + 0.3 * studio.burst(0.06, band(300, 3500, slope=1), 0.006)
        for hz in rng.uniform(160, 520, 24)
    ]
    canvas.scatter(stones, 0.3 * pace_per_min, spread=0.5, gain=0.2)
    canvas.add(canvas.noise(band(60, 900, slope=1), 0.6), 0.14 * (1 + 0.2 * canvas.slow(6)))
    trot = Studio(studio.rate_hz, rng, seconds)
    for pan in (-0.15, 0.15):
        pair = horse(trot, pace_per_min=pace_per_min * rng.uniform(0.99, 1.01), count=1.0, gait=0.5)
        canvas.place(pair[:, : canvas.samples], 0.05 + pan, 0.6)
    buckles = [studio.ring([(hz, 0.03, 1), (1.7 * hz, 0.02, 0.6)], 0.15) for hz in rng.uniform(2800, 5200, 6)]
    canvas.scatter(buckles, 2.5, spread=0.4, gain=0.03)
    for at_s in canvas.chances(0.4):
        canvas.place(creak(studio, 0.4, rng.uniform(250, 500)), at_s, 0.1)
    canvas.audio *= near.astype(np.float32)
    return canvas.audio

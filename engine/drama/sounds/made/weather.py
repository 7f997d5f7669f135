"""Rain, storm, wind, snow, thunder."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Canvas, Curve, Studio, band, peaks


def rain(studio: Studio, *, intensity: float, roof: float) -> Audio:
    """A wash of drops too many to tell apart, over single drops: short rings of small bubbles and leaves.

    `roof`: how many fall on something hollow right above.
    """
    loop = studio.loop()
    _rain(loop, intensity, roof)
    return loop.audio


def _rain(loop: Canvas, intensity: float, roof: float) -> None:
    studio, rng = loop.studio, loop.studio.rng
    swell = 1 + 0.18 * loop.slow(0.25)
    loop.add(loop.noise(band(900, 9000, slope=0.9), 0.95), swell * (0.06 + 0.16 * intensity))
    loop.add(loop.noise(band(150, 900, slope=1), 0.7), swell * 0.05 * intensity)
    drops = [
        studio.ring([(hz, rng.uniform(0.0008, 0.003), 1), (2.3 * hz, 0.0008, 0.4)], 0.014)
        for hz in rng.uniform(1800, 7000, 40)
    ]
    near = [studio.ring([(hz, rng.uniform(0.003, 0.009), 1)], 0.04) for hz in rng.uniform(900, 2600, 16)]
    loop.scatter(drops, 120 + 1100 * intensity, gain=0.16)
    loop.scatter(near, 4 + 22 * intensity, gain=0.14, heavy=3)
    if roof > 0:
        taps = [
            studio.ring([(hz, rng.uniform(0.008, 0.02), 1), (2.7 * hz, 0.006, 0.6)], 0.08)
            + studio.burst(0.08, band(400, 4000), 0.004) * 0.3
            for hz in rng.uniform(250, 700, 16)
        ]
        loop.scatter(taps, 30 + 160 * intensity, spread=0.7, gain=0.3 * roof)


def wind(studio: Studio, *, strength: float, whistle: float) -> Audio:
    """Gusts of dark noise; what the wind blows around begins to whistle when a gust is strong."""
    loop = studio.loop()
    _wind(loop, strength, whistle)
    return loop.audio


def _wind(loop: Canvas, strength: float, whistle: float) -> None:
    rng = loop.studio.rng
    gust = np.clip(0.5 + 0.26 * loop.slow(0.12) + 0.12 * loop.slow(0.6), 0.04, 1.2)
    for low, high, power, gain in ((70, 300, 1.3, 0.8), (200, 900, 2.0, 0.6), (700, 3500, 3.0, 0.4 * strength)):
        loop.add(loop.noise(band(low, high, slope=1), 0.8), gain * (0.4 + strength) * gust**power)
    for hz in (rng.uniform(380, 520), rng.uniform(700, 900), rng.uniform(1150, 1400)):
        own = np.clip(gust + 0.1 * loop.slow(0.5) - 0.5, 0, 1)
        loop.add(loop.noise(peaks((hz, 0.05 * hz, 1)), 0.5), 0.9 * whistle * own**1.5 * (450 / hz) ** 0.5)


def snow(studio: Studio, *, strength: float) -> Audio:
    """A winter wind: thin, hissing, with grains of ice on a pane."""
    loop = studio.loop()
    gust = np.clip(0.5 + 0.25 * loop.slow(0.15) + 0.1 * loop.slow(0.8), 0.05, 1.2)
    loop.add(loop.noise(band(120, 500, slope=1), 0.8), 0.7 * gust**1.5)
    hiss = loop.noise(band(2200, 8000, slope=0.5), 1)
    loop.add(hiss, 0.16 * (0.4 + strength) * gust**2.2)
    for hz in studio.rng.uniform(480, 1100, 3):
        loop.add(loop.noise(peaks((hz, 0.04 * hz, 1)), 0.6), 0.35 * strength * np.clip(gust - 0.45, 0, 1) ** 1.3)
    ice = [studio.burst(0.006, band(4000, 12000), 0.0012) for _ in range(24)]
    loop.scatter(ice, 60 * strength + 10, gain=0.03)
    return loop.audio


def storm(studio: Studio, *, intensity: float, thunders_per_min: float) -> Audio:
    """Heavy rain in a wind, with thunder that is not near."""
    loop = studio.loop()
    _wind(loop, intensity, 0.15)
    loop.audio *= 0.35
    _rain(loop, 0.4 + 0.5 * intensity, 0)
    count = max(1, round(thunders_per_min * loop.seconds / 60)) if thunders_per_min > 0 else 0
    for number in range(count):
        at_s = (number + studio.rng.uniform(0.1, 0.9)) * loop.seconds / count
        clap = thunder(studio, distance=float(studio.rng.uniform(0.45, 0.9)), duration=float(studio.rng.uniform(5, 9)))
        loop.place(clap, at_s, float(studio.rng.uniform(0.25, 0.5)))
    return loop.audio


def thunder(studio: Studio, *, distance: float, duration: float) -> Audio:
    """A crack where it is near, then a roll of many claps along the bolt, darker the farther they are."""
    rng = studio.rng
    canvas = studio.canvas(duration + 1.0)
    near = 1 - distance
    high_hz = 90 + 900 * near**2
    roll: Curve = np.zeros(canvas.samples, np.float32)
    start_s = 0.02 + 0.15 * distance
    for number in range(9 + int(6 * near)):
        at_s = start_s + (0 if number == 0 else rng.uniform(0, 0.55 * duration) ** 1.0 * rng.uniform(0.1, 1))
        decay_s = rng.uniform(0.25, 0.22 * duration)
        t = np.maximum(canvas.time() - at_s, 0)
        attack_s = rng.uniform(0.015, 0.12) * (0.3 + distance)
        envelope = (1 - np.exp(-t / attack_s)) * np.exp(-t / decay_s)
        roll += np.asarray(envelope * rng.uniform(0.4, 1.0) * (1 if number else 1.6), np.float32)
    roll *= np.clip((duration - canvas.time()) / (0.35 * duration), 0, 1).astype(np.float32) ** 1.5
    flutter = np.clip(1 + 0.35 * canvas.slow(9), 0.1, 3)
    canvas.add(canvas.noise(band(30, high_hz, slope=1.2), 0.5), roll * flutter)
    canvas.add(canvas.noise(band(high_hz, 6 * high_hz, slope=2), 0.9), roll**1.6 * 0.22 * near * flutter)
    if near > 0.3:
        for number in range(int(4 + 10 * near)):
            tear = studio.burst(0.4, band(300, 9000, slope=0.6), rng.uniform(0.012, 0.06), 0.0008)
            at_s = start_s + rng.exponential(0.06) * (number > 0)
            canvas.place(tear, at_s, near**1.5 * rng.uniform(0.3, 1) * 2.2, rng.uniform(-0.5, 0.5))
    return canvas.audio[:, : round((duration + 0.5) * studio.rate_hz)]

"""Fire, and a match that is struck."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Studio, band, peaks


def fire(studio: Studio, *, size: float, crackle: float) -> Audio:
    """Hiss of vapour, lapping of flames, crackles that come in bursts when the wood splits."""
    loop = studio.loop()
    rng = studio.rng
    lap = np.clip(0.5 + 0.3 * loop.slow(3) + 0.2 * loop.slow(0.4), 0.05, 1.5)
    hiss = np.clip(0.4 + 0.3 * loop.slow(1.2), 0, 2) ** 3
    loop.add(loop.noise(band(30, 320, slope=1.3), 0.6), (0.06 + 0.25 * size) * lap)
    loop.add(loop.noise(band(250, 1400, slope=1), 0.7), 0.05 * (0.5 + size) * lap**2)
    loop.add(loop.noise(band(1500, 8000, slope=0.6), 0.9), 0.05 * hiss)
    small = [studio.burst(0.02, studio.some_band(1500, 14000), rng.uniform(0.0004, 0.003), 0.0003) for _ in range(40)]
    snaps = [
        studio.burst(0.05, band(500, 9000, slope=0.4), rng.uniform(0.002, 0.007), 0.0003)
        + studio.ring([(hz, 0.008, 0.8), (2.6 * hz, 0.004, 0.5)], 0.05)
        for hz in rng.uniform(400, 1500, 20)
    ]
    loop.scatter(small, 10 * crackle, gain=0.22, heavy=2, spread=0.5)
    for at_s in loop.chances(0.9 * crackle):  # a split sets off a run of them
        for late in np.cumsum(rng.exponential(0.035, rng.integers(2, 11))):
            loop.place(small[int(rng.integers(len(small)))], at_s + late, rng.uniform(0.1, 0.7), rng.uniform(-0.4, 0.4))
    loop.scatter(snaps, 0.7 * crackle, gain=0.3, heavy=2.2, spread=0.4)
    return loop.audio


def match_strike(studio: Studio) -> Audio:
    """The scrape, the flare of the head, and the small flame."""
    canvas = studio.canvas(2.2)
    rng = studio.rng
    scrape = studio.burst(0.22, band(2500, 11000), 0.4, 0.01)
    rough = np.repeat(rng.uniform(0.3, 1, len(scrape) // 60 + 1), 60)[: len(scrape)]
    canvas.place(np.asarray(scrape * rough, np.float32), 0.03, 0.5, -0.1)
    flare = studio.burst(1.1, band(700, 9000, slope=0.8), 0.22, 0.05)
    canvas.place(flare, 0.2, 1.0, 0.05)
    canvas.place(studio.burst(1.6, band(150, 900, slope=1), 0.5, 0.12), 0.24, 0.5)
    for _ in range(14):
        canvas.place(
            studio.burst(0.01, peaks((rng.uniform(3000, 9000), 2500, 1)), 0.001, 0.0003),
            0.25 + rng.exponential(0.35),
            rng.uniform(0.1, 0.4),
            rng.uniform(-0.2, 0.2),
        )
    return canvas.audio

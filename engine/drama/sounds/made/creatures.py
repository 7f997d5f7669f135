"""Birds, insects and beasts, by the pitch and the breath of their voices."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Canvas, Curve, Studio, band, peaks
from engine.drama.sounds.made.throat import alone, bend, voice


def _cricket(loop: Canvas, hz: float, gain: float, pan: float) -> None:
    """Chirps of three to five pulses; how often they come, the warmth of the night tells."""
    studio, rng = loop.studio, loop.studio.rng
    t = studio.time(0.016)
    pulse = np.asarray(np.sin(np.pi * t / 0.016) ** 2, np.float32) * (
        studio.sweep(np.full(len(t), hz, np.float32), (1, 0.06))
    )
    pulses, apart_s, pace_s = int(rng.integers(3, 6)), rng.uniform(0.022, 0.03), rng.uniform(0.35, 0.75)
    count = max(1, round(loop.seconds / pace_s))
    quiet = loop.slow(0.05) < -0.9
    offset_s = rng.uniform(0, pace_s)
    for number in range(count):
        at_s = offset_s + (number + rng.normal(0, 0.03)) * loop.seconds / count
        if quiet[int(at_s * studio.rate_hz) % loop.samples]:
            continue
        for beat in range(pulses):
            loop.place(pulse, at_s + beat * apart_s, gain * (0.6 + 0.4 * beat / pulses), pan)


def crickets(studio: Studio, *, count: float, trill: float) -> Audio:
    """Crickets at different distances, over the thin trill of many that are far."""
    loop = studio.loop()
    _crickets(loop, count, trill)
    return loop.audio


def _crickets(loop: Canvas, count: float, trill: float) -> None:
    rng = loop.studio.rng
    for number in range(max(1, round(count))):
        _cricket(loop, rng.uniform(3900, 5300), 0.25 / (1 + 0.5 * number), rng.uniform(-0.95, 0.95))
    if trill > 0:
        for hz in rng.uniform(4200, 6500, 3):
            pulses = round(rng.uniform(32, 46) * loop.seconds)
            gate = np.asarray(0.5 + 0.5 * np.sin(2 * np.pi * pulses * loop.time() / loop.seconds), np.float32) ** 3
            loop.add(loop.noise(peaks((hz, 90, 1)), 0.9), 0.03 * trill * gate * (1 + 0.3 * loop.slow(0.1)))
    loop.add(loop.noise(band(60, 900, slope=1.3), 0.9), 0.006)


def night(studio: Studio, *, wind: float, owls_per_min: float) -> Audio:
    """A summer night: a few crickets, air in the leaves, an owl far away."""
    loop = studio.loop()
    _crickets(loop, 4, 0.6)
    gust = np.clip(0.5 + 0.3 * loop.slow(0.12), 0.05, 1.4)
    loop.add(loop.noise(band(150, 2500, slope=1.2), 0.9), 0.10 * wind * gust**2)
    count = round(owls_per_min * loop.seconds / 60)
    for number in range(count):
        call = owl(studio, calls=1.0)
        loop.place(call, (number + studio.rng.uniform(0.1, 0.8)) * loop.seconds / count, 0.06)
    return loop.audio


def _song(studio: Studio) -> Curve:
    """A phrase of one bird: a motif of whistles, sweeps or trills, repeated with small changes."""
    rng = studio.rng
    base_hz = rng.uniform(2600, 5200)
    motif = [
        (
            rng.uniform(0.7, 1.4),
            rng.uniform(0.75, 1.35),
            rng.uniform(0.04, 0.16),
            rng.uniform(0, 0.08) * (rng.random() < 0.4),
        )
        for _ in range(int(rng.integers(1, 5)))
    ]
    parts: list[Curve] = []
    for _ in range(int(rng.integers(1, 5))):
        for start, end, length_s, wobble in motif:
            t = studio.time(length_s)
            way = t / length_s
            hz = base_hz * (start + (end - start) * way) * (1 + wobble * np.sin(2 * np.pi * 28 * t))
            shape = np.sin(np.pi * np.minimum(way, 1)) ** 0.7 * rng.uniform(0.6, 1)
            parts.append(np.asarray(studio.sweep(np.asarray(hz, np.float32), (1, 0.12, 0.03)) * shape, np.float32))
            parts.append(np.zeros(round(rng.uniform(0.015, 0.09) * studio.rate_hz), np.float32))
        parts.append(np.zeros(round(rng.uniform(0.05, 0.25) * studio.rate_hz), np.float32))
    return np.concatenate(parts)


def _birds(loop: Canvas, per_min: float, gain: float) -> None:
    studio, rng = loop.studio, loop.studio.rng
    singers = [(_song(studio), rng.uniform(-0.95, 0.95), rng.uniform(0.15, 1) ** 1.5) for _ in range(7)]
    tail = np.stack([studio.burst(0.5, band(1500, 6000), 0.09, 0.02) for _ in range(2)]) * np.float32(0.015)
    for at_s in loop.chances(per_min / 60):
        song, pan, near = singers[int(rng.integers(len(singers)))]
        loop.place(song, at_s, gain * near * rng.uniform(0.5, 1), pan)
        loop.place(tail, at_s + len(song) / studio.rate_hz, gain * near * 0.4)


def birds(studio: Studio, *, songs_per_min: float) -> Audio:
    """Songbirds in the morning, near and far, over quiet air."""
    loop = studio.loop()
    loop.add(loop.noise(band(100, 3000, slope=1.2), 1), 0.012 * (1 + 0.3 * loop.slow(0.2)))
    _birds(loop, songs_per_min, 0.35)
    return loop.audio


def forest(studio: Studio, *, wind: float, songs_per_min: float) -> Audio:
    """Leaves in a light wind, birds at a distance."""
    loop = studio.loop()
    gust = np.clip(0.5 + 0.25 * loop.slow(0.12) + 0.1 * loop.slow(0.5), 0.08, 1.3)
    loop.add(loop.noise(band(1200, 9000, slope=0.5), 1), 0.13 * wind * gust**2)
    loop.add(loop.noise(band(90, 700, slope=1.2), 0.8), (0.01 + 0.12 * wind) * gust**1.5)
    leaves = [studio.burst(0.03, band(2500, 10000), 0.005, 0.002) for _ in range(24)]
    loop.scatter(leaves, 40 * wind, gain=0.02)
    _birds(loop, songs_per_min, 0.25)
    return loop.audio


def owl(studio: Studio, *, calls: float) -> Audio:
    """A tawny owl: a long hoot, a pause, and a wavering one."""
    rng = studio.rng
    sounds: list[tuple[float, Curve, float]] = []
    at_s = 0.05
    for _ in range(max(1, round(calls))):
        base_hz = rng.uniform(330, 400)
        for late_s, length_s, waver in ((0.0, 0.75, 0.0), (1.9, 0.18, 0.0), (2.35, 1.25, 0.035)):
            t = studio.time(length_s)
            hz = base_hz * bend(studio, length_s, (0, 0.9), (0.2, 1.0), (0.8, 1.0), (1, 0.93))
            hz = hz * (1 + waver * np.sin(2 * np.pi * 13 * t))
            shape = bend(studio, length_s, (0, 0), (0.2, 0.8), (0.6, 1), (1, 0)) * (
                1 - 6 * waver * (0.5 + 0.5 * np.sin(2 * np.pi * 13 * t))
            )
            tone = studio.sweep(np.asarray(hz, np.float32), (1, 0.16, 0.05)) + 0.02 * studio.burst(
                length_s, band(300, 900), 9
            )
            sounds.append((at_s + late_s, np.asarray(tone * np.maximum(shape, 0), np.float32), 1.0))
        at_s += 5.5
    return alone(studio, sounds)


def crow(studio: Studio, *, calls: float) -> Audio:
    """Caws: a rough voice with strong formants."""
    rng = studio.rng
    sounds, at_s = [], 0.03
    for _ in range(max(1, round(calls))):
        length_s = rng.uniform(0.26, 0.4)
        hz = rng.uniform(430, 520) * bend(studio, length_s, (0, 0.85), (0.25, 1.05), (0.7, 1), (1, 0.75))
        call = voice(studio, hz, ((1300, 350, 1), (2000, 500, 0.7), (3300, 900, 0.3)), 0.5, 0.09)
        growl = 0.7 + 0.3 * np.sign(np.sin(2 * np.pi * 62 * studio.time(length_s)))
        sounds.append(
            (
                at_s,
                np.asarray(call * growl * bend(studio, length_s, (0, 0), (0.1, 1), (0.75, 0.8), (1, 0)), np.float32),
                1.0,
            )
        )
        at_s += length_s + rng.uniform(0.2, 0.45)
    return alone(studio, sounds)


def wolf(studio: Studio, *, duration: float) -> Audio:
    """A howl: up, held with a slow waver, and down, with the answer of the hills."""
    rng = studio.rng
    base_hz = rng.uniform(380, 470)
    t = studio.time(duration)
    hz = base_hz * bend(studio, duration, (0, 0.55), (0.13, 0.95), (0.2, 1.12), (0.35, 1.04), (0.75, 0.98), (1, 0.6))
    hz = hz * (1 + 0.008 * np.sin(2 * np.pi * 5.2 * t))
    call = voice(studio, np.asarray(hz, np.float32), ((450, 250, 1), (900, 250, 0.4), (1500, 400, 0.12)), 0.03, 0.004)
    dry = np.asarray(call * bend(studio, duration, (0, 0), (0.12, 0.7), (0.3, 1), (0.8, 0.7), (1, 0)), np.float32)
    sounds = [(0.03, dry, 1.0)] + [
        (0.03 + late_s, studio.filtered(dry, band(100, 900)), gain)
        for late_s, gain in ((0.33, 0.2), (0.61, 0.12), (1.05, 0.06))
    ]
    return alone(studio, sounds)


def dog(studio: Studio, *, barks: float, size: float) -> Audio:
    """Barks: a short voice that jumps up and falls, with a breath before."""
    rng = studio.rng
    sounds, at_s = [], 0.03
    for _ in range(max(1, round(barks))):
        length_s = rng.uniform(0.14, 0.2) + 0.06 * size
        hz = (
            (520 - 330 * size)
            * rng.uniform(0.93, 1.07)
            * bend(studio, length_s, (0, 0.7), (0.2, 1.25), (0.5, 1.1), (1, 0.6))
        )
        longer = 1.35 - 0.5 * size
        call = voice(
            studio, hz, ((650 * longer, 250, 1), (1250 * longer, 350, 0.8), (2600 * longer, 700, 0.35)), 0.35, 0.05
        )
        sounds.append(
            (
                at_s,
                np.asarray(call * bend(studio, length_s, (0, 0), (0.08, 1), (0.45, 0.8), (1, 0)), np.float32),
                rng.uniform(0.8, 1),
            )
        )
        at_s += length_s + rng.choice([0.18, 0.22, 0.5]) * rng.uniform(0.9, 1.1)
    return alone(studio, sounds)


def cat(studio: Studio, *, duration: float) -> Audio:
    """A miaow: the mouth opens and closes again."""
    rng = studio.rng
    hz = rng.uniform(560, 680) * bend(studio, duration, (0, 0.8), (0.3, 1.15), (0.6, 1.05), (1, 0.7))
    shut = voice(studio, hz, ((700, 250, 1), (2300, 400, 0.35)), 0.02, 0.006)
    wide = voice(studio, hz, ((1200, 350, 1), (2000, 400, 0.7), (3600, 700, 0.3)), 0.02, 0.006)
    mouth = bend(studio, duration, (0, 0), (0.2, 0.25), (0.45, 1), (0.7, 0.7), (1, 0))
    shape = bend(studio, duration, (0, 0), (0.12, 0.6), (0.45, 1), (0.8, 0.5), (1, 0))
    return alone(studio, [(0.02, np.asarray((shut * (1 - mouth) + wide * mouth) * shape, np.float32), 1.0)])


def cock(studio: Studio) -> Audio:
    """Cock-a-doodle-doo: four syllables, the last long and falling."""
    rng = studio.rng
    base_hz = rng.uniform(520, 620)
    sounds, at_s = [], 0.03
    for length_s, first, middle, last in (
        (0.2, 0.8, 1.1, 1.0),
        (0.12, 1.0, 1.2, 1.1),
        (0.3, 1.2, 1.5, 1.35),
        (1.05, 1.3, 1.45, 0.75),
    ):
        hz = base_hz * bend(studio, length_s, (0, first), (0.35, middle), (1, last))
        call = voice(studio, hz, ((1250, 400, 1), (2500, 600, 0.8), (3900, 900, 0.4)), 0.12, 0.03)
        sounds.append(
            (at_s, np.asarray(call * bend(studio, length_s, (0, 0), (0.1, 0.9), (0.6, 1), (1, 0)), np.float32), 1.0)
        )
        at_s += length_s + 0.05
    return alone(studio, sounds)


def cow(studio: Studio, *, duration: float) -> Audio:
    """A moo: shut lips, an open throat, and down again."""
    rng = studio.rng
    hz = rng.uniform(130, 165) * bend(studio, duration, (0, 0.8), (0.25, 1.1), (0.6, 1.15), (1, 0.75))
    hum = voice(studio, hz, ((260, 100, 1), (900, 300, 0.12)), 0.03, 0.012)
    wide = voice(studio, hz, ((420, 120, 1), (980, 250, 0.6), (2300, 500, 0.15)), 0.05, 0.015)
    mouth = bend(studio, duration, (0, 0), (0.3, 0.4), (0.55, 1), (0.8, 0.8), (1, 0.1))
    shape = bend(studio, duration, (0, 0), (0.15, 0.8), (0.6, 1), (0.85, 0.7), (1, 0))
    return alone(studio, [(0.02, (hum * (1 - mouth) + wide * mouth) * shape, 1.0)])


def sheep(studio: Studio, *, duration: float) -> Audio:
    """A bleat: a voice that trembles eight times a second."""
    t = studio.time(duration)
    shake = np.sin(2 * np.pi * studio.rng.uniform(7, 9.5) * t)
    hz = studio.rng.uniform(230, 300) * (1 + 0.03 * shake) * bend(studio, duration, (0, 0.95), (0.3, 1.05), (1, 0.85))
    call = voice(studio, hz, ((750, 200, 1), (1650, 300, 0.8), (2800, 500, 0.35)), 0.08, 0.02) * (0.75 + 0.25 * shake)
    return alone(studio, [(0.02, call * bend(studio, duration, (0, 0), (0.12, 1), (0.7, 0.8), (1, 0)), 1.0)])


def pig(studio: Studio, *, grunts: float) -> Audio:
    """Grunts: a snore of forty pulses a second through a snout."""
    rng = studio.rng
    sounds: list[tuple[float, Curve, float]] = []
    at_s = 0.02
    for _ in range(max(1, round(grunts))):
        length_s = rng.uniform(0.16, 0.32)
        t = studio.time(length_s)
        snore = studio.burst(length_s, peaks((380, 160, 1), (1100, 300, 0.4)), 99)
        snore = snore * np.clip(np.sin(2 * np.pi * rng.uniform(34, 48) * t), 0, 1) ** 0.7
        sounds.append((at_s, snore * bend(studio, length_s, (0, 0), (0.2, 1), (0.6, 0.8), (1, 0)), rng.uniform(0.6, 1)))
        at_s += length_s + rng.uniform(0.15, 0.5)
    return alone(studio, sounds)


def duck(studio: Studio, *, quacks: float) -> Audio:
    """Quacks: a nasal buzz that falls."""
    rng = studio.rng
    sounds: list[tuple[float, Curve, float]] = []
    at_s = 0.02
    for number in range(max(1, round(quacks))):
        length_s = rng.uniform(0.13, 0.19)
        hz = rng.uniform(185, 225) * bend(studio, length_s, (0, 1.1), (0.3, 1.15), (1, 0.8))
        call = voice(studio, hz, ((1150, 250, 1), (2100, 300, 0.9), (3100, 400, 0.4)), 0.1, 0.03)
        gain = max(0.4, 1 - 0.1 * number)
        sounds.append((at_s, call * bend(studio, length_s, (0, 0), (0.12, 1), (0.6, 0.7), (1, 0)), gain))
        at_s += length_s + rng.uniform(0.06, 0.13)
    return alone(studio, sounds)


def frog(studio: Studio, *, calls: float) -> Audio:
    """Croaks: a train of pulses that ring in a throat."""
    rng = studio.rng
    sounds: list[tuple[float, Curve, float]] = []
    at_s, hz = 0.02, rng.uniform(900, 1300)
    pulse = studio.ring([(hz, 0.006, 1), (2.1 * hz, 0.004, 0.5)], 0.04, 0.001)
    for _ in range(max(1, round(calls))):
        number = int(rng.integers(9, 18))
        for each in range(number):
            gain = float(np.sin(np.pi * (each + 1) / (number + 1)) ** 0.6)
            sounds.append((at_s + each * rng.uniform(0.024, 0.026), pulse, gain))
        at_s += 0.026 * number + rng.uniform(0.25, 0.6)
    return alone(studio, sounds)


def neigh(studio: Studio, *, duration: float) -> Audio:
    """A horse's neigh: a high cry that shakes ever slower as it falls."""
    rng = studio.rng
    t = studio.time(duration)
    pace = bend(studio, duration, (0, 13), (0.6, 9), (1, 6))
    shake = np.sin(2 * np.pi * np.cumsum(pace) / studio.rate_hz)
    hz = rng.uniform(560, 640) * bend(studio, duration, (0, 0.8), (0.12, 1.5), (0.35, 1.35), (0.7, 0.95), (1, 0.5))
    call = voice(studio, hz * (1 + 0.05 * shake), ((1000, 300, 1), (1900, 400, 0.6), (3200, 700, 0.3)), 0.15, 0.02)
    shape = bend(studio, duration, (0, 0), (0.08, 1), (0.5, 0.9), (0.85, 0.4), (1, 0)) * (0.7 + 0.3 * shake)
    snort = studio.burst(0.35, band(150, 2500, slope=1), 0.1, 0.03)
    return alone(studio, [(0.02, call * shape, 1.0), (0.9 * float(t[-1]), snort, 0.35)])

"""Shots, blows, things that break, fall and rattle."""

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Curve, Studio, band, peaks, room


def glass(studio: Studio, *, size: float) -> Audio:
    """The pane gives way, then its pieces ring as they hit the floor and each other."""
    rng = studio.rng
    canvas = studio.canvas(2.4)
    canvas.place(studio.burst(0.2, band(700, 11000), 0.02 + 0.02 * size, 0.0004), 0.02, 0.9)
    canvas.place(studio.ring([(rng.uniform(300, 600), 0.03, 1)], 0.12), 0.02, 0.4 * size)
    for number in range(30 + int(90 * size)):
        hz = np.exp(rng.uniform(np.log(1800), np.log(10000)))
        ratios = (1, rng.uniform(1.5, 1.9), rng.uniform(2.4, 3.1))
        decay_s = rng.uniform(0.008, 0.07) * (3000 / hz) ** 0.4
        piece = studio.ring([(hz * ratio, decay_s / ratio, 1 / ratio) for ratio in ratios], 6 * decay_s, 0.0003)
        late_s = rng.exponential(0.05) if number % 3 == 0 else 0.1 + rng.gamma(2, 0.17)
        canvas.place(piece, 0.02 + min(late_s, 2.0), rng.uniform(0.1, 0.8) ** 1.5, rng.uniform(-0.7, 0.7))
    return room(studio, canvas.audio, 0.5, 0.12)


def gunshot(studio: Studio, *, distance: float, shots: float) -> Audio:
    """The blast, what it shakes, and its echoes from walls and woods; far away, the blast is dull and the echo all."""
    rng = studio.rng
    near = 1 - distance
    number = max(1, round(shots))
    canvas = studio.canvas(0.7 * (number - 1) + 3.2)
    blast = studio.burst(
        0.5, band(90, 1500 + 9000 * near**2, slope=0.5), 0.012 + 0.03 * distance, 0.0002 + 0.003 * distance
    )
    thump = studio.burst(0.6, band(40, 220, slope=1), 0.06, 0.002)
    tail = np.stack([studio.burst(2.4, band(90, 900 + 3500 * near, slope=1), 0.45, 0.03) for _ in range(2)])
    echoes = [(rng.uniform(0.1, 0.7), rng.uniform(0.05, 0.2), rng.uniform(-0.9, 0.9)) for _ in range(5)]
    for each in range(number):
        at_s = 0.01 + each * rng.uniform(0.5, 0.75)
        canvas.place(blast, at_s, 2.2 * (0.25 + near))
        canvas.place(thump, at_s, 1.2)
        canvas.place(tail, at_s + 0.02, 0.16 + 0.1 * distance)
        for late_s, gain, pan in echoes:
            canvas.place(studio.filtered(blast, band(80, 2200)), at_s + late_s, gain, pan)
    return canvas.audio


def explosion(studio: Studio, *, distance: float, size: float) -> Audio:
    """A shock, a fireball that roars and darkens, what rains down."""
    rng = studio.rng
    near = 1 - distance
    seconds = 3.0 + 3.0 * size
    canvas = studio.canvas(seconds + 0.5)
    canvas.place(studio.burst(0.4, band(60, 1000 + 8000 * near**2), 0.03, 0.0003), 0.02, 3.5 * near + 0.2)
    for high_hz, decay_s, gain in (
        (140, 0.9, 2.0),
        (500, 0.5, 0.4 + 0.9 * near),
        (1800 + 3000 * near, 0.28, 1.1 * near + 0.05),
    ):
        for pan in (-0.4, 0.4):
            body = studio.burst(
                seconds, band(28, high_hz, slope=1), decay_s * (0.6 + 0.8 * size), 0.012 + 0.1 * distance
            )
            canvas.place(body, 0.03, gain, pan)
    canvas.place(studio.sweep(70 * np.exp(-studio.time(0.8) / 0.35) + 28) * studio.fall(0.8, 0.25, 0.005), 0.02, 1.6)
    for _ in range(int(70 * size * near)):
        bit = studio.burst(0.06, studio.some_band(300, 7000), rng.uniform(0.002, 0.015), 0.0005)
        canvas.place(bit, 0.5 + rng.gamma(2, 0.45), rng.uniform(0.05, 0.35), rng.uniform(-0.9, 0.9))
    return canvas.audio


def _blade(studio: Studio, hz: float, seconds: float, ringing: float) -> Curve:
    rng = studio.rng
    modes = [
        (hz * ratio * rng.uniform(0.98, 1.02), ringing * decay_s, gain)
        for ratio, decay_s, gain in (
            (1, 0.5, 0.6), (1.62, 0.42, 1), (2.41, 0.36, 0.9), (3.3, 0.28, 0.8), (4.65, 0.2, 0.7), (6.1, 0.14, 0.5),
            (8.2, 0.09, 0.4),
        )
    ]  # fmt: skip
    return studio.ring(modes, seconds, 0.0003) + 0.8 * studio.burst(seconds, band(2500, 14000), 0.005, 0.0002)


def sword(studio: Studio, *, clashes: float, ringing: float) -> Audio:
    """Two blades meet and slide off each other."""
    rng = studio.rng
    number = max(1, round(clashes))
    canvas = studio.canvas(0.65 * number + 1.4)
    at_s = 0.02
    for _ in range(number):
        for pan in (-0.2, 0.2):
            canvas.place(_blade(studio, rng.uniform(850, 1500), 1.3, 0.35 + ringing), at_s, rng.uniform(0.5, 1), pan)
        if rng.random() < 0.6:
            length_s = rng.uniform(0.12, 0.3)
            slide = studio.burst(length_s, peaks((rng.uniform(3000, 5000), 900, 1), (7800, 2500, 0.8)), 1, 0.05)
            canvas.place(slide, at_s + 0.02, 0.25)
        at_s += rng.uniform(0.35, 0.8)
    return room(studio, canvas.audio, 0.5, 0.1)


def whip(studio: Studio) -> Audio:
    """The lash rushes through the air and its tip breaks the speed of sound."""
    canvas = studio.canvas(1.0)
    t = studio.time(0.28)
    rush = studio.burst(0.28, band(400, 3500, slope=0.5), 9) * (t / 0.28) ** 2.5
    canvas.place(rush, 0.02, 0.3, -0.3)
    canvas.place(studio.burst(0.12, band(1500, 14000), 0.005, 0.0001), 0.3, 2.5, 0.1)
    canvas.place(studio.burst(0.2, band(250, 2500, slope=1), 0.02, 0.0003), 0.3, 0.7, 0.1)
    return room(studio, canvas.audio, 0.8, 0.2)


def fall(studio: Studio, *, weight: float) -> Audio:
    """Something heavy and soft meets the floor, and settles."""
    rng = studio.rng
    canvas = studio.canvas(1.6)
    for at_s, gain in ((0.02, 1.0), (0.02 + rng.uniform(0.11, 0.2), 0.55), (rng.uniform(0.35, 0.5), 0.2)):
        thud = studio.burst(0.4, band(40, 260 - 120 * weight, slope=1), 0.05 + 0.03 * weight, 0.004)
        boards = studio.ring(
            [(rng.uniform(70, 95), 0.08, 1), (rng.uniform(150, 210), 0.05, 0.6), (420, 0.03, 0.25)], 0.4
        )
        canvas.place(1.2 * thud + 0.7 * boards, at_s, gain)
        canvas.place(studio.burst(0.2, band(700, 5000, slope=0.8), 0.05, 0.02), at_s, 0.12 * gain)
    return room(studio, canvas.audio, 0.5, 0.2)


def blow(studio: Studio, *, weight: float) -> Audio:
    """A fist or a palm: a slap of skin over a dull thump."""
    canvas = studio.canvas(0.7)
    t = studio.time(0.09)
    canvas.place(studio.burst(0.09, band(500, 3000), 9) * (t / 0.09) ** 2, 0.0, 0.12, -0.2)
    canvas.place(
        studio.burst(0.2, band(500 - 300 * weight, 6000, slope=0.8), 0.012 + 0.012 * weight, 0.0004), 0.09, 1.0
    )
    canvas.place(studio.burst(0.25, band(60, 260, slope=1), 0.035, 0.002), 0.09, 0.4 + 0.9 * weight)
    return room(studio, canvas.audio, 0.35, 0.15)


def drum(studio: Studio, *, strokes: float, pace_per_min: float, pitch_hz: float) -> Audio:
    """A big drum: a skin whose modes are those of a circle (1, 1.59, 2.14, 2.3, 2.65, 2.92)."""
    rng = studio.rng
    apart_s = 60 / pace_per_min
    number = max(1, round(strokes)) if studio.wanted_s is None else max(1, int(studio.wanted_s / apart_s))
    canvas = studio.canvas(number * apart_s + 1.0)
    modes = ((1, 0.45, 1), (1.59, 0.25, 0.7), (2.14, 0.18, 0.5), (2.3, 0.16, 0.4), (2.65, 0.12, 0.3), (2.92, 0.1, 0.3))
    for each in range(number):
        skin = studio.ring([(pitch_hz * ratio, decay_s, gain) for ratio, decay_s, gain in modes], 1.4, 0.001)
        skin = skin + 0.35 * studio.burst(1.4, band(150, 2500, slope=1), 0.015, 0.0005)
        canvas.place(
            skin, 0.01 + (each + rng.normal(0, 0.01)) * apart_s + 0.01, 1.0 if each % 4 == 0 else rng.uniform(0.55, 0.8)
        )
    return room(studio, canvas.audio, 1.2, 0.2)


def arrow(studio: Studio, *, hits: float) -> Audio:
    """It rushes by, and stands trembling in wood."""
    rng = studio.rng
    canvas = studio.canvas(1.6)
    t = studio.time(0.4)
    rush = studio.burst(0.4, peaks((1900, 1600, 1), (4200, 3000, 0.6)), 9) * np.sin(np.pi * t / 0.4) ** 2
    half = len(rush) // 2
    for part, pan in ((rush * np.linspace(1, 0, len(rush)), -0.8), (rush * np.linspace(0, 1, len(rush)), 0.5)):
        canvas.place(part, 0.02, 0.6, pan)
    if hits >= 0.5:
        at_s = 0.02 + half / studio.rate_hz + 0.12
        canvas.place(studio.burst(0.15, band(200, 4000, slope=1), 0.012, 0.0003), at_s, 1.3, 0.4)
        canvas.place(studio.ring([(rng.uniform(170, 230), 0.05, 1), (510, 0.03, 0.5)], 0.3), at_s, 0.9, 0.4)
        t = studio.time(0.6)
        shaft = studio.sweep(np.full(len(t), rng.uniform(70, 90)), (1, 0.5, 0.3)) * np.exp(-t / 0.13)
        canvas.place(shaft, at_s, 0.35, 0.4)
    return room(studio, canvas.audio, 0.6, 0.1)


def chain(studio: Studio, *, duration: float, weight: float) -> Audio:
    """Links that fall against each other, in flurries."""
    rng = studio.rng
    canvas = studio.canvas(duration + 0.5)
    size = 1.7 - weight
    links = []
    for _ in range(16):
        hz = rng.uniform(1300, 3800) * size
        modes = [(hz, 0.03, 1), (1.73 * hz, 0.022, 0.8), (2.9 * hz, 0.012, 0.5)]
        links.append(studio.ring(modes, 0.2) + 0.2 * studio.burst(0.2, band(2000, 10000), 0.003))
    at_s = 0.02
    while at_s < duration:
        for late_s in np.cumsum(rng.exponential(0.022, int(rng.integers(3, 14)))):
            canvas.place(
                links[int(rng.integers(16))], at_s + float(late_s), rng.uniform(0.1, 1) ** 1.5, rng.uniform(-0.4, 0.4)
            )
        at_s += rng.uniform(0.15, 0.5)
    return room(studio, canvas.audio, 0.5, 0.15)


def coin(studio: Studio, *, coins: float) -> Audio:
    """Coins dropped on a table: each bounces sooner and sooner, then whirls."""
    rng = studio.rng
    canvas = studio.canvas(2.2)
    for _ in range(max(1, round(coins))):
        hz, pan = rng.uniform(4200, 6800), rng.uniform(-0.4, 0.4)
        clink = studio.ring([(hz, 0.09, 1), (1.59 * hz, 0.06, 0.7), (2.31 * hz, 0.03, 0.4)], 0.4, 0.0002)
        knock = studio.ring([(rng.uniform(350, 600), 0.012, 1)], 0.06)
        at_s, apart_s, gain = 0.02 + rng.exponential(0.12), rng.uniform(0.12, 0.2), rng.uniform(0.5, 1)
        while apart_s > 0.012 and at_s < 1.7:
            canvas.place(clink, at_s, gain, pan)
            canvas.place(knock, at_s, 0.4 * gain, pan)
            at_s, apart_s, gain = at_s + apart_s, apart_s * rng.uniform(0.6, 0.8), gain * 0.72
    return room(studio, canvas.audio, 0.4, 0.1)


def paper(studio: Studio, *, sheets: float) -> Audio:
    """A page is turned: a rush of air and a thousand small folds."""
    rng = studio.rng
    number = max(1, round(sheets))
    canvas = studio.canvas(0.85 * number + 0.4)
    for each in range(number):
        at_s, length_s = 0.02 + 0.85 * each, rng.uniform(0.45, 0.65)
        t = studio.time(length_s)
        sweep = np.sin(np.pi * t / length_s) ** 2 * (
            0.6 + 0.4 * np.interp(t, np.linspace(0, length_s, 9), rng.uniform(0, 1, 9))
        )
        canvas.place(studio.burst(length_s, band(1200, 9000, slope=0.5), 99) * sweep, at_s, 0.4, rng.uniform(-0.3, 0.3))
        for _ in range(70):
            fold = studio.burst(0.008, studio.some_band(1500, 12000), 0.0012, 0.0003)
            where = float(np.clip(rng.normal(0.5, 0.22), 0, 1)) * length_s
            canvas.place(fold, at_s + where, rng.uniform(0.1, 0.7), rng.uniform(-0.3, 0.3))
    return canvas.audio

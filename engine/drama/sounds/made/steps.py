"""Steps on six grounds, and a horse."""

from collections.abc import Callable

import numpy as np

from engine.audio.block import Audio
from engine.drama.sounds.made.studio import Curve, Studio, band, peaks
from engine.drama.sounds.made.water import bubble

Step = Callable[[Studio, float], Curve]
"""Heaviness 0..1 -> one step."""


def _walk(studio: Studio, step: Step, pace_per_min: float, count: float, weight: float) -> Audio:
    """Steps of two feet, a little uneven, slightly to the left and the right in turn."""
    rng = studio.rng
    apart_s = 60 / pace_per_min
    number = max(1, round(count)) if studio.wanted_s is None else max(1, int(studio.wanted_s / apart_s))
    canvas = studio.canvas(number * apart_s + 0.6)
    foot = [step(studio, weight) for _ in range(5)]
    for each in range(number):
        at_s = 0.05 + each * apart_s + rng.normal(0, 0.012) * apart_s
        canvas.place(foot[int(rng.integers(5))], max(0, at_s), rng.uniform(0.75, 1), 0.12 if each % 2 else -0.12)
    return canvas.audio


def _heel_and_toe(studio: Studio, heel: Curve, toe: Curve, apart_s: float, toe_gain: float) -> Curve:
    late = round(apart_s * studio.rate_hz)
    out = np.zeros(max(len(heel), late + len(toe)), np.float32)
    out[: len(heel)] += heel
    out[late : late + len(toe)] += np.float32(toe_gain) * toe
    return out


def _crunch(studio: Studio, seconds: float, low_hz: float, high_hz: float, grains: int, decay_s: float) -> Curve:
    """Many grains under a foot that rolls from heel to toe: two humps."""
    rng = studio.rng
    out = np.zeros(round((seconds + 0.05) * studio.rate_hz), np.float32)
    kinds = [
        studio.burst(0.03, studio.some_band(low_hz, high_hz), decay_s * rng.uniform(0.5, 1.6), 0.0005)
        for _ in range(min(grains, 36))
    ]
    for number in range(grains):
        hump = rng.normal(0.3, 0.12) if rng.random() < 0.55 else rng.normal(0.72, 0.14)
        grain = kinds[number % len(kinds)]
        at = round(float(np.clip(hump, 0, 1)) * seconds * studio.rate_hz)
        end = min(len(out), at + len(grain))
        out[at:end] += grain[: end - at] * np.float32(rng.uniform(0.2, 1) ** 2)
    return out


def steps_wood(studio: Studio, *, pace_per_min: float, count: float, weight: float) -> Audio:
    """Shoes on boards: a hollow knock of the floor under each heel."""

    def step(studio: Studio, weight: float) -> Curve:
        rng = studio.rng
        hz = rng.uniform(95, 130)
        board = studio.ring(
            [(hz, 0.045, 1.2 * (0.5 + weight)), (2.3 * hz, 0.03, 0.7), (4.1 * hz, 0.018, 0.4), (7.3 * hz, 0.01, 0.2)],
            0.25,
        )
        heel = board + np.pad(studio.burst(0.06, band(300, 3500, slope=1), 0.006) * 0.5, (0, len(board)))[: len(board)]
        toe = studio.burst(0.08, band(250, 2500, slope=1), 0.012) * 0.5 + studio.ring([(1.3 * hz, 0.02, 0.6)], 0.08)
        return _heel_and_toe(studio, heel, toe, rng.uniform(0.09, 0.12), 0.45)

    return _walk(studio, step, pace_per_min, count, weight)


def steps_stone(studio: Studio, *, pace_per_min: float, count: float, weight: float) -> Audio:
    """Hard soles on stone: a short bright click, little body, a hint of the walls."""

    def step(studio: Studio, weight: float) -> Curve:
        rng = studio.rng
        heel = studio.burst(0.12, band(700, 7500, slope=0.5), 0.007, 0.0003) * 0.9 + studio.ring(
            [(rng.uniform(1500, 2300), 0.006, 0.7), (rng.uniform(3000, 4200), 0.004, 0.4), (160, 0.018, 0.8 * weight)],
            0.12,
        )
        toe = studio.burst(0.1, band(900, 6000), 0.01, 0.002)
        dry = _heel_and_toe(studio, heel, toe, rng.uniform(0.07, 0.1), 0.22)
        wall = studio.burst(0.3, band(400, 4000, slope=1), 0.06, 0.008) * np.float32(0.05)
        return _heel_and_toe(studio, dry, wall, 0.012, 1)

    return _walk(studio, step, pace_per_min, count, weight)


def steps_gravel(studio: Studio, *, pace_per_min: float, count: float, weight: float) -> Audio:
    """Stones that grind against each other under the foot."""
    return _walk(studio, lambda s, w: _crunch(s, 0.26, 900, 7000, 70 + int(40 * w), 0.003), pace_per_min, count, weight)


def steps_grass(studio: Studio, *, pace_per_min: float, count: float, weight: float) -> Audio:
    """A soft rustle over a dull thud."""

    def step(studio: Studio, weight: float) -> Curve:
        rustle = (
            studio.burst(0.3, band(1500, 8000, slope=0.6), 0.07, 0.04) * 0.45
            + _crunch(studio, 0.25, 2500, 9000, 24, 0.004)[: round(0.3 * studio.rate_hz)] * 0.3
        )
        thud = studio.burst(0.12, band(50, 220, slope=1), 0.03, 0.008) * (0.3 + 0.5 * weight)
        return _heel_and_toe(studio, thud, np.asarray(rustle, np.float32), 0.01, 0.8)

    return _walk(studio, step, pace_per_min, count, weight)


def steps_snow(studio: Studio, *, pace_per_min: float, count: float, weight: float) -> Audio:
    """Dry snow: a dense creaking crunch, grains that all but merge."""

    def step(studio: Studio, weight: float) -> Curve:
        rng = studio.rng
        press = _crunch(studio, 0.3, 500, 3500, 160, 0.004)
        squeak = studio.burst(
            0.3, peaks((rng.uniform(900, 1500), 350, 1), (rng.uniform(2000, 2900), 600, 0.6)), 0.12, 0.06
        ) * (0.2 + 0.3 * weight)
        return _heel_and_toe(studio, press, np.asarray(squeak, np.float32), 0.03, 1)

    return _walk(studio, step, pace_per_min, count, weight)


def steps_water(studio: Studio, *, pace_per_min: float, count: float, weight: float) -> Audio:
    """Wading or puddles: a slap, then drops and bubbles."""

    def step(studio: Studio, weight: float) -> Curve:
        rng = studio.rng
        out = np.zeros(round(0.55 * studio.rate_hz), np.float32)
        slap = studio.burst(0.3, band(350, 6000, slope=1), 0.045, 0.004)
        out[: len(slap)] += slap * np.float32(0.6 + 0.4 * weight)
        for _ in range(26):
            drop = bubble(studio, rng.uniform(450, 2600), rng.uniform(0.004, 0.018), 0.1)
            at = round(min(0.4, 0.03 + rng.exponential(0.09)) * studio.rate_hz)
            end = min(len(out), at + len(drop))
            out[at:end] += drop[: end - at] * np.float32(rng.uniform(0.05, 0.35))
        return out

    return _walk(studio, step, pace_per_min, count, weight)


def horse(studio: Studio, *, pace_per_min: float, count: float, gait: float) -> Audio:
    """Hooves on hard earth, by strides; gait 0 walk (four even beats), 0.5 trot (two), 1 gallop (three and a gap)."""
    rng = studio.rng
    beats = [0.0, 0.25, 0.5, 0.75] if gait < 0.34 else [0.0, 0.03, 0.5, 0.53] if gait < 0.67 else [0.0, 0.2, 0.26, 0.44]
    apart_s = 60 / pace_per_min
    number = max(1, round(count)) if studio.wanted_s is None else max(1, int(studio.wanted_s / apart_s))
    canvas = studio.canvas(number * apart_s + 0.6)
    hooves = []
    for hz in (150, 172, 190, 215):
        clop = studio.ring([(hz * 2.1, 0.016, 1), (hz * 4.6, 0.01, 0.8), (hz * 7.9, 0.006, 0.35)], 0.12)
        hooves.append(
            clop
            + studio.burst(0.12, band(70, 250, slope=1), 0.025, 0.002) * 0.8
            + studio.burst(0.12, band(600, 4000, slope=1), 0.012, 0.001) * 0.35
        )
    for each in range(number):
        for foot, share in enumerate(beats):
            at_s = 0.05 + (each + share + rng.normal(0, 0.008)) * apart_s
            canvas.place(hooves[foot], max(0, at_s), rng.uniform(0.65, 1), 0.15 if foot % 2 else -0.15)
    return canvas.audio

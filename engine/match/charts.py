"""The pictures of a match as numbers: what the page draws and what is saved as JSON."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.audio.processor import BLOCK
from engine.match.features import F0, Features, MsEnergy
from engine.match.render import Report

MOST_POINTS = 300
"""Values of a curve: a chart is at most some 600 pixels wide, and a record is read whole."""
PLACE_S = 30.0
"""Length of the place at which sounds are compared by ear: the loudest of that length."""

SHORT_TERM_S, MOMENTARY_S = 3.0, 0.4
"""Windows of loudness (EBU Tech 3341)."""

Line = dict[str, list[Any]]


def charts(sounds: Mapping[str, Features], report: Report, rate_hz: int) -> dict[str, Any]:
    """Charts by name, `{x_unit, y_unit, lines: {NAME: {x, y}}}`; None breaks a line.

    `sounds`: the sounds by name, `source`, `result`, `reference`. What has no value at all has no chart.
    """
    made = {
        "loudness": _chart("s", "LUFS", {name: _loudness(sound) for name, sound in sounds.items()}),
        "gain_reduction": _chart("s", "dB", _reduction(report, rate_hz)),
        "spectrum": _chart("Hz", "dB", {n: line(s.spectrum.f_hz, s.spectrum.mid_db) for n, s in sounds.items()}),
        "side_spectrum": _chart(
            "Hz", "dB", {n: line(s.spectrum.f_hz, s.spectrum.side_db) for n, s in sounds.items() if s.stereo}
        ),
        "f0": _chart("s", "Hz", {name: _f0(sound.f0) for name, sound in sounds.items() if sound.f0}),
        "ms_energy": _chart("s", "dB", {n: _side(s.stereo.ms_energy) for n, s in sounds.items() if s.stereo}),
    }
    return {name: chart for name, chart in made.items() if chart["lines"]}


def _chart(x_unit: str, y_unit: str, lines: Mapping[str, Line]) -> dict[str, Any]:
    held = {name: line for name, line in lines.items() if any(value is not None for value in line["y"])}
    return {"x_unit": x_unit, "y_unit": y_unit, "lines": held}


def line(x: Iterable[float], y: Iterable[float | None], lowest: bool = False) -> Line:
    """At most MOST_POINTS points: of each stretch the first, or with `lowest` the lowest value."""
    xs, ys = list(x), list(y)
    step = max(1, math.ceil(len(ys) / MOST_POINTS))
    stretches = [ys[at : at + step] for at in range(0, len(ys), step)]
    picked = [_lowest(stretch) if lowest else stretch[0] for stretch in stretches]
    return {"x": [float(f"{v:.6g}") for v in xs[::step]], "y": [None if v is None else round(v, 2) for v in picked]}


def _lowest(values: Sequence[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _loudness(sound: Features) -> Line:
    values, middle_s = sound.lufs.short_term, SHORT_TERM_S / 2
    if all(value is None for value in values):  # under 3 s there is only the momentary loudness
        values, middle_s = sound.lufs.momentary, MOMENTARY_S / 2
    return line((at * sound.lufs.step_s + middle_s for at in range(len(values))), values)


def _reduction(report: Report, rate_hz: int) -> dict[str, Line]:
    limiter = report.limiter_gain_db
    lines = {"limiter": line((at * report.step_s for at in range(len(limiter))), limiter, lowest=True)}
    for number, band in enumerate(report.compressor_gain_db):
        lines[f"compressor_{number + 1}"] = line((at * BLOCK / rate_hz for at in range(len(band))), band, lowest=True)
    return lines


def _f0(f0: F0) -> Line:
    xs: list[float] = []
    ys: list[float | None] = []
    for start_s, values in zip(f0.starts_s, f0.values, strict=True):
        xs += [start_s + at / f0.sr_hz for at in range(len(values) + 1)]
        ys += [*values, None]
    return line(xs, ys)


def _side(energy: MsEnergy) -> Line:
    pairs = zip(energy.mid_db_curve, energy.side_db_curve, strict=True)
    curve = [max(-60.0, side - mid) if mid > -90 else None for mid, side in pairs]
    return line((at * energy.step_s for at in range(len(curve))), curve)


def loudest(sound: Features) -> dict[str, float | None]:
    """Where the loudest half minute begins, how long it is, and how loud: `from_s, length_s, loudness_lufs`."""
    length_s = min(PLACE_S, sound.duration_s)
    power = _power(sound)
    count = _windows(sound, length_s)
    sums = [sum(power[:count])]
    for at in range(count, len(power)):
        sums.append(sums[-1] + power[at] - power[at - count])
    first = max(range(len(sums)), key=lambda at: (round(sums[at], 12), -at))
    return loudness_at(sound, min(first * sound.lufs.step_s, sound.duration_s - length_s), length_s)


def loudness_at(sound: Features, from_s: float, length_s: float) -> dict[str, float | None]:
    """The place as `loudest` tells it, shortened where the sound ends before."""
    from_s = max(0.0, min(from_s, sound.duration_s - min(length_s, sound.duration_s)))
    place: dict[str, float | None] = {"from_s": round(from_s, 3), "length_s": min(length_s, sound.duration_s)}
    first = round(from_s / sound.lufs.step_s)
    powers = _power(sound)[first : first + _windows(sound, length_s)]
    mean = sum(powers) / max(1, len(powers))
    return place | {"loudness_lufs": round(10 * math.log10(mean), 2) if mean > 0 else sound.lufs.integrated}


def _power(sound: Features) -> list[float]:
    """The short-term loudness as power."""
    return [0.0 if value is None else 10 ** (value / 10) for value in sound.lufs.short_term]


def _windows(sound: Features, length_s: float) -> int:
    """How many values of the short-term loudness lie wholly within this length."""
    return max(1, round((length_s - SHORT_TERM_S) / sound.lufs.step_s))

"""Up to eight equaliser bands that come close to a wanted curve, by least squares on log frequency."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import optimize

from engine.match.processors.equaliser import HIGHEST, coefficients, response_db
from engine.match.style import MAX_EQ_BANDS, EqBand

LOW_HZ, HIGH_HZ = 25.0, 18_000.0
MIN_Q, MAX_Q = 0.3, 4.0
MAX_GAIN_DB = 12.0
_STIFF = 6.0
"""Weight of what the whole curve has over `MAX_GAIN_DB`, against 1 of what it lacks."""
_SHY = 0.015
"""Pull of every gain towards 0, against bands that lift what their neighbour cuts."""
_GRID_HZ = np.geomspace(10.0, 24_000.0, 270)
_LEAST_DB = 0.25
"""Bands that do less are left out."""
_ENOUGH_DB = 0.35
"""Error at which no further band is tried."""
_STEP = 1.5e-8
"""Of differences: the root of what float64 tells apart."""


@dataclass(frozen=True)
class Fit:
    bands: tuple[EqBand, ...]
    offset_db: float
    """Level that the wanted curve has beside the bands; the loudness target sees to it."""
    residual_db: float
    """Weighted root mean square of what the bands leave."""


def fit_eq(
    f_hz: Sequence[float] | NDArray[np.float64],
    wanted_db: NDArray[np.float64],
    weight: NDArray[np.float64],
    rate_hz: int,
    most: int = MAX_EQ_BANDS,
    *,
    offset_db: float | None = None,
) -> Fit:
    """Bands for `wanted_db` at `f_hz`, evenly spaced in log frequency, up to a constant (`offset_db` where it is
    not free); `weight` 0 to 1 says where it matters. Not only each band, their whole curve stays within `MAX_GAIN_DB`.
    Bands are added where most is missing, and all are moved together
    after each."""
    f = np.asarray(f_hz, np.float64)
    root = np.sqrt(np.maximum(weight, 0))
    if root.sum() <= 0:
        return Fit((), offset_db or 0.0, 0.0)
    high_hz = min(HIGH_HZ, 0.45 * rate_hz)
    model = _Model(f, rate_hz)
    offset = float(np.sum(root**2 * wanted_db) / np.sum(root**2)) if offset_db is None else offset_db
    free = offset_db is None
    kinds: list[str] = []
    start: list[float] = []
    done = np.array([offset])
    while True:
        rest = wanted_db - model.response(kinds, done)
        if _rms(rest, root) < _ENOUGH_DB or len(kinds) == most:
            break
        f0, gain, kind = _most_missing(f, rest, root, high_hz, kinds)
        if abs(gain) < _LEAST_DB:
            break
        kinds = [*kinds, kind]
        start = [*done, np.log(f0), np.log(0.7 if kind != "peaking" else 1.0), gain]
        done = _moved(model, kinds, np.array(start), wanted_db, root, high_hz, free)
    bands = within_gain(_bands(kinds, done), rate_hz)
    left = wanted_db - done[0] - response_db(bands, rate_hz, f)
    shift = float(np.sum(root**2 * left) / np.sum(root**2)) if free else 0.0
    return Fit(bands, float(done[0] + shift), _rms(left - shift, root))


def curve_peak_db(bands: tuple[EqBand, ...], rate_hz: int) -> float:
    """How far the whole curve goes from 0 dB, up or down, at any frequency."""
    return float(np.abs(response_db(bands, rate_hz, _GRID_HZ[rate_hz / 2 > _GRID_HZ])).max())


def times(bands: tuple[EqBand, ...], share: float) -> tuple[EqBand, ...]:
    """`bands` with `share` of their gains."""
    if share >= 1:
        return bands
    return tuple(band.model_copy(update={"gain_db": round(share * band.gain_db, 3)}) for band in bands)


def largest(allowed: Callable[[float], bool]) -> float:
    """The largest share, 0 to 1, that is allowed; of nothing at all everything is."""
    low, high = 0.0, 1.0
    if allowed(1.0):
        return 1.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if allowed(middle) else (low, middle)
    return low


def within_gain(bands: tuple[EqBand, ...], rate_hz: int) -> tuple[EqBand, ...]:
    """`bands`, all smaller by one factor where their whole curve would pass `MAX_GAIN_DB`."""
    return times(bands, largest(lambda share: curve_peak_db(times(bands, share), rate_hz) <= MAX_GAIN_DB))


def _rms(rest: NDArray[np.float64], root: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.sum((root * rest) ** 2) / np.sum(root**2)))


def _most_missing(
    f: NDArray[np.float64], rest: NDArray[np.float64], root: NDArray[np.float64], high_hz: float, kinds: list[str]
) -> tuple[float, float, str]:
    """Where a band about an octave wide would take away most: (Hz, dB, type)."""
    per_octave = 1 / np.log2(f[1] / f[0])
    width = max(1, round(per_octave))
    kernel = np.hanning(width + 2)[1:-1]
    weight = np.convolve(root**2, kernel, "same")
    smooth = np.convolve(root**2 * rest, kernel, "same") / np.maximum(weight, 1e-6)
    gain = np.abs(smooth) * np.minimum(1, weight / kernel.sum()) * ((f > LOW_HZ) & (f < high_hz))
    place = int(np.argmax(gain))
    kind = "peaking"
    audible = f[root > 0.3]
    if len(audible) and f[place] < audible[0] * 2.5 and "low_shelf" not in kinds:
        kind = "low_shelf"
    elif len(audible) and f[place] > audible[-1] / 2.5 and "high_shelf" not in kinds:
        kind = "high_shelf"
    f0 = f[place] * (1.6 if kind == "low_shelf" else 0.65 if kind == "high_shelf" else 1)
    return float(np.clip(f0, LOW_HZ, high_hz)), float(np.clip(smooth[place], -MAX_GAIN_DB, MAX_GAIN_DB)), kind


def _moved(
    model: "_Model",
    kinds: list[str],
    start: NDArray[np.float64],
    wanted_db: NDArray[np.float64],
    root: NDArray[np.float64],
    high_hz: float,
    free: bool,
) -> NDArray[np.float64]:
    count = len(kinds)
    reach = 200.0 if free else 1e-3
    low = np.array([start[0] - reach, *[np.log(LOW_HZ), np.log(MIN_Q), -MAX_GAIN_DB] * count])
    high = np.array([start[0] + reach, *[np.log(high_hz), np.log(MAX_Q), MAX_GAIN_DB] * count])
    for number, kind in enumerate(kinds):
        if kind != "peaking":  # steeper shelves than 1 overshoot
            high[2 + 3 * number] = np.log(1.2)
    inside = np.clip(start, low + 1e-6, high - 1e-6)
    scale = len(model.f) ** -0.5

    def over(curve: NDArray[np.float64]) -> NDArray[np.float64]:
        return curve - np.clip(curve, -MAX_GAIN_DB, MAX_GAIN_DB)

    def errors(x: NDArray[np.float64]) -> NDArray[np.float64]:
        curve = model.response(kinds, x)
        stiff = scale * _STIFF * over(curve - x[0])
        return np.concatenate([scale * root * (curve - wanted_db), stiff, _SHY * x[3::3]])

    def slopes(x: NDArray[np.float64]) -> NDArray[np.float64]:
        shy = np.zeros((count, len(x)))
        shy[np.arange(count), 3 * np.arange(1, count + 1)] = _SHY
        steep = model.slopes(kinds, x)
        stiff = scale * _STIFF * over(model.response(kinds, x) - x[0]).astype(bool)[:, None] * steep
        stiff[:, 0] = 0.0  # the offset is no part of the bands
        return np.concatenate([scale * root[:, None] * steep, stiff, shy])

    return np.asarray(
        optimize.least_squares(
            errors, inside, slopes, bounds=(low, high), x_scale=np.array([1.0, *[0.3, 0.3, 3.0] * count]), max_nfev=40
        ).x
    )


class _Model:
    """The digital sections' gains, for [offset, (log f, log Q, gain) ...], quickly."""

    def __init__(self, f: NDArray[np.float64], rate_hz: int) -> None:
        self.f, self._rate_hz = f, rate_hz
        seen = np.minimum(f, HIGHEST * rate_hz)
        self._phi = 4 * np.sin(np.pi * seen / rate_hz) ** 2  # as in the cookbook: exact near 0 Hz too

    def response(self, kinds: list[str], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """In dB: [frequencies]."""
        total = np.full(len(self.f), x[0])
        for number, kind in enumerate(kinds):
            total += self._band(kind, x[1 + 3 * number :])
        return total

    def slopes(self, kinds: list[str], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of `response` by each of `x`: [frequencies, len(x)], as differences. A value moves no band but its own."""
        out = np.ones((len(self.f), len(x)))
        for number, kind in enumerate(kinds):
            here = x[1 + 3 * number : 4 + 3 * number]
            level = self._band(kind, here)
            for place in range(3):
                step = _STEP * max(1.0, abs(here[place]))
                moved = here.copy()
                moved[place] += step
                out[:, 1 + 3 * number + place] = (self._band(kind, moved) - level) / step
        return out

    def _band(self, kind: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Gain in dB of one band of (log f, log Q, gain)."""
        w = 2 * math.pi * math.exp(x[0]) / self._rate_hz
        alpha = math.sin(w) / (2 * math.exp(x[1]))
        b, c = coefficients(kind, 10 ** (x[2] / 40), math.cos(w), alpha)
        return np.asarray(_gain_db(self._phi, b, c))


@njit(cache=True)
def _gain_db(phi, b, c):  # type: ignore[no-untyped-def]
    out = np.empty(len(phi))
    b0, b1, b2 = b
    c0, c1, c2 = c
    top, top_1, top_2 = (b0 + b1 + b2) ** 2, b0 * b1 + 4 * b0 * b2 + b1 * b2, b0 * b2
    low, low_1, low_2 = (c0 + c1 + c2) ** 2, c0 * c1 + 4 * c0 * c2 + c1 * c2, c0 * c2
    for n in range(len(phi)):
        up = top - top_1 * phi[n] + top_2 * phi[n] * phi[n]
        down = low - low_1 * phi[n] + low_2 * phi[n] * phi[n]
        out[n] = 10 * math.log10(max(up, 1e-30) / max(down, 1e-30))
    return out


def _bands(kinds: list[str], x: NDArray[np.float64]) -> tuple[EqBand, ...]:
    found = [
        EqBand.model_validate(
            {
                "type": kind,
                "f_hz": round(float(np.exp(x[1 + 3 * n])), 1),
                "q": round(float(np.clip(np.exp(x[2 + 3 * n]), MIN_Q, MAX_Q)), 3),
                "gain_db": round(float(np.clip(x[3 + 3 * n], -MAX_GAIN_DB, MAX_GAIN_DB)), 2),
            }
        )
        for n, kind in enumerate(kinds)
    ]
    return tuple(sorted((b for b in found if abs(b.gain_db) >= _LEAST_DB), key=lambda band: band.f_hz))

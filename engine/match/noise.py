"""The noise under the music, and how far an equaliser may go before it comes up.

An equaliser lifts what is in a band whatever it is: where the target holds little but hiss, a brighter reference asks
for more hiss. What counts is how much louder the noise gets than the music does, by ear (K-weighted, A-weighted) and by
power; a noise that stays `INAUDIBLE_DB` below the music may do as it likes.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.audio.loudness_curve import k_weighting
from engine.match.eq_fit import MAX_GAIN_DB, Fit, curve_peak_db, fit_eq, largest, times
from engine.match.features import FLOOR_DB, Features, third_octaves_hz
from engine.match.processors.equaliser import response_db
from engine.match.spectrum import LevelStatistics, decibels
from engine.match.style import EqBand, StereoSettings

INAUDIBLE_DB = 70.0
_STEADY_DB = 3.0
"""What moves by less from frame to frame in its quietest moments is noise, not music that ends."""
_STEADY_BAND_DB = 4.0
_LOWEST_BAND_HZ = 2000.0
"""Under it a band holds too few bins for its noise to look steady."""
_PAUSE_DB = 14.0
"""Moments that are not softer than the whole by this are no pauses."""
_SMOOTH_BANDS, _STEP_DB = slice(11, 28), 8.0
"""Third octaves, 250 Hz to 10 kHz, between neighbours of which noise has no larger step."""
_LOW_SHARE, _HIGH_SHARE = 0.002, 0.02
_TOLERANCE_DB = 0.25
_LOWER_DB = (0.0, 0.5, 1.0, 2.0, 4.0)
_ROUNDING_DB = 0.01


Power = NDArray[np.float64]


class Quietest:
    """Band levels of the softest frames of a stream, whatever their number."""

    def __init__(self, bands: int) -> None:
        self._levels = LevelStatistics(1)
        self._counts = np.zeros(LevelStatistics.BINS, np.int64)
        self._power = np.zeros((LevelStatistics.BINS, bands))

    def add(self, power: NDArray[np.floating], whole: NDArray[np.floating]) -> None:
        """The next frames: `power` [frames, bands], and that of all frequencies together [frames]."""
        self._levels.add(whole[:, None])
        places = LevelStatistics.places(whole)
        for place in np.unique(places):  # few: neighbouring frames are alike
            self._power[place] += power[places == place].sum(axis=0, dtype=np.float64)
        self._counts += np.bincount(places, minlength=len(self._counts))

    def pause_db(self) -> NDArray[np.float64] | None:
        """Mean level in each band of the softest `_HIGH_SHARE` of the frames that are no digital silence.

        None where those are no steady noise (a note that is held has steps in its spectrum) or hardly softer than all.
        """
        low, high = (float(self._levels.percentile_db(share)[0]) for share in (_LOW_SHARE, _HIGH_SHARE))
        if high - low > _STEADY_DB or high > float(self._levels.mean_db()[0]) - _PAUSE_DB:
            return None
        upto = LevelStatistics.places(np.array([10 ** (high / 10)]))[0] + 1
        count = self._counts[1:upto].sum()
        if not count:
            return None
        level = decibels(self._power[1:upto].sum(axis=0) / count)
        steps = np.abs(np.diff(level[_SMOOTH_BANDS]))
        return level if steps.max() <= _STEP_DB else None


def noise_db(quietest: Quietest, levels: LevelStatistics, place: slice) -> NDArray[np.float64]:
    """Level of the noise in each 1/3-octave band: that of the pauses, or of a band that never moves.

    `levels` are those of all bands, of which `place` are the third octaves and the last is the whole: where that is
    steady, too, noise is the music. `FLOOR_DB` where no noise was heard.
    """
    pause = quietest.pause_db()
    low, high = (levels.percentile_db(share)[place] for share in (0.1, 0.95))
    moves = levels.percentile_db(0.95)[-1] - levels.percentile_db(0.1)[-1] > 2 * _STEADY_BAND_DB
    present = (np.array(third_octaves_hz()) >= _LOWEST_BAND_HZ) & (low > FLOOR_DB)
    steady = present & (high - low < _STEADY_BAND_DB) & moves
    found = np.where(steady, low, FLOOR_DB)
    return found if pause is None else np.maximum(found, pause)


class Bounds:
    """How far an equaliser that nobody drew by hand may go on a target."""

    def __init__(self, target: Features) -> None:
        self._rate_hz = target.rate_hz
        self._f_hz = np.array(target.spectrum.f_hz)
        audible = self._f_hz < 0.45 * target.rate_hz
        self._weights = np.array([_k_weights(self._f_hz, target.rate_hz), _a_weights(self._f_hz), audible]) * audible
        self._mid, self._side = (10 ** (np.array(v) / 10) for v in (target.spectrum.mid_db, target.spectrum.side_db))
        if target.stereo is None:
            self._side = np.zeros_like(self._mid)
        noise = np.array(target.noise_db or [FLOOR_DB] * len(self._f_hz))
        self._noise = np.where(noise > FLOOR_DB, 10 ** (noise / 10), 0.0)
        self._side_noise = np.minimum(self._noise, self._side)  # hiss of two tracks is as loud beside the middle
        self._headroom_db = math.inf
        if self._noise.any():
            k = self._weights[0]
            apart_db = 10 * math.log10(
                float(k @ (self._mid + self._side)) / float(k @ (self._noise + self._side_noise))
            )
            self._headroom_db = max(0.0, apart_db - INAUDIBLE_DB)

    def excess_db(self, curve_db: NDArray[np.float64], side_db: NDArray[np.float64] | float = 0.0) -> float:
        """How much more the noise comes up than the music, less what nobody hears of it; 0 or less is allowed.

        `curve_db` at the 1/3-octave bands lifts all, `side_db` the side signal on top of it.
        """
        if not self._noise.any():
            return -math.inf
        lift, beside = 10 ** (curve_db / 10), 10 ** ((curve_db + side_db) / 10)
        music = (
            self._weights[0] @ (self._mid * lift + self._side * beside) / (self._weights[0] @ (self._mid + self._side))
        )
        noise = self._weights @ (self._noise * lift + self._side_noise * beside)
        rise = noise / np.maximum(self._weights @ (self._noise + self._side_noise), 1e-30)
        return float(10 * np.log10(rise.max() / music)) - self._headroom_db

    def left_db(self, bands: tuple[EqBand, ...]) -> float:
        """What of the headroom for noise these bands leave to a compressor, which is hard to foretell: 0 or more."""
        return max(0.0, -self.excess_db(self._curve(bands)) / 4 - _TOLERANCE_DB)

    def _curve(self, bands: tuple[EqBand, ...]) -> NDArray[np.float64]:
        return np.asarray(response_db(bands, self._rate_hz, self._f_hz))

    def within(self, bands: tuple[EqBand, ...], side: tuple[EqBand, ...] = (), width: float = 1.0) -> bool:
        """Whether each whole curve stays within `MAX_GAIN_DB`, and the noise where it is."""
        most = max(curve_peak_db(of, self._rate_hz) for of in (bands, side))
        side_db = self._curve(side) + 20 * math.log10(width)
        return most <= MAX_GAIN_DB + _ROUNDING_DB and self.excess_db(self._curve(bands), side_db) <= _TOLERANCE_DB

    def fitted(self, f_hz: NDArray[np.float64], wanted_db: NDArray[np.float64], weight: NDArray[np.float64]) -> Fit:
        """Bands for `wanted_db` at `f_hz` as `fit_eq` finds them, as far as the bounds allow."""
        for lower_db in _LOWER_DB:  # what bands make of a cap is not quite the cap
            fit = fit_eq(f_hz, self._capped_db(f_hz, wanted_db, lower_db), weight, self._rate_hz)
            if self.excess_db(self._curve(fit.bands)) <= _TOLERANCE_DB:
                break
        share = largest(lambda share: self.within(times(fit.bands, share)))
        return replace(fit, bands=times(fit.bands, share))

    def held(
        self, bands: tuple[EqBand, ...], side: tuple[EqBand, ...], stereo: StereoSettings | None
    ) -> tuple[StereoSettings | None, tuple[EqBand, ...]]:
        """Width and side equaliser behind `bands`, smaller by one factor where they would not stay within."""
        widest = 1.0 if stereo is None else max(1.0, *stereo.widths())
        share = largest(lambda share: self.within(bands, times(side, share), 1 + share * (widest - 1)))
        if share < 1 and stereo is not None:
            narrower = tuple(b.model_copy(update={"width": 1 + share * (b.width - 1)}) for b in stereo.bands)
            stereo = StereoSettings(width=1 + share * (stereo.width - 1), bands=narrower)
        return stereo, times(side, share)

    def holds_back(self, f_hz: Power, wanted_db: Power) -> bool:
        """Whether that curve would bring up the noise."""
        return self.excess_db(np.interp(np.log(self._f_hz), np.log(f_hz), wanted_db)) > 0

    def _capped_db(
        self, f_hz: NDArray[np.float64], wanted_db: NDArray[np.float64], lower_db: float
    ) -> NDArray[np.float64]:
        """`wanted_db` at `f_hz` without the lifts that would bring the noise up, by `lower_db` more than that.

        The nearer the noise of a band comes to its music, the lower is its cap.
        """
        if not lower_db and not self.holds_back(f_hz, wanted_db):
            return wanted_db
        curve = np.interp(np.log(self._f_hz), np.log(f_hz), wanted_db)
        apart_db = 10 * np.log10((self._mid + 1e-12) / (self._noise + 1e-12))
        slack = (apart_db - apart_db[self._weights[2] > 0].min()).clip(0, 60) / 2
        low, high = float(wanted_db.min()), float(wanted_db.max())
        for _ in range(20):
            cap = (low + high) / 2
            low, high = (cap, high) if self.excess_db(np.minimum(curve, cap + slack)) <= 0 else (low, cap)
        return np.asarray(np.minimum(wanted_db, low - lower_db + np.interp(np.log(f_hz), np.log(self._f_hz), slack)))


def _k_weights(f_hz: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Power that BS.1770's weighting lets through."""
    z = np.exp(-2j * math.pi * np.minimum(f_hz, 0.49 * rate_hz) / rate_hz)
    gain = np.ones(len(f_hz))
    for b0, b1, b2, _, a1, a2 in k_weighting(rate_hz):
        gain *= np.abs((b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)) ** 2
    return gain


def _a_weights(f_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power that the A weighting lets through (IEC 61672-1, annex E)."""
    f2 = f_hz**2
    gain = 12_194.0**2 * f2**2 / ((f2 + 20.6**2) * np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * (f2 + 12_194.0**2))
    return np.asarray((gain * 10 ** (2.0 / 20)) ** 2)

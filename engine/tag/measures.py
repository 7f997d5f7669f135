"""What can be measured of a sound without a model: brightness, density, energy, dynamic range, noise floor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal.windows import hann

from engine.tag.listener import Mono

_FRAME, _HOP, _RATE_HZ = 1024, 512, 22_050
_BATCH = 512
_SILENT_DB = -70.0
_FRAMES_HZ = np.fft.rfftfreq(_FRAME, 1 / _RATE_HZ)
_BAND_EDGES_HZ = np.geomspace(60, 10_000, 25)
_FLUX_MEMORY_S = 0.5
_RISE = 2.0
_BETWEEN_ONSETS_S = 0.06
_FULL = {"level_db": (-32.0, -8.0), "density": (0.0, 7.0), "brightness_hz": (400.0, 4000.0)}
_SHARE = {"level_db": 0.5, "density": 0.3, "brightness_hz": 0.2}


@dataclass(frozen=True)
class Measures:
    """None where a sound is silent throughout.

    `brightness_hz`: the spectral centroid of power, averaged over what is not silent. `density`: onsets per second.
    `energy`: 0 (calm) to 1, half of it the level, three tenths the density, two tenths the brightness, each between
    fixed ends. `range_db`: how far the loud tenth of the sound lies above its quiet tenth (RMS over 46 ms, silence left
    out). `noise_floor_dbfs`: the RMS below which a twentieth of it lies, None where that is digital silence.
    `silent_share`: how much of it is below -70 dBFS.
    """

    brightness_hz: float | None
    density: float | None
    energy: float | None
    range_db: float | None
    noise_floor_dbfs: float | None
    silent_share: float


class MeasuringListener:
    """Implements `Listener[Measures]`: three figures of each 23 ms are kept."""

    rate_hz = _RATE_HZ

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._window = hann(_FRAME, sym=False).astype(np.float32)
        self._bands = np.searchsorted(_FRAMES_HZ, _BAND_EDGES_HZ)
        self._last: NDArray[np.float32] | None = None
        self._levels: list[NDArray[np.float32]] = []
        self._centroids: list[NDArray[np.float32]] = []
        self._flux: list[NDArray[np.float32]] = []

    def add(self, samples: Mono) -> None:
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= _FRAME:
            count = min(_BATCH, (len(self._rest) - _FRAME) // _HOP + 1)
            frames = np.lib.stride_tricks.sliding_window_view(self._rest, _FRAME)[: count * _HOP : _HOP]
            self._measure(frames)
            self._rest = self._rest[count * _HOP :]

    def result(self) -> Measures:
        if not self._levels:
            self._measure(np.pad(self._rest, (0, _FRAME - len(self._rest)))[None])
        levels_db = np.concatenate(self._levels)
        sounding = levels_db > _SILENT_DB
        silent_share = round(float(1 - sounding.mean()), 3)
        if not sounding.any():
            return Measures(None, None, None, None, None, silent_share)
        heard_db = levels_db[sounding]
        centroid = float(np.concatenate(self._centroids)[sounding].mean())
        density = _onsets(np.concatenate(self._flux)) / (len(levels_db) * _HOP / _RATE_HZ)
        level_db = float(10 * np.log10(np.mean(10 ** (heard_db / 10))))
        given = {"level_db": level_db, "density": density, "brightness_hz": centroid}
        energy = sum(_SHARE[name] * float(np.interp(value, _FULL[name], (0, 1))) for name, value in given.items())
        floor_db = float(np.quantile(levels_db, 0.05))
        return Measures(
            brightness_hz=round(centroid, 1),
            density=round(density, 2),
            energy=round(energy, 3),
            range_db=round(float(np.quantile(heard_db, 0.9) - np.quantile(heard_db, 0.1)), 1),
            noise_floor_dbfs=round(floor_db, 1) if floor_db > _FLOOR_DB else None,
            silent_share=silent_share,
        )

    def _measure(self, frames: NDArray[np.float32]) -> None:
        level = np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1))
        power = np.square(np.abs(rfft(frames * self._window, axis=1)))
        total = power.sum(axis=1)
        self._levels.append((20 * np.log10(np.maximum(level, _LEAST))).astype(np.float32))
        self._centroids.append(((power @ _FRAMES_HZ) / np.maximum(total, 1e-20)).astype(np.float32))
        bands = np.log1p(1e4 * np.add.reduceat(power, self._bands, axis=1)[:, :-1]).astype(np.float32)
        before = bands[:1] if self._last is None else self._last
        self._flux.append(np.maximum(np.diff(np.concatenate([before, bands]), axis=0), 0).mean(axis=1))
        self._last = bands[-1:]


_LEAST = 1e-6
_FLOOR_DB = -119.0


def _onsets(flux: NDArray[np.float32]) -> int:
    """Peaks of the spectral flux that rise above their surroundings."""
    reach = max(1, round(_FLUX_MEMORY_S * _RATE_HZ / _HOP))
    around = np.convolve(flux, np.full(2 * reach + 1, 1 / (2 * reach + 1)))[reach : reach + len(flux)]
    apart = max(1, round(_BETWEEN_ONSETS_S * _RATE_HZ / _HOP))
    padded = np.pad(flux, apart, constant_values=-1)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * apart + 1).max(axis=1)
    return int(np.count_nonzero((flux >= highest) & (flux > _RISE * around) & (flux > 0.1)))

"""What sounds when: harmony and spectrum of every fifth of a second, out of which sections are found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tag.filterbank import log_filters
from engine.tag.harmony.spectrum import RATE_HZ, SIZE, Magnitudes

_LOW_HZ, _HIGH_HZ, _BANDS_PER_OCTAVE = 40.0, 16_000.0, 3
_FLOOR = 1e-6


@dataclass(frozen=True)
class Texture:
    """Of a sound of `duration_s`, CHROMA_PER_S frames a second: `chroma` float32 [frames, 24] as in a Chromagram,
    `bands_db` float32 [frames, bands], the level of each third of an octave from 40 Hz up."""

    chroma: NDArray[np.float32]
    bands_db: NDArray[np.float32]
    duration_s: float


class BandReader:
    """Levels of bands, two spectra together. It keeps 14 kB a minute of sound."""

    def __init__(self) -> None:
        self._filters = log_filters(RATE_HZ, SIZE, _LOW_HZ, _HIGH_HZ, _BANDS_PER_OCTAVE)
        self._kept = [np.zeros((0, self._filters.shape[1]), np.float16)]

    def add(self, magnitudes: Magnitudes) -> None:
        power = np.square(magnitudes) @ self._filters
        pairs = np.pad(power, ((0, len(power) % 2), (0, 0)), mode="edge").reshape(-1, 2, power.shape[1])
        self._kept.append((10 * np.log10(pairs.mean(axis=1) + _FLOOR)).astype(np.float16))

    def result(self) -> NDArray[np.float32]:
        return np.concatenate(self._kept).astype(np.float32)

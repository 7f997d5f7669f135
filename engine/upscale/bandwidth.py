"""Where a sound's treble ends."""

import numpy as np
from scipy.fft import rfft

from engine.audio.block import Audio

SIZE = 4096
BAND_HZ = 200.0
CLIFF_DB = 15.0
"""A fall by so much between the kilohertz before and the one after is no music, but a low-pass."""
LOWEST_HZ = 1000.0


class BandwidthMeter:
    """Power of a stream by bands of BAND_HZ; `cutoff_hz` at the end."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._power = np.zeros(SIZE // 2 + 1)
        self._rest = np.zeros(0, np.float32)
        self._window = np.blackman(SIZE).astype(np.float32)

    def add(self, block: Audio) -> None:
        """The next block, float32 [channels, any]; the first two channels stand for all."""
        mixed = block[:2].sum(axis=0) + (0.1 * block[0])  # what stands against itself must not vanish
        sound = np.concatenate([self._rest, mixed.astype(np.float32)])
        count = len(sound) // SIZE
        frames = sound[: count * SIZE].reshape(count, SIZE)
        self._power += np.square(np.abs(rfft(frames * self._window, axis=1))).sum(axis=0)
        self._rest = sound[count * SIZE :]

    def cutoff_hz(self) -> float:
        """Half the rate where nothing is cut off or nothing sounds."""
        half = self._rate_hz / 2
        power = self._power.copy()
        if not power.any() and len(self._rest):
            power += np.square(np.abs(rfft(self._rest * np.hanning(len(self._rest)), SIZE)))
        if not power.any():
            return half
        bands = np.add.reduceat(power, np.arange(0, len(power), max(1, round(BAND_HZ * SIZE / self._rate_hz))))
        width = half / len(bands)
        level = 10 * np.log10(bands / bands.max() + 1e-13)
        reach = max(1, round(1000 / width))
        best, place = CLIFF_DB, len(bands)
        for at in range(max(2, round(LOWEST_HZ / width)), len(bands)):
            before = level[max(0, at - reach) : at].mean()
            after = level[at : at + reach].mean()
            if before - after > best and level[at:].max() < before and before > -100:
                best, place = before - after, at
        plateau = level[max(0, place - 2 * reach) : place - reach].mean() if place < len(bands) and place > reach else 0
        while place < len(bands) and place * width > LOWEST_HZ and best > CLIFF_DB and level[place - 1] < plateau - 12:
            place -= 1  # down the filter's own slope
        return min(half, max(LOWEST_HZ, place * width))

"""How far up a sound really reaches: the frequency above which a lossy codec, a filter or a low rate left nothing."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from engine.audio.block import Audio

WINDOW = 4096
LOWEST_HZ = 1000.0
"""A sound that ends below is not taken for one that lost its treble: a bass alone, a hum, nearly nothing."""
STEP_DB = 18.0
"""So much quieter must everything above an edge be than what stands right below it."""
EDGE_DB = 6.0
"""The edge itself is where the level has fallen by so much."""
FLOOR_DB = -100.0
"""Below the loudest part of the spectrum by so much there is nothing: rounding, dither, the leakage of a window."""
_BAND, _GAP = 0.06, 0.15
"""Widths of what is compared, as shares of the frequency: 18 dB on so little is what filters do, and no music."""

Spectrum = NDArray[np.float64]
"""Mean power, float64 [WINDOW // 2 + 1], from 0 Hz to half the rate."""


class BandwidthMeter:
    """The long-term spectrum of a stream: feed blocks to `add`, then ask for `cutoff_hz`."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._window = np.kaiser(WINDOW, 20).astype(np.float32)  # side lobes under -150 dB: loud basses do not leak up
        self._power: Spectrum = np.zeros(WINDOW // 2 + 1)
        self._frames = 0
        self._held: Audio | None = None

    def add(self, block: Audio) -> None:
        """The next block, float32 [channels, any]; all channels count alike."""
        held = block if self._held is None else np.concatenate([self._held, block], axis=1)
        whole = held.shape[1] // WINDOW
        if whole:
            self._count(held[:, : whole * WINDOW].reshape(held.shape[0], whole, WINDOW))
        self._held = held[:, whole * WINDOW :].copy()

    @property
    def spectrum(self) -> Spectrum:
        """Mean power by frequency; a sound shorter than one window counts with zeros after it."""
        if not self._frames and self._held is not None and self._held.shape[1]:
            self._count(np.pad(self._held, ((0, 0), (0, WINDOW - self._held.shape[1])))[:, None])
        return self._power / max(1, self._frames)

    def cutoff_hz(self) -> float:
        """See `cutoff`."""
        return cutoff(self.spectrum, self.rate_hz)

    def _count(self, frames: NDArray[np.float32]) -> None:
        spectra = fft.rfft(frames * self._window, axis=-1)
        power = np.square(spectra.real) + np.square(spectra.imag)
        self._power += power.sum(axis=(0, 1), dtype=np.float64) / frames.shape[0]
        self._frames += frames.shape[1]


def cutoff(power: Spectrum, rate_hz: int) -> float:
    """The frequency in Hz above which `power` holds nothing, half the rate where it holds something everywhere.

    An edge is a place above which everything is `STEP_DB` quieter than the band right below: what a low-pass leaves
    behind, and what a spectrum that falls gently to its end has not got. AudioLBM's detector looks for the bend of
    the smoothed spectrum in the same spirit (arXiv 2509.17609), without giving its thresholds.
    """
    bins = len(power)
    nyquist_hz = rate_hz / 2
    hz_per_bin = nyquist_hz / (bins - 1)
    if power.max() <= 0:
        return nyquist_hz
    smooth = ndimage.uniform_filter1d(power, max(3, round(200 / hz_per_bin)), mode="nearest")
    level = 10 * np.log10(smooth / smooth.max() + 10 ** (FLOOR_DB / 10))
    place = np.arange(4, bins)
    band = np.maximum(round(150 / hz_per_bin) or 1, (_BAND * place).astype(int))
    gap = np.maximum(round(150 / hz_per_bin) or 1, (_GAP * place).astype(int))
    sums = np.concatenate([[0.0], np.cumsum(level)])
    start = np.maximum(0, place - band)
    below = (sums[place] - sums[start]) / (place - start)
    loudest_above = np.maximum.accumulate(level[::-1])[::-1]
    above = loudest_above[np.minimum(place + gap, bins - 1)]
    edges = (below - above >= STEP_DB) & (below > FLOOR_DB + STEP_DB)
    if not edges.any():
        return nyquist_hz
    last = int(np.flatnonzero(edges)[-1])  # of several edges the highest: above it is nothing
    first = int(np.flatnonzero(~edges[:last])[-1]) + 1 if not edges[:last].all() else 0
    fallen = np.flatnonzero(level[place[first] :] < below[first] - EDGE_DB)
    edge_hz = (place[first] + (fallen[0] if len(fallen) else bins)) * hz_per_bin
    return float(edge_hz) if LOWEST_HZ <= edge_hz < 0.985 * nyquist_hz else nyquist_hz

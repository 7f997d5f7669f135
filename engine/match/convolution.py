"""Convolution of a stream with a long response: uniformly partitioned overlap-save, by FFT.

After F. Wefers, "Partitioned convolution algorithms for real-time auralization" (2015), chapter 5: the response is cut
into parts of the block's length; the spectra of past blocks wait in a line, and each meets its part.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import fft

from engine.audio.block import Audio
from engine.match.processors.processor import BLOCK, State

Spectra = NDArray[np.complex64]


class Convolver:
    """Blocks of `BLOCK` samples, each row convolved with its response; without latency."""

    def __init__(self, response: NDArray[np.floating]) -> None:
        """`response` [rows, taps]; or, for several filters on the same rows, [filters, rows, taps] with up to `BLOCK`
        taps. A short one takes one part, whose FFT is no longer than it must be."""
        *filters, rows, taps = response.shape
        if filters and taps > BLOCK:
            raise ValueError("several filters must be short")
        self._single = taps <= BLOCK // 2
        self._size = fft.next_fast_len(BLOCK + taps - 1, real=True) if self._single else 2 * BLOCK
        parts = 1 if self._single else -(-taps // BLOCK)
        length = taps if self._single else BLOCK
        padded = np.zeros((parts, *filters, rows, length), np.float64)
        for part in range(parts):
            piece = response[..., part * length : (part + 1) * length]
            padded[part, ..., : piece.shape[-1]] = piece
        # in double precision: the response's own rounding would otherwise add to that of every block
        self._spectra: Spectra = fft.rfft(padded, self._size).astype(np.complex64)
        self._rows, self._before = rows, self._size - BLOCK

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        """float32 [rows, BLOCK] -> the same, or [filters, rows, BLOCK], and what is to be remembered."""
        parts = len(self._spectra)
        if state is None:
            line = np.zeros((parts if parts > 1 else 0, self._rows, self._size // 2 + 1), np.complex64)
            state = {"before": np.zeros((self._rows, self._before), np.float32), "line": line, "at": 0}
        window = np.concatenate([state["before"], audio], axis=1)
        spectrum = fft.rfft(window, axis=1)
        if parts == 1:
            product, line, at = spectrum * self._spectra[0], state["line"], 0
        else:
            line, at = state["line"], int(state["at"])
            line[at] = spectrum
            product = np.zeros_like(spectrum)
            _meet(line, self._spectra, at, product)
        out = fft.irfft(product, self._size)[..., self._before :]
        return np.ascontiguousarray(out, np.float32), {
            "before": window[:, BLOCK:],
            "line": line,
            "at": (at + 1) % parts,
        }


@njit(cache=True, fastmath=True)
def _meet(line, spectra, at, product):  # type: ignore[no-untyped-def]
    """Sum over parts of the block that came `part` blocks ago times that part of the response."""
    parts = spectra.shape[0]
    for part in range(parts):
        past = (at - part) % parts
        for row in range(product.shape[0]):
            for k in range(product.shape[1]):
                product[row, k] += line[past, row, k] * spectra[part, row, k]

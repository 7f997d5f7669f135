"""Convolution of a stream with a long response: uniformly partitioned overlap-save, by FFT.

After F. Wefers, "Partitioned convolution algorithms for real-time auralization" (2015), chapter 5: the response is cut
into parts of one length; the spectra of the past wait in a line, and each meets its part. A block is cut into pieces of
that length too, so that as many transforms are made at once as fit a vector of the processor.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import fft

from engine.audio.block import Audio
from engine.audio.effects import State
from engine.audio.processor import BLOCK

Spectra = NDArray[np.complex64]
_AT_ONCE = 4
"""Transforms that pocketfft makes in the time of one and a half."""
_LONE, _PRODUCT = 2.5, 0.06
"""What a transform costs that is not one of these, and a product of spectra, per sample; one of these costs 1."""


class _Plan(NamedTuple):
    pieces: int
    parts: int
    size: int


def _plan(filters: int | None, rows: int, taps: int) -> _Plan:
    """The cheapest cut; filters on the same rows, any number of them, take one part."""
    several = filters or 1

    def cost(plan: _Plan) -> float:
        forth, back = (1.0 if plan.pieces * many >= _AT_ONCE else _LONE for many in (rows, several * rows))
        return plan.pieces * plan.size * (forth + several * (back + _PRODUCT * plan.parts))

    plans = []
    for pieces in (1, 2, 4):
        length = BLOCK // pieces
        plans.append(_Plan(pieces, 1, fft.next_fast_len(length + taps - 1, real=True)))
        if filters is None and taps > length:
            plans.append(_Plan(pieces, -(-taps // length), 2 * length))
    return min(plans, key=cost)


class Convolver:
    """Blocks of `BLOCK` samples, each row convolved with its response; without latency."""

    def __init__(self, response: NDArray[np.floating]) -> None:
        """`response` [rows, taps]; or, for several filters on the same rows, [filters, rows, taps] with up to `BLOCK`
        taps."""
        *filters, rows, taps = response.shape
        if filters and taps > BLOCK:
            raise ValueError("several filters must be short")
        self._pieces, parts, self._size = _plan(filters[0] if filters else None, rows, taps)
        length = taps if parts == 1 else BLOCK // self._pieces
        padded = np.zeros((parts, *filters, rows, length), np.float64)
        for part in range(parts):
            piece = response[..., part * length : (part + 1) * length]
            padded[part, ..., : piece.shape[-1]] = piece
        # in double precision: the response's own rounding would otherwise add to that of every block
        self._spectra: Spectra = fft.rfft(padded, self._size).astype(np.complex64)
        self._rows, self._before = rows, self._size - BLOCK // self._pieces

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        """float32 [rows, BLOCK] -> the same, or [filters, rows, BLOCK], and what is to be remembered."""
        parts = len(self._spectra)
        if state is None:
            past = parts + self._pieces - 1 if parts > 1 else 0
            line = np.zeros((past, self._rows, self._size // 2 + 1), np.complex64)
            state = {"before": np.zeros((self._rows, self._before), np.float32), "line": line, "at": 0}
        window = np.concatenate([state["before"], audio], axis=1)
        length, line, at = BLOCK // self._pieces, state["line"], int(state["at"])
        windows = np.lib.stride_tricks.sliding_window_view(window, self._size, axis=1)[:, ::length]
        spectrum = fft.rfft(windows, axis=2)  # [rows, pieces, bins]
        if parts == 1:
            product = spectrum * self._spectra[0][..., None, :]
        else:
            product = np.zeros_like(spectrum)
            for piece in range(self._pieces):
                line[at] = spectrum[:, piece]
                _meet(line, self._spectra, at, product[:, piece])
                at = (at + 1) % len(line)
        out = fft.irfft(product, self._size, overwrite_x=True)[..., self._before :]
        return np.ascontiguousarray(out, np.float32).reshape(*out.shape[:-2], BLOCK), {
            "before": window[:, BLOCK:],
            "line": line,
            "at": at,
        }


@njit(cache=True, nogil=True, fastmath=True)
def _meet(line, spectra, at, product):  # type: ignore[no-untyped-def]
    """Sum over parts of the piece that came `part` pieces ago times that part of the response."""
    for part in range(spectra.shape[0]):
        past = (at - part) % line.shape[0]
        for row in range(product.shape[0]):
            for k in range(product.shape[1]):
                product[row, k] += line[past, row, k] * spectra[part, row, k]

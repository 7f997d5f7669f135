"""Linear-phase filters over streams, and the splice: what was heard stays, what is missing comes from an estimate."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import firwin, kaiser_beta

from engine.audio.block import Audio
from engine.audio.effects import Chain, Effect, State

REJECTION_DB = 110.0
"""How far below the sound lies what a filter must keep out."""
OCTAVES = 1 / 6
"""Width of the splice: it ends at the cut-off, so that a low-pass's own slope is not taken for the sound's treble."""


def high_pass(cutoff_hz: float, rate_hz: int) -> NDArray[np.float64]:
    """Taps, an odd number, of a high-pass that lets nothing through below the splice and all above `cutoff_hz`."""
    low, high = splice_hz(cutoff_hz)
    return _taps((low + high) / 2, high - low, rate_hz, is_high=True)


def low_pass(cutoff_hz: float, rate_hz: int) -> NDArray[np.float64]:
    """Taps, an odd number, of a low-pass that keeps all below `cutoff_hz` and nothing a sixth of an octave above."""
    high = min(cutoff_hz * 2**OCTAVES, 0.499 * rate_hz)
    return _taps((cutoff_hz + high) / 2, high - cutoff_hz, rate_hz, is_high=False)


def splice_hz(cutoff_hz: float) -> tuple[float, float]:
    """Where the estimate begins, and where it is all that sounds."""
    return cutoff_hz * 2**-OCTAVES, cutoff_hz


def _taps(middle_hz: float, width_hz: float, rate_hz: int, *, is_high: bool) -> NDArray[np.float64]:
    """A Kaiser window's length for a transition of `width_hz` (Kaiser 1974)."""
    count = math.ceil((REJECTION_DB - 7.95) / (2.285 * 2 * math.pi * width_hz / rate_hz)) | 1
    window = ("kaiser", kaiser_beta(REJECTION_DB))
    return np.asarray(firwin(count, middle_hz, window=window, pass_zero=not is_high, fs=rate_hz), np.float64)


class Filter(Effect):
    """Convolution with `taps`, an odd number and symmetrical."""

    def __init__(self, taps: NDArray[np.float64]) -> None:
        self._count = len(taps)
        self._size = next_fast_len(max(4 * len(taps), 32768), real=True)
        self._response = rfft(taps, self._size)
        self.traits = len(taps), hash(taps.tobytes())
        self.block = self._size - self._count + 1
        """Samples that one transform makes."""

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        """float32 [channels, any]."""
        before = np.zeros((len(audio), self._count - 1)) if state is None else state["before"]
        sound = np.concatenate([before, audio], axis=1)
        parts = [
            irfft(rfft(part, self._size) * self._response, self._size)[:, self._count - 1 : part.shape[1]]
            for start in range(0, audio.shape[1], self.block)
            for part in [sound[:, start : start + self._size]]
        ]
        made = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        return made.astype(np.float32), {"before": sound[:, audio.shape[1] :]}

    def chain(self, channels: int) -> Chain:
        """This filter alone, in step: without delay."""
        return Chain([self], channels, block=self.block)


def filtered(audio: Audio, taps: NDArray[np.float64]) -> Audio:
    """A sound in memory through `taps`."""
    return np.concatenate(list(Filter(taps).chain(len(audio)).stream([audio])), axis=1)

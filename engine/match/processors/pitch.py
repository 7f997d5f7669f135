"""Transposition at the same tempo: a phase vocoder makes the sound longer, resampling makes it short and higher.

J. Laroche, M. Dolson, "New phase-vocoder techniques for pitch-shifting, harmonizing and other exotic effects"
(WASPAA 1999): each peak of the spectrum keeps its phase going, and the bins around it turn along with it. All channels
turn together, so that the stereo image stays what it was. Plug-ins that stream (JUCE's) were tried and gave silence.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np
import soxr
from numba import njit
from numpy.typing import NDArray
from scipy import fft, signal

from engine.audio.block import Audio, regroup

_WINDOW_S = 0.085
_ONSET = 8.0
"""A peak that has grown by this much in power since the frame before, near bins and all, is an attack."""
_BATCH = 16
"""Frames that are transformed together."""


def transposed(blocks: Iterable[Audio], rate_hz: int, channels: int, semitones: float) -> Iterator[Audio]:
    """A stream float32 [channels, any] transposed: as many samples, in time."""
    if not semitones:
        yield from blocks
        return
    factor = 2 ** (semitones / 12)
    vocoder = _Vocoder(rate_hz, channels, factor)
    resampler = soxr.ResampleStream(rate_hz * factor, rate_hz, channels, "float32", "HQ")
    taken = given = 0

    def shorter(stretched: Audio, *, last: bool = False) -> Audio:
        made = resampler.resample_chunk(np.ascontiguousarray(stretched.T), last=last)
        return np.ascontiguousarray(made.T)

    for block in regroup(blocks, vocoder.step):
        taken += block.shape[1]
        made = shorter(vocoder.add(block))
        given += made.shape[1]
        yield made
    if taken:
        # enough silence for all that is still inside, resampler and all
        rest = [vocoder.add(np.zeros((channels, vocoder.step), np.float32)) for _ in range(vocoder.steps_inside)]
        made = shorter(np.concatenate(rest, axis=1), last=True)[:, : taken - given]
        yield np.pad(made, ((0, 0), (0, taken - given - made.shape[1])))


class _Vocoder:
    """Makes a stream `factor` times as long, pitch unchanged; what was at its beginning stays there."""

    def __init__(self, rate_hz: int, channels: int, factor: float) -> None:
        self._length = 4 * max(16, 2 ** round(math.log2(_WINDOW_S * rate_hz / 4)))
        self._hop = self._length // 4
        self._factor = factor
        self._window = signal.windows.hann(self._length, sym=False).astype(np.float32)
        self._channels = channels
        self._held = np.zeros((channels, self._length), np.float32)  # silence in front, so that all windows overlap
        self._before = 0  # samples of the stream, silence included, that are no longer held
        self._frame = 0
        self._sums = np.zeros((channels, self._length), np.float32)
        self._skip = round(factor * self._length / 2) + self._length // 2
        self._past: NDArray[np.complex64] = np.zeros((channels, self._length // 2 + 1), np.complex64)
        self._turn = np.zeros(self._length // 2 + 1)
        self.step = 16 * self._hop
        self.steps_inside = 2 + -(-4 * self._length // self.step)

    def _place(self, frame: int) -> int:
        place: int = round(frame * self._hop / self._factor)
        return place

    def add(self, block: Audio) -> Audio:
        """The next samples, float32 [channels, any]; what is ready."""
        self._held = np.concatenate([self._held, block], axis=1)
        out = []
        while self._place(self._frame + _BATCH - 1) + self._length <= self._before + self._held.shape[1]:
            out.append(self._batch())
        made = np.concatenate(out, axis=1) if out else self._sums[:, :0]
        dropped = min(self._skip, made.shape[1])
        self._skip -= dropped
        return made[:, dropped:]

    def _batch(self) -> Audio:
        places = [self._place(self._frame + n) for n in range(-1, _BATCH)]
        frames = np.stack([self._held[:, p - self._before :][:, : self._length] for p in places[1:]])
        spectra = fft.rfft(frames * self._window, axis=2)
        advance = np.diff(places)
        if self._frame == 0:
            self._past[:] = spectra[0]
        _turn_all(spectra, self._past, self._turn, advance, self._hop, self._length)
        made = fft.irfft(spectra, self._length, axis=2) * (self._window / np.float32(1.5))
        out = np.zeros((self._channels, _BATCH * self._hop + self._length - self._hop), np.float32)
        out[:, : self._length - self._hop] = self._sums[:, self._hop :]
        for n in range(_BATCH):
            out[:, n * self._hop : n * self._hop + self._length] += made[n]
        ready = _BATCH * self._hop
        self._sums[:, self._hop :] = out[:, ready:]
        self._frame += _BATCH
        gone = self._place(self._frame) - self._before
        self._held, self._before = self._held[:, gone:].copy(), self._before + gone
        return out[:, :ready]


@njit(cache=True)
def _turn_all(spectra, past, turn, advance, hop, length):  # type: ignore[no-untyped-def]
    """Turns the phases of `spectra` complex64 [frames, channels, bins] in place; `past` and `turn` carry on.

    `advance` [frames] is how far each frame begins after the one before it in the sound, `hop` how far in the result.
    """
    frames, channels, bins = spectra.shape
    power = np.empty(bins)
    after = np.empty(bins)
    peaks = np.empty(bins, np.int64)
    for frame in range(frames):
        now = spectra[frame]
        for k in range(bins):
            power[k] = 0.0
            for channel in range(channels):
                power[k] += now[channel, k].real ** 2 + now[channel, k].imag ** 2
        count = 0
        for k in range(bins):
            here = power[k]
            low = max(power[k - 1] if k > 0 else 0.0, power[k - 2] if k > 1 else 0.0)
            high = max(power[k + 1] if k + 1 < bins else 0.0, power[k + 2] if k + 2 < bins else 0.0)
            if here > low and here >= high and here > 0:
                peaks[count] = k
                count += 1
        if count == 0:
            after[:] = turn
        start = 0
        for number in range(count):
            peak = peaks[number]
            end = bins
            if number + 1 < count:  # regions meet at the lowest bin between two peaks
                end = peak + 1
                for k in range(peak + 1, peaks[number + 1]):
                    if power[k] < power[end]:
                        end = k
            cross = 0j
            for channel in range(channels):
                cross += now[channel, peak] * past[channel, peak].conjugate()
            turned = math.atan2(cross.imag, cross.real)
            expected = 2 * math.pi * peak * advance[frame] / length
            off = turned - expected
            off -= 2 * math.pi * round(off / (2 * math.pi))
            speed = 2 * math.pi * peak / length + off / advance[frame] if advance[frame] > 0 else 0.0
            angle = turn[peak] + speed * hop - turned
            angle -= 2 * math.pi * round(angle / (2 * math.pi))
            loudest = 0.0
            for k in range(max(0, peak - 2), min(bins, peak + 3)):
                before = 0.0
                for channel in range(channels):
                    before += past[channel, k].real ** 2 + past[channel, k].imag ** 2
                loudest = max(loudest, before)
            if power[peak] > _ONSET * loudest:
                angle = 0.0  # an attack is heard as it was: nothing before it has a phase to keep
            for k in range(start, end):
                after[k] = angle
            start = end
        last = -10.0
        factor = np.complex64(1)
        for k in range(bins):
            if after[k] != last:
                last = after[k]
                factor = np.complex64(complex(math.cos(last), math.sin(last)))
            turn[k] = last
            for channel in range(channels):
                past[channel, k] = now[channel, k]
                now[channel, k] *= factor

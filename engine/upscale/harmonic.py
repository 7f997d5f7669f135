"""Treble without a model: the top octave is carried upwards, along the slope that the spectrum has below the cut-off.

Band replication as in spectral band replication (Dietz, Liljeryd, Kjörling, Kunz 2002), with an envelope that is
extrapolated instead of transmitted.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft
from scipy.ndimage import uniform_filter1d

from engine.models.engine import ModelEngine

if TYPE_CHECKING:
    from engine.context import Audio

RATE_HZ = 48_000
SIZE = 1024
"""Samples of a frame: short enough that a drum's attack stays an attack."""
HOP = SIZE // 4
BINS = SIZE // 2 + 1
PERIOD = 64
"""Frames after which the table of phases starts again."""
GRID = HOP * PERIOD
"""Windows that start at multiples of this many samples agree to the last bit where they overlap."""
FRAMES_AT_ONCE = 512

STEEPEST, FLATTEST = -120.0, -3.0
"""Limits of the extrapolated slope, dB an octave."""
FALL_BANDS, FALL_FROM, FALL_GAIN = 3, -20.0, 1.6
"""Half an octave that falls more steeply than this, dB an octave, is the top of the recording itself: beyond it sound
falls faster and faster, by so many times what the fall has over that."""
FALL_HZ = (8000.0, 15_000.0)
"""Below the first a steep fall is only the music's colour, above the second it counts in full."""
CALM_FRAMES = 5
"""Over which the level below the cut-off is averaged, 27 ms, so that treble does not flutter; not where it attacks."""
USUAL_SLOPE = -10.0
"""What music has above a few kHz, dB an octave; the found slope is drawn towards it, as it is seen through noise."""
BEND_HZ, BEND_DB = (11_000.0, 16_500.0), -7.0
"""Between these recordings fall by so much more than along their slope."""
END_HZ = 20_500.0
CREST = 3.0
"""Most by which a bin may stand out from its neighbours: single tones that were carried up whistle."""
NOISY_FROM_HZ, NOISY_AT_HZ = 5_000.0, 12_000.0
"""Below the first frequency the copied phases stay, above the second they are chance, as in breath and cymbals."""
LEVEL_DB = -1.0
MOST_ADDED = 0.15
"""Most that the treble's peak may be of the sound's where that is at its loudest."""


class Harmonic(ModelEngine[dict[int, NDArray[np.complex64]]]):
    """The built-in engine; needs no weights. Gives nothing above `END_HZ`."""

    device_key = "harmonic"
    rate_hz = RATE_HZ
    grid = GRID

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {"device": "cpu"}
        self._weights = {}  # nothing has to be read

    def restore(
        self, sound: "Audio", *, cutoff_hz: float, peak: float, seed: int, start: int | None = None,
        tick: Callable[[float], None],
    ) -> "Audio":  # fmt: skip
        """See `Upscaler.restore`. Its noise comes round after every GRID samples, so that `start` does not matter."""
        if seed not in (phases := self._loaded):
            turns = np.random.default_rng(seed).uniform(-np.pi, np.pi, (PERIOD, BINS))
            phases.clear()
            phases[seed] = np.exp(1j * turns).astype(np.complex64)
        patch = Patch(cutoff_hz, phases[seed])
        channels, samples = sound.shape
        frames = -(-(samples + SIZE) // HOP)
        front = SIZE - HOP
        padded = np.zeros((channels, (frames - 1) * HOP + SIZE), np.float32)
        padded[:, front : front + samples] = sound[:, : padded.shape[1] - front]
        made = np.zeros((channels, padded.shape[1]), np.float32)
        window = np.hanning(SIZE + 1)[:-1].astype(np.float32)
        context = SLOPE_FRAMES
        for first in range(0, frames, FRAMES_AT_ONCE):
            begin, end = max(0, first - context), min(frames, first + FRAMES_AT_ONCE + context)
            piece = padded[:, begin * HOP : (end - 1) * HOP + SIZE]
            cut = np.lib.stride_tricks.sliding_window_view(piece, SIZE, axis=1)[:, ::HOP]
            spectra = rfft(cut * window, axis=2)
            last = min(frames, first + FRAMES_AT_ONCE)
            treble = patch.treble(spectra, begin)[:, first - begin : last - begin]
            pieces = irfft(treble, SIZE, axis=2).astype(np.float32)
            pieces *= _headroom(cut[:, first - begin : last - begin], pieces, peak)[..., None] * (window / 1.5)
            for number in range(pieces.shape[1]):
                at = (first + number) * HOP
                made[:, at : at + SIZE] += pieces[:, number]
            tick(last / frames)
        return sound + made[:, front : front + samples]


def _headroom(sound: NDArray[np.float32], treble: NDArray[np.float32], peak: float) -> NDArray[np.float32]:
    """Gain for each frame [channels, frames] that keeps treble from lifting a sound over its own `peak`."""
    loudest, added = np.abs(sound).max(axis=2), np.abs(treble).max(axis=2)
    allowed = np.maximum(MOST_ADDED * loudest, 0.9 * peak - loudest)
    return np.asarray(np.minimum(1, allowed / np.maximum(added, 1e-12)), np.float32)


SLOPE_FRAMES = 24
"""Frames on either side over which a slope is averaged: 0.13 s."""


class Patch:
    """What belongs above one cut-off. `phases`: complex64 [PERIOD, BINS] of magnitude 1."""

    def __init__(self, cutoff_hz: float, phases: NDArray[np.complex64]) -> None:
        self._phases = phases
        width_hz = RATE_HZ / SIZE
        top = int(cutoff_hz * 2 ** (-1 / 12) / width_hz)  # a low-pass's own slope is left out
        self.first, self.last = top + 1, int(END_HZ / width_hz)
        self._bottom = max(2, top // 2)
        self._targets = np.arange(self.first, self.last + 1)
        span = top - self._bottom
        copies = (self._targets - self.first) // max(1, span) + 1
        self._shifts = copies * span
        self._places = self._targets - self._shifts
        hz = self._targets * width_hz
        octaves = np.log2(np.maximum(hz, 1) / (top * width_hz))
        self._octaves = octaves.astype(np.float32)
        anchor_hz = top * 2 ** (-1 / 3) * width_hz
        bend = [np.interp(np.log2(at), np.log2(BEND_HZ), [0, BEND_DB]) for at in (np.maximum(hz, 1), anchor_hz)]
        close = np.clip((END_HZ - hz) / 1000, 1e-4, 1)
        self._extra_db = (LEVEL_DB + bend[0] - bend[1] + 20 * np.log10(close)).astype(np.float32)
        self._noise = np.clip((hz - NOISY_FROM_HZ) / (NOISY_AT_HZ - NOISY_FROM_HZ), 0, 1).astype(np.float32)
        # bands of a sixth of an octave, two octaves down from the top, for the slope
        edges = np.unique(np.round(top * 2.0 ** np.arange(-2, 1 / 12, 1 / 6)).astype(int))
        self._edges = edges[edges >= 2]
        middles = np.log2((self._edges[:-1] + self._edges[1:]) / 2 / top)
        self._x = middles.astype(np.float32)
        self._fall = FALL_GAIN * float(np.interp(np.log2(cutoff_hz), np.log2(FALL_HZ), [0, 1]))
        self._smooth = max(3, round(top / 24) | 1)

    def treble(self, spectra: NDArray[np.complex64], first_frame: int) -> NDArray[np.complex64]:
        """complex64 [channels, frames, BINS]: zero up to the cut-off, and above it what is missing."""
        out = np.zeros_like(spectra)
        if self.last < self.first or len(self._edges) < 4:
            return out
        power = np.square(np.abs(spectra)) + 1e-20
        widths = np.diff(self._edges)
        bands = np.add.reduceat(power[..., : self._edges[-1]], self._edges[:-1], axis=2) / widths
        near = 10 * np.log10(bands[..., -4:].mean(axis=2))  # 2/3 octave below the cut-off, of this moment
        steady = 10 * np.log10(_mean_over_time(bands, 2 * SLOPE_FRAMES + 1))
        attack = self._attack(near)
        calm = 10 * np.log10(_mean_over_time(bands[..., -4:].mean(axis=2), CALM_FRAMES))
        near = calm + attack * (near - calm)
        slope = 0.45 * USUAL_SLOPE + 0.55 * self._slope(steady, len(self._x))
        slope += self._fall * np.minimum(0, self._slope(steady, FALL_BANDS) - FALL_FROM)
        slope = np.clip(slope, STEEPEST, FLATTEST)
        envelope_db = (near + slope / 3)[..., None] + slope[..., None] * self._octaves + self._extra_db
        local = uniform_filter1d(power, self._smooth, axis=2, mode="nearest")
        flat = spectra / np.sqrt(np.maximum(local, 1e-20))
        size = np.abs(flat)
        flat *= np.minimum(1, CREST / np.maximum(size, 1e-9))
        carried = flat[..., self._places]
        frames = first_frame + np.arange(spectra.shape[1])
        turns = (frames[:, None] * HOP * self._shifts[None] % SIZE) * (2 * np.pi / SIZE)
        carried = carried * np.exp(1j * turns).astype(np.complex64)
        chance = self._phases[frames % PERIOD][:, self._targets]
        share = self._noise * (1 - attack)[..., None]
        mixed = carried * (np.sqrt(1 - share) + np.sqrt(share) * chance)
        out[..., self._targets] = mixed * 10 ** (envelope_db / 20)
        return out

    def _slope(self, level: NDArray[np.float32], bands: int) -> NDArray[np.float32]:
        """Least squares over the uppermost bands, dB an octave."""
        x = self._x[-bands:] - self._x[-bands:].mean()
        return np.asarray((level[..., -bands:] * x).sum(axis=2) / np.square(x).sum(), np.float32)

    @staticmethod
    def _attack(near: NDArray[np.float32]) -> NDArray[np.float32]:
        """1 where the level has just risen by 12 dB or more, 0 where it has not risen: [channels, frames]."""
        before = np.concatenate([near[:, :1], near[:, :1], near[:, :-2]], axis=1)
        rise = np.clip((near - before) / 12, 0, 1)
        later = np.concatenate([rise[:, :1], rise[:, :-1]], axis=1)
        return np.asarray(np.maximum(rise, later), np.float32)


def _mean_over_time(power: NDArray[Any], frames: int) -> NDArray[Any]:
    """Of [channels, frames, ...], never zero: rounding leaves a running sum less than nothing after a loud part."""
    mean: NDArray[Any] = np.maximum(uniform_filter1d(power, frames, axis=1, mode="nearest"), 1e-20)
    return mean

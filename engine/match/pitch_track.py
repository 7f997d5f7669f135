"""The fundamental over time and the tempo, of excerpts: pYIN takes about as long as the sound lasts."""

from collections.abc import Iterator

import numpy as np
import soxr
from numpy.typing import NDArray

from engine.audio.block import Audio
from engine.match.features import F0, Tempo

RATE_HZ = 16_000
EXCERPT_S = 3.0
MOST = 4
"""Excerpts at most."""
SPACING_S = 10.0
"""Between the beginnings of excerpts in a short sound; doubled whenever there would be more than `MOST`."""
LOWEST_HZ, HIGHEST_HZ = 65.0, 1000.0
SR_HZ = 50.0


class Excerpts:
    """Keeps a few stretches of a stream's mid signal, evenly spread, whatever its length."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz, self._at = rate_hz, 0
        self._spacing, self._length = round(SPACING_S * rate_hz), round(EXCERPT_S * rate_hz)
        self._kept: dict[int, list[NDArray[np.float32]]] = {}

    def add(self, mono: NDArray[np.float32]) -> None:
        """The next samples."""
        end = self._at + len(mono)
        first = max(0, (self._at - self._length) // self._spacing)
        for number in range(first, end // self._spacing + 1):
            start = number * self._spacing
            low, high = max(start, self._at), min(start + self._length, end)
            if low < high:
                self._kept.setdefault(start, []).append(mono[low - self._at : high - self._at].copy())
        self._at = end
        while len(self._kept) > MOST:
            self._spacing *= 2
            self._kept = {start: parts for start, parts in self._kept.items() if start % self._spacing == 0}

    def all(self) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """(start in s, samples at `RATE_HZ`)."""
        for start, parts in sorted(self._kept.items()):
            yield start / self.rate_hz, soxr.resample(np.concatenate(parts), self.rate_hz, RATE_HZ)


def track_f0(excerpts: Excerpts) -> F0:
    """pYIN between 65 Hz and 1 kHz, 50 values a second."""
    starts, values = [], []
    for start_s, sound in excerpts.all():
        if len(sound) < RATE_HZ // 4:
            continue
        starts.append(round(start_s, 3))
        values.append(pyin(sound))
    heard = [v for curve in values for v in curve if v is not None]
    count = sum(len(curve) for curve in values)
    return F0(
        sr_hz=SR_HZ,
        starts_s=tuple(starts),
        values=tuple(values),
        median_hz=round(float(np.median(heard)), 2) if heard else None,
        voiced_share=round(len(heard) / max(1, count), 3),
    )


def transposition(ours: F0 | None, theirs: F0 | None) -> float | None:
    """Semitones from one's pitches up to the other's: the median distance of their quantiles; None where one has none.

    The distance of the medians would be a whole tone off whenever one frame more falls on the next note.
    """
    voiced = [[f for curve in f0.values for f in curve if f] for f0 in (ours, theirs) if f0 is not None]
    if len(voiced) < 2 or not all(voiced):
        return None
    low, high = (np.quantile(12 * np.log2(pitches), np.linspace(0.05, 0.95, 91)) for pitches in voiced)
    return float(np.median(high - low))


def pyin(sound: NDArray[np.float32], rate_hz: int = RATE_HZ) -> tuple[float | None, ...]:
    """The fundamental in Hz, `SR_HZ` values a second; None where unvoiced."""
    import librosa  # takes a second

    f0_hz, voiced, _ = librosa.pyin(
        np.asarray(sound, np.float32),
        fmin=LOWEST_HZ,
        fmax=HIGHEST_HZ,
        sr=rate_hz,
        frame_length=1024,
        hop_length=round(rate_hz / SR_HZ),
        resolution=0.1,
    )
    return tuple(round(float(f), 2) if v and np.isfinite(f) else None for f, v in zip(f0_hz, voiced, strict=True))


def tempo_of(onset_strength: NDArray[np.float64], step_s: float) -> Tempo:
    """`onset_strength` every `step_s`, of at most a few minutes."""
    if len(onset_strength) * step_s < 4 or not onset_strength.any():
        return Tempo(bpm=None)
    import librosa

    bpm = librosa.feature.tempo(onset_envelope=onset_strength, sr=round(1000 / step_s), hop_length=1000)
    return Tempo(bpm=round(float(np.atleast_1d(bpm)[0]), 2))


def mid_of(audio: Audio) -> NDArray[np.float32]:
    return np.asarray(audio[0] if len(audio) == 1 else (audio[0] + audio[1]) * np.float32(0.5), np.float32)

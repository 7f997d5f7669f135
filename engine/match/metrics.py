"""How near a sound is to another, and what a chain must not add to it: figures for records and pictures.

Formulas: loudness BS.1770-4; bark spectrum, crest factor and width as in S. Vanka et al., "Diff-MST: Differentiable
mixing style transfer", ISMIR 2024 (there as parts of a loss), told here in dB.
"""

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from engine.audio.block import Audio
from engine.match.features import Features, Statistics
from engine.match.pitch_track import transposition
from engine.match.spectrum import bark

BARKS = 24
_GATE_DB = 90.0
_CLICK_DB = 20.0


class Distance(BaseModel):
    """Of a sound to the reference; 0 is alike. None where one of both has no such measure."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)
    stft_dist: float = Field(title="STFT distance", description="RMS over 1/3 octaves of level statistics, in dB.")
    mel_dist: float = Field(title="Mel distance", description="The same over mel bands, in dB.")
    bark_dist: float = Field(title="Bark distance", description="RMS over 24 bands of mid and side levels, in dB.")
    lufs_err: float | None = Field(title="Loudness error", description="In LU.")
    crest_err_db: float | None = Field(title="Crest error", description="In dB.")
    width_err: float | None = Field(title="Width error", description="Of side over mid energy, as |log10|.")
    f0_err_cents: float | None = Field(
        title="Pitch error", description="Median distance of the quantiles of both fundamentals, in cents."
    )
    tp_db: float | None = Field(title="True peak", description="Of the sound itself, in dBTP.")


def distance(sound: Features, reference: Features) -> Distance:
    """Of `sound` to `reference`, level and all."""
    ours, theirs = sound.lufs.integrated, reference.lufs.integrated
    crest, their_crest = sound.dynamics.crest_db, reference.dynamics.crest_db
    semitones = transposition(sound.f0, reference.f0)
    return Distance(
        stft_dist=_statistics(sound.stft.mag_db_stats, reference.stft.mag_db_stats),
        mel_dist=_mel(sound, reference),
        bark_dist=round(bark_distance(sound, reference), 3),
        lufs_err=None if ours is None or theirs is None else round(abs(ours - theirs), 3),
        crest_err_db=None if crest is None or their_crest is None else round(abs(crest - their_crest), 3),
        width_err=_width(sound, reference),
        f0_err_cents=None if semitones is None else round(100 * abs(semitones), 2),
        tp_db=sound.tp_db,
    )


def _levels(statistics: Statistics) -> NDArray[np.float64]:
    return np.array([statistics.mean_db, statistics.p50_db, statistics.p95_db])


def _rms(difference: NDArray[np.float64]) -> float:
    return round(float(np.sqrt(np.mean(difference**2))) if difference.size else 0.0, 3)


def _statistics(ours: Statistics, theirs: Statistics) -> float:
    return _rms(_clipped(_levels(ours), _levels(theirs)))


def _clipped(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The difference, of which what lies 90 dB under the louder top is no part: that is rounding and codecs."""
    floor = max(ours.max(), theirs.max()) - _GATE_DB
    return np.asarray(np.maximum(ours, floor) - np.maximum(theirs, floor))


def _mel(sound: Features, reference: Features) -> float:
    ours, theirs = _levels(sound.mel.stats), _levels(reference.mel.stats)
    if sound.rate_hz != reference.rate_hz:
        # bands end at half the rate: compared at the places of the lower one
        low, high = sorted([(sound, ours), (reference, theirs)], key=lambda pair: pair[0].rate_hz)
        moved = np.array([np.interp(low[0].mel.f_hz, high[0].mel.f_hz, row) for row in high[1]])
        ours, theirs = low[1], moved
    return _rms(_clipped(ours, theirs))


def bark_levels(sound: Features) -> NDArray[np.float64]:
    """Mean levels in dB of mid and side in 24 triangles on the bark scale: [2, 24]."""
    z = bark(np.array(sound.fine.f_hz))
    ends = bark(np.array([20.0, 20_000.0]))
    edges = np.linspace(ends[0], ends[1], BARKS + 2)
    weights = np.maximum(0, 1 - np.abs(z[:, None] - edges[1:-1]) / (edges[1] - edges[0]))
    # places are 1/12 octave apart and hold the power of 1/6 octave
    power = 10 ** (np.array([sound.fine.mid_db, sound.fine.side_db]) / 10) / 2
    return np.asarray(10 * np.log10(power @ weights + 1e-12))


def bark_distance(sound: Features, reference: Features) -> float:
    ours, theirs = bark_levels(sound), bark_levels(reference)
    rows = 2 if sound.stereo is not None and reference.stereo is not None else 1
    return float(np.sqrt(np.mean(_clipped(ours[:rows], theirs[:rows]) ** 2)))


def _width(sound: Features, reference: Features) -> float | None:
    if sound.stereo is None or reference.stereo is None:
        return None
    ours, theirs = sound.stereo.width, reference.stereo.width
    return round(abs(math.log10((ours + 1e-4) / (theirs + 1e-4))), 4)


class Artefacts:
    """Counts what a chain must not add to a stream: jumps far out of what surrounds them, and runs at full scale."""

    def __init__(self, channels: int) -> None:
        self._last = np.zeros((channels, 4), np.float32)
        self.samples = self.count = 0

    def add(self, audio: Audio) -> None:
        """The next block [channels, samples]."""
        joined = np.concatenate([self._last, audio], axis=1)
        self.samples += audio.shape[1]
        bend = np.abs(np.diff(joined, 3))
        if bend.shape[1] > 64:
            pieces = bend[:, : bend.shape[1] // 64 * 64].reshape(len(bend), -1, 64)
            loud, usual = pieces.max(axis=2), np.sort(pieces, axis=2)[:, :, -8]
            # a click is over at once: a drum goes on
            around = np.pad(usual, ((0, 0), (1, 1)), mode="edge")
            usual = np.maximum(np.maximum(around[:, :-2], around[:, 2:]), usual)
            clicks = (loud > usual * 10 ** (_CLICK_DB / 20)) & (loud > 0.05)
            self.count += int(np.count_nonzero(clicks))
        full = np.abs(joined) >= 0.9999
        runs = full[:, 1:-1] & full[:, :-2] & full[:, 2:]
        self.count += int(np.count_nonzero(runs[:, 1:] & ~runs[:, :-1]))
        self._last = joined[:, joined.shape[1] - 4 :].copy()

    def rate(self, rate_hz: int) -> float:
        """Per second."""
        return self.count * rate_hz / max(1, self.samples)

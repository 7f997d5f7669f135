"""How loud a result is written: the strategies of audiocraft's `audio_write`, with a true-peak ceiling for loudness."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.audio.block import Audio
from engine.audio.loudness import CEILING_DBTP, measure, normalise_gain_db
from engine.generate.models import COMPOSER
from engine.generate.params import GenerateParams

QUIET_RMS = 2e-3
"""Below this nothing is amplified: it would only be noise."""


COMPOSER_DB = {"loudness": 14.0, "peak": 1.0, "rms": 18.0}
"""The composer's headroom by strategy: the defaults of audiocraft's `audio_write`."""
LANGUAGE_MODEL_DB = 18.0


@dataclass(frozen=True)
class TargetLevel:
    """A strategy, and how far under full scale its level lies, dB."""

    strategy: str = "loudness"
    headroom_db: float = COMPOSER_DB["loudness"]


def level_of(params: GenerateParams) -> TargetLevel:
    """The level asked for; a headroom that was left open is the one that suits the model."""
    auto_db = COMPOSER_DB.get(params.loudness, 0.0) if params.model == COMPOSER else LANGUAGE_MODEL_DB
    return TargetLevel(params.loudness, auto_db if params.headroom_db is None else params.headroom_db)


def levelled(sound: Audio, rate_hz: int, level: TargetLevel) -> tuple[Audio, float]:
    """`sound` at a level, and the gain in dB that brought it there.

    loudness: -`headroom_db` LUFS, true peak at most -1 dBTP. peak: the highest sample at -`headroom_db` dBFS. rms: the
    root mean square at -`headroom_db` dBFS. clip and none change nothing here; what is over full scale is clipped when
    a file cannot hold it.
    """
    strategy, headroom_db = level.strategy, level.headroom_db
    if strategy in ("clip", "none") or not sound.size:
        return sound, 0.0
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    peak = float(np.abs(sound).max())
    if strategy == "loudness":
        gain_db = 0.0 if rms < QUIET_RMS else normalise_gain_db(measure(sound, rate_hz), -headroom_db, CEILING_DBTP)
    else:
        reference = peak if strategy == "peak" else rms
        gain_db = -headroom_db - 20 * np.log10(reference) if reference > 0 else 0.0
    return (sound * np.float32(10 ** (gain_db / 20))).astype(np.float32, copy=False), float(gain_db)


def as_stereo(sound: Audio) -> Audio:
    """One channel twice; more are left as they are."""
    return np.repeat(sound, 2, axis=0) if sound.shape[0] == 1 else sound


def joined(pieces: Sequence[Audio], channels: int) -> Audio:
    return np.concatenate(pieces, axis=1) if pieces else np.zeros((channels, 0), np.float32)

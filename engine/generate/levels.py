"""How loud a result is written: the strategies of audiocraft's `audio_write`, with a true-peak ceiling for loudness."""

from collections.abc import Sequence

import numpy as np

from engine.audio.block import Audio
from engine.audio.loudness import CEILING_DBTP, measure, normalise_gain_db

QUIET_RMS = 2e-3
"""Below this nothing is amplified: it would only be noise."""


def levelled(sound: Audio, rate_hz: int, strategy: str, headroom_db: float) -> tuple[Audio, float]:
    """`sound` at the level of a strategy, and the gain in dB that brought it there.

    loudness: -`headroom_db` LUFS, true peak at most -1 dBTP. peak: the highest sample at -`headroom_db` dBFS. rms: the
    root mean square at -`headroom_db` dBFS. clip and none change nothing here; what is over full scale is clipped when
    a file cannot hold it.
    """
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

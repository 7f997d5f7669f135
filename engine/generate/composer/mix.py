"""From the desk's buses to a finished stereo mix: glue, loudness, true peak."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
import pyebur128
from pedalboard import BrickwallLimiter, Compressor, Gain, HighpassFilter, HighShelfFilter
from pyebur128 import MeasurementMode, R128State

from engine.audio.block import Audio
from engine.audio.effects import Chain, Tick
from engine.audio.hosted import Hosted
from engine.audio.loudness import LoudnessMeter
from engine.generate.composer.desk import gated_rms

CEILING_DBTP = -1.0
_TOLERANCE_LU = 0.25
_BUS_LEVEL_DB = -18.0
_TRIM_DB = 0.15
"""A true peak that is over by less is mended by the gain."""
_ROUNDS = 12
_STEP = 16384


def bus_gain(mix: Audio, rate_hz: int) -> float:
    """The gain that brings any sum of parts to the level which the bus compressor is set for."""
    level = gated_rms(mix, rate_hz)
    return float(10 ** (_BUS_LEVEL_DB / 20) / level) if level > 0 else 1.0


def glue(mix: Audio, rate_hz: int, tick: Tick, *, loop: bool = False) -> None:
    """Gentle bus compression, in place."""
    effects = [
        Hosted(HighpassFilter, rate_hz, cutoff_frequency_hz=28),
        Hosted(HighShelfFilter, rate_hz, cutoff_frequency_hz=6000, gain_db=2.0),
        Hosted(Compressor, rate_hz, threshold_db=-16, ratio=2.0, attack_ms=25, release_ms=180),
    ]
    Chain(effects, len(mix)).replace(mix, rate_hz, tick, loop=loop)


def fade_out(audio: Audio, rate_hz: int, seconds: float) -> None:
    """Lets the last `seconds` sink smoothly to silence, in place."""
    count = min(audio.shape[1], max(1, round(seconds * rate_hz)))
    curve = np.cos(np.linspace(0.0, math.pi / 2, count)) ** 2
    audio[:, -count:] *= curve.astype(np.float32)


def master(mix: Audio, rate_hz: int, tick: Tick, target_lufs: float, *, loop: bool = False) -> None:
    """Brings the mix to `target_lufs` with its true peak under CEILING_DBTP, in place: gain into a limiter, measured
    block by block and set anew until both are met, and only then written."""
    gain_db = target_lufs - _loudness([mix], rate_hz, tick, target_lufs)
    ceiling_db, release_ms, over_db = CEILING_DBTP - 0.7, 120.0, 0.0
    chain = _limiter(rate_hz, gain_db, ceiling_db, release_ms)

    def limited() -> Iterator[Audio]:
        return chain.over(mix, rate_hz, loop=loop)

    for _ in range(_ROUNDS):
        chain = _limiter(rate_hz, gain_db, ceiling_db, release_ms)
        missing = target_lufs - _loudness(limited(), rate_hz, tick, target_lufs)
        if abs(missing) <= _TOLERANCE_LU:
            over_db = _true_peak_dbtp(limited(), rate_hz, tick) - (CEILING_DBTP - 0.03)
            if over_db <= _TRIM_DB:
                break
            ceiling_db -= over_db
        gain_db += missing * (1.0 if missing < 0 else 1.5)
        if missing > 1.0:
            # single strokes: a limiter that stays down swallows what follows them
            release_ms = max(8.0, release_ms / 3)
    else:
        over_db = _true_peak_dbtp(limited(), rate_hz, tick) - (CEILING_DBTP - 0.03)
    chain.replace(mix, rate_hz, tick, loop=loop)
    if over_db > 0:
        mix *= np.float32(10 ** (-over_db / 20))


def _limiter(rate_hz: int, gain_db: float, ceiling_db: float, release_ms: float) -> Chain:
    limiter = Hosted(
        BrickwallLimiter, rate_hz, ceiling_db=ceiling_db, release_ms=release_ms, lookahead_ms=5, true_peak=False
    )
    return Chain([Hosted(Gain, rate_hz, gain_db=gain_db), limiter], 2)


def _loudness(blocks: Iterable[Audio], rate_hz: int, tick: Tick, otherwise: float) -> float:
    """LUFS; `otherwise` where there is none. Without the true peak it takes a fifth of the time."""
    state = R128State(2, rate_hz, MeasurementMode.MODE_I)
    for block in blocks:
        for start in range(0, block.shape[1], _STEP):
            frames = np.ascontiguousarray(block[:, start : start + _STEP].T)
            state.add_frames(frames.reshape(-1), frames.shape[0])
            tick()
    heard = float(pyebur128.get_loudness_global(state))
    return heard if math.isfinite(heard) else otherwise


def _true_peak_dbtp(blocks: Iterable[Audio], rate_hz: int, tick: Tick) -> float:
    """dBTP; far below zero for silence."""
    meter = LoudnessMeter(rate_hz, 2)
    for block in blocks:
        meter.add(block)
        tick()
    peak = meter.result().true_peak_dbtp
    return -200.0 if peak is None else peak

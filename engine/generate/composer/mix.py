"""From dry parts to a finished stereo mix: balance, place, room, glue, loudness."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from pedalboard import (
    BrickwallLimiter,
    Compressor,
    Gain,
    HighpassFilter,
    HighShelfFilter,
    LowpassFilter,
    Plugin,
    Reverb,
)

from engine.audio.block import BLOCK, Audio, regroup
from engine.audio.loudness import Levels, LoudnessMeter
from engine.generate.composer.score import Part

TARGET_LUFS = -14.0
CEILING_DBTP = -1.0
_TOLERANCE_LU = 0.3
_WEIGHTED_RMS_TO_LUFS = 2.47
"""3.01 dB for the sum of two channels, -0.69 of BS.1770, +0.15 by which these filters fall short of its own."""
_LEVELS_DB = {
    "melody": 0.0,
    "counter": -4.0,
    "chords": -5.0,
    "arpeggio": -7.5,
    "pad": -8.5,
    "bass": -2.0,
    "drums": -1.0,
}
_PLACES = {"melody": 0.0, "counter": -0.35, "chords": 0.25, "arpeggio": -0.45, "pad": 0.0, "bass": 0.0, "drums": 0.0}
_SENDS_DB = {
    "melody": -8.0,
    "counter": -6.0,
    "chords": -9.0,
    "arpeggio": -7.0,
    "pad": -5.0,
    "bass": -24.0,
    "drums": -16.0,
}
_SAME_BLOCK = 4096

Tick = Callable[[], None]
"""Called between blocks of work; may raise to stop it."""


class Desk:
    """Adds parts to a dry and a reverberated bus, both float32 [2, samples]."""

    def __init__(self, samples: int, rate_hz: int, room: float) -> None:
        self.rate_hz, self.room = rate_hz, room
        self.dry = np.zeros((2, samples), np.float32)
        self.send = np.zeros((2, samples), np.float32)

    def add(self, part: Part, audio: Audio, number: int, drums_db: float) -> None:
        """One part at the level and place of its role; `number` counts parts of the same role and moves them apart."""
        level_db = _LEVELS_DB[part.role] + (drums_db if part.role == "drums" else 0.0) - 2.0 * number
        loudness = gated_rms(audio, self.rate_hz)
        if loudness <= 0:
            return
        gain = 0.1 * 10 ** (level_db / 20) / loudness
        place = _PLACES[part.role] + (0.5 * number if _PLACES[part.role] <= 0 else -0.5 * number)
        place = max(-0.7, min(0.7, place))
        sides = np.array([[math.cos((place + 1) * math.pi / 4)], [math.sin((place + 1) * math.pi / 4)]])
        placed = audio * (gain * math.sqrt(2) * sides).astype(np.float32)
        self.dry += placed
        placed *= np.float32(10 ** (_SENDS_DB[part.role] / 20))
        self.send += placed

    def mixed(self, tick: Tick) -> Audio:
        """Both buses together through gentle bus compression."""
        reverb = [
            HighpassFilter(cutoff_frequency_hz=180),
            LowpassFilter(cutoff_frequency_hz=7500),
            Reverb(room_size=0.35 + 0.55 * self.room, damping=0.45, wet_level=1.0, dry_level=0.0, width=1.0),
        ]
        wet = streamed(self.send, reverb, self.rate_hz, tick)
        wet *= np.float32(0.5 + 1.4 * self.room)
        wet += self.dry
        glue = [
            HighpassFilter(cutoff_frequency_hz=28),
            HighShelfFilter(cutoff_frequency_hz=6000, gain_db=2.0),
            Gain(gain_db=_level_gain_db(wet, self.rate_hz)),
            Compressor(threshold_db=-16, ratio=2.0, attack_ms=25, release_ms=180),
        ]
        return streamed(wet, glue, self.rate_hz, tick)


def estimated_lufs(audio: Audio, rate_hz: int, tick: Tick) -> float:
    """Nearly the loudness of BS.1770, cheaply: its weighting by plain filters, its gate without the overlap."""
    weighting = [HighpassFilter(38), HighpassFilter(38), HighShelfFilter(1680, gain_db=4)]
    level = gated_rms(streamed(audio, weighting, rate_hz, tick), rate_hz)
    return 20 * math.log10(level) + _WEIGHTED_RMS_TO_LUFS if level > 0 else TARGET_LUFS


def _level_gain_db(audio: Audio, rate_hz: int) -> float:
    """Brings any mix to about the level that the bus compressor is set for."""
    level = gated_rms(audio, rate_hz)
    return -18.0 - 20 * math.log10(level) if level > 0 else 0.0


def gated_rms(audio: Audio, rate_hz: int) -> float:
    """RMS of the 0.4 s windows within 10 dB of the mean of the sounding ones, as BS.1770 gates loudness."""
    window = 2 * rate_hz // 5
    whole = audio[:, : audio.shape[1] // window * window]
    if whole.shape[1] == 0:
        return float(np.sqrt(np.mean(np.square(audio)))) if audio.size else 0.0
    power = np.mean(np.square(whole.reshape(audio.shape[0], -1, window)), axis=(0, 2))
    power = power[power > 1e-9]
    if power.size == 0:
        return 0.0
    return float(np.sqrt(np.mean(power[power >= np.mean(power) / 10])))


def streamed(audio: Audio, plugins: Sequence[Plugin], rate_hz: int, tick: Tick) -> Audio:
    """`audio` through plugins in blocks of one size, so that work can stop in between; the same length comes back."""
    out = np.zeros_like(audio)
    filled = 0
    samples = audio.shape[1]
    for start in range(0, samples + 2 * BLOCK, BLOCK):
        block = audio[:, start : start + BLOCK]
        if block.shape[1] < BLOCK:
            block = np.concatenate([block, np.zeros((2, BLOCK - block.shape[1]), np.float32)], axis=1)
        made = np.ascontiguousarray(block)
        for plugin in plugins:
            made = plugin.process(made, rate_hz, buffer_size=_SAME_BLOCK, reset=start == 0)
        take = min(made.shape[1], samples - filled)
        out[:, filled : filled + take] = made[:, :take]
        filled += take
        tick()
        if filled >= samples:
            break
    return out


def fade_out(audio: Audio, rate_hz: int, seconds: float) -> None:
    """Lets the last `seconds` sink smoothly to silence, in place."""
    count = min(audio.shape[1], max(1, round(seconds * rate_hz)))
    curve = np.cos(np.linspace(0.0, math.pi / 2, count)) ** 2
    audio[:, -count:] *= curve.astype(np.float32)


def mastered(mix: Audio, rate_hz: int, tick: Tick) -> Audio:
    """The mix at TARGET_LUFS with its true peak under CEILING_DBTP: gain into a limiter, measured, corrected."""
    ceiling_db, release_ms = CEILING_DBTP - 0.7, 120.0
    gain_db = TARGET_LUFS - estimated_lufs(mix, rate_hz, tick)
    best = mix
    for _ in range(8):
        board = [
            Gain(gain_db=gain_db),
            BrickwallLimiter(ceiling_db=ceiling_db, release_ms=release_ms, lookahead_ms=5, true_peak=False),
        ]
        best = streamed(mix, board, rate_hz, tick)
        levels = _measured(best, rate_hz, tick)
        if levels.loudness_lufs is None or levels.true_peak_dbtp is None:
            return best
        over_db = levels.true_peak_dbtp - (CEILING_DBTP - 0.05)
        missing = TARGET_LUFS - levels.loudness_lufs
        if over_db <= 0 and abs(missing) <= _TOLERANCE_LU:
            return best
        ceiling_db -= max(0.0, over_db)
        gain_db += missing * (1.0 if missing < 0 else 1.5)
        if missing > 1.0:
            release_ms = max(
                8.0, release_ms / 3
            )  # single strokes: a limiter that stays down swallows what follows them
    return best * np.float32(10 ** (-max(0.0, over_db) / 20))


def _measured(audio: Audio, rate_hz: int, tick: Tick) -> Levels:
    meter = LoudnessMeter(rate_hz, audio.shape[0])
    for block in regroup([audio]):
        meter.add(block)
        tick()
    return meter.result()

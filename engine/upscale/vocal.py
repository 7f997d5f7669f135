"""Presets for voices: presence where words are, and less of the metallic edge that low bit rates leave."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import firwin, lfilter

from engine.audio.block import regroup
from engine.upscale.splice import Filter

if TYPE_CHECKING:
    from engine.context import Audio

VOICE_HZ, SHARP_HZ = (1000.0, 4000.0), (5000.0, 11_000.0)
THRESHOLD_DB = -9.0
"""The sharp band may lie this far under the voice band before it is turned down."""
RATIO = 3.0
ATTACK_S, RELEASE_S = 0.002, 0.06


@dataclass(frozen=True)
class Preset:
    """`gain_db` on VOICE_HZ; `most_db` is taken off SHARP_HZ at the sharpest moments."""

    gain_db: float
    most_db: float


PRESETS = {"gentle": Preset(1.5, 4.0), "strong": Preset(3.0, 9.0)}


def voiced(blocks: "Iterable[Audio]", rate_hz: int, preset: Preset) -> "Iterator[Audio]":
    """The stream, float32 [channels, any], with the preset applied: as long as it was, no delay, linear phase."""
    chain: _Chain | None = None
    for block in regroup(blocks):
        if chain is None:
            chain = _Chain(rate_hz, len(block), preset)
        yield chain.add(block)
    if chain is not None:
        yield chain.finish()


class _Chain:
    def __init__(self, rate_hz: int, channels: int, preset: Preset) -> None:
        self._preset = preset
        count = (round(0.008 * rate_hz) | 1) + 2
        self._reach = count // 2
        top = 0.499 * rate_hz
        bands = [(low, min(high, top)) for low, high in (VOICE_HZ, SHARP_HZ)]
        taps = [
            firwin(count, band, pass_zero=False, fs=rate_hz) if band[0] < band[1] else np.zeros(count)
            for band in bands
        ]  # fmt: skip
        self._voice, self._sharp = (Filter(np.asarray(t, np.float64), channels) for t in taps)
        self._held: Audio = np.zeros((channels, 0), np.float32)
        self._fall = math.exp(-1 / (ATTACK_S * rate_hz)), math.exp(-1 / (RELEASE_S * rate_hz))
        self._power = [np.zeros((1, 1)), np.zeros((1, 1))]
        self._gain_db = np.zeros((1, 1))

    def add(self, block: "Audio") -> "Audio":
        self._held = np.concatenate([self._held, block], axis=1)
        return self._mixed(self._voice.add(block), self._sharp.add(block))

    def finish(self) -> "Audio":
        return self._mixed(self._voice.finish(), self._sharp.finish())

    def _mixed(self, voice: "Audio", sharp: "Audio") -> "Audio":
        count = voice.shape[1]
        sound, self._held = self._held[:, :count], self._held[:, count:]
        if not count:
            return sound
        levels = [self._level_db(number, band) for number, band in enumerate((voice, sharp))]
        over = np.maximum(0, levels[1] - levels[0] - THRESHOLD_DB)
        wish = -np.minimum(over * (1 - 1 / RATIO), self._preset.most_db)
        release = self._fall[1]
        gain_db, self._gain_db = lfilter([1 - release], [1, -release], wish[None], zi=self._gain_db)
        lift = 10 ** (self._preset.gain_db / 20) - 1
        return np.asarray(sound + lift * voice + (10 ** (gain_db / 20) - 1) * sharp, np.float32)

    def _level_db(self, number: int, band: "Audio") -> "Audio":
        """Of the mean of all channels, so that the stereo picture stays: [samples]."""
        fall = self._fall[0]
        power = np.square(band, dtype=np.float64).mean(axis=0, keepdims=True)
        smooth, self._power[number] = lfilter([1 - fall], [1, -fall], power, zi=self._power[number])
        level: Audio = 10 * np.log10(smooth[0] + 1e-9)
        return level

"""Presets for voices: presence where words are, and less of the metallic edge that low bit rates leave."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import firwin, lfilter

from engine.audio.block import BLOCK
from engine.audio.effects import Chain, Effect, State, latency
from engine.upscale.splice import Filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    for first in (stream := iter(blocks)):
        effect = Voice(rate_hz, len(first), preset)
        yield from Chain([effect], len(first), block=effect.block).stream(chain([first], stream))


class Voice(Effect):
    """The preset on voice and sharpness, of all channels alike, so that the stereo picture stays."""

    def __init__(self, rate_hz: int, channels: int, preset: Preset) -> None:
        self._preset = preset
        count = (round(0.008 * rate_hz) | 1) + 2
        top = 0.499 * rate_hz
        bands = [(low, min(high, top)) for low, high in (VOICE_HZ, SHARP_HZ)]
        self._filters = [
            Filter(np.asarray(firwin(count, band, pass_zero=False, fs=rate_hz), np.float64))
            if band[0] < band[1]
            else None
            for band in bands
        ]
        self._fall = math.exp(-1 / (ATTACK_S * rate_hz)), math.exp(-1 / (RELEASE_S * rate_hz))
        heard = [each for each in self._filters if each is not None]
        self.block = heard[0].block if heard else BLOCK
        self._late = latency(heard[0], channels, self.block) if heard else 0
        self.traits = (rate_hz,)

    def process(self, audio: "Audio", state: State | None) -> "tuple[Audio, State]":
        if state is None:
            state = {
                "before": np.zeros((len(audio), self._late), np.float32),
                "filters": [None, None],
                "power": [np.zeros((1, 1)), np.zeros((1, 1))],
                "gain_db": np.zeros((1, 1)),
            }
        bands, filters, levels, power = [], [], [], []
        for number, each in enumerate(self._filters):
            before = state["filters"][number]
            band, after = (np.zeros_like(audio), None) if each is None else each.process(audio, before)
            level, smooth = self._level_db(band, state["power"][number])
            bands.append(band)
            filters.append(after)
            levels.append(level)
            power.append(smooth)
        over = np.maximum(0, levels[1] - levels[0] - THRESHOLD_DB)
        wanted_db = -np.minimum(over * (1 - 1 / RATIO), self._preset.most_db)
        release = self._fall[1]
        gain_db, after_db = lfilter([1 - release], [1, -release], wanted_db[None], zi=state["gain_db"])
        lift = 10 ** (self._preset.gain_db / 20) - 1
        joined = np.concatenate([state["before"], audio], axis=1)
        sound = joined[:, : audio.shape[1]]
        made = np.asarray(sound + lift * bands[0] + (10 ** (gain_db / 20) - 1) * bands[1], np.float32)
        return made, {"before": joined[:, audio.shape[1] :], "filters": filters, "power": power, "gain_db": after_db}

    def _level_db(self, band: "Audio", state: "NDArray[np.float64]") -> "tuple[Audio, NDArray[np.float64]]":
        """Of the mean of all channels: [samples]."""
        fall = self._fall[0]
        power = np.square(band, dtype=np.float64).mean(axis=0, keepdims=True)
        smooth, state = lfilter([1 - fall], [1, -fall], power, zi=state)
        level: Audio = 10 * np.log10(smooth[0] + 1e-9)
        return level, state

"""Programme loudness and peaks: ITU-R BS.1770-4 gating and true peak, by libebur128."""

import math
from dataclasses import dataclass

import numpy as np
import pyebur128
from pyebur128 import ChannelType, MeasurementMode, R128State

from engine.audio.block import Audio, check_shape, checked, regroup
from engine.audio.layouts import SURROUND_LOUDNESS, Layout, as_layout

GATE_S = 0.4
CEILING_DBTP = -1.0
"""Where true peaks end unless another ceiling is asked for: what streaming services ask for."""
LOWEST_LOUDNESS_RATE_HZ = 8000
_TAIL = 64
_STEP = 8192

_CHANNEL_OF_WEIGHT = {
    0.0: ChannelType.UNUSED,
    1.0: ChannelType.LEFT,
    SURROUND_LOUDNESS: ChannelType.LEFT_SURROUND,
    2.0: ChannelType.DUAL_MONO,
}
"""libebur128 asks for places and turns them into weights; our table has those of every place."""


@dataclass(frozen=True)
class LoudnessLevels:
    """None where unasked or undefined: silence has no level, under 0.4 s there is no gated loudness."""

    loudness_lufs: float | None
    true_peak_dbtp: float | None


class LoudnessMeter:
    """Levels of a stream of a `layout`, or of a number of channels.

    Without `peaks`, which take four fifths of the time, only the loudness is found.
    """

    def __init__(self, rate_hz: int, layout: Layout | int, *, peaks: bool = True) -> None:
        layout = as_layout(layout)
        channels = layout.channels
        check_shape(rate_hz, channels)
        self.rate_hz, self.channels, self.samples = rate_hz, channels, 0
        self._loudness = R128State(channels, rate_hz, MeasurementMode.MODE_I)
        self._peak = R128State(channels, rate_hz, MeasurementMode.MODE_TRUE_PEAK) if peaks else None
        for channel, weight in enumerate(layout.loudness_weights):
            self._loudness.set_channel(channel, _CHANNEL_OF_WEIGHT[weight])
        self._result: LoudnessLevels | None = None

    def add(self, audio: Audio) -> None:
        """The next block, float32 [channels, samples].

        Raises INVALID_INPUT `not_finite`, ValueError for a wrong shape, RuntimeError after `result`.
        """
        if self._result is not None:
            raise RuntimeError("this meter has given its result")
        for block in checked([audio], self.channels):
            self.samples += block.shape[1]
            for piece in regroup([block], _STEP):
                frames = np.ascontiguousarray(piece.T).reshape(-1)
                self._loudness.add_frames(frames, piece.shape[1])
                if self._peak is not None:
                    self._peak.add_frames(frames, piece.shape[1])

    def result(self) -> LoudnessLevels:
        """The levels of all that was added; the meter is finished with it."""
        if self._result is None:
            if self._peak is not None:
                # The interpolator answers late: without a tail, a peak in the last samples is never seen.
                self._peak.add_frames(np.zeros(_TAIL * self.channels, np.float32), _TAIL)
            self._result = LoudnessLevels(self._loudness_lufs(), self._true_peak_dbtp())
        return self._result

    def _loudness_lufs(self) -> float | None:
        if self.samples < GATE_S * self.rate_hz or self.rate_hz < LOWEST_LOUDNESS_RATE_HZ:
            return None
        value = pyebur128.get_loudness_global(self._loudness)
        return float(value) if math.isfinite(value) else None

    def _true_peak_dbtp(self) -> float | None:
        if self._peak is None:
            return None
        peak = max(float(pyebur128.get_true_peak(self._peak, channel)) for channel in range(self.channels))
        return 20 * math.log10(peak) if peak > 0 else None


def measure(audio: Audio, rate_hz: int, layout: Layout | None = None) -> LoudnessLevels:
    """Levels of float32 [channels, samples]; `layout`: where the channels stand, if more is known than their number."""
    meter = LoudnessMeter(rate_hz, layout or audio.shape[0])
    meter.add(audio)
    return meter.result()


def loudest_lufs(audio: Audio, rate_hz: int) -> float | None:
    """Momentary loudness (BS.1770-4: 400 ms, ungated) where float32 [channels, samples] is loudest, looked for every
    100 ms; what is shorter is taken as followed by silence. None for silence and below 8 kHz."""
    channels, step = audio.shape[0], round(GATE_S / 4 * rate_hz)
    if rate_hz < LOWEST_LOUDNESS_RATE_HZ or not audio.any():
        return None
    state = R128State(channels, rate_hz, MeasurementMode.MODE_M)
    if channels == 1:
        state.set_channel(0, ChannelType.DUAL_MONO)
    padded = np.pad(audio, ((0, 0), (0, 4 * step - audio.shape[1] % step)))
    loudest = -math.inf
    for at in range(0, padded.shape[1], step):
        piece = np.ascontiguousarray(padded[:, at : at + step].T, dtype=np.float32)
        state.add_frames(piece.reshape(-1), len(piece))
        loudest = max(loudest, float(pyebur128.get_loudness_momentary(state)))
    return loudest if math.isfinite(loudest) else None


def normalise_gain_db(levels: LoudnessLevels, target_lufs: float, ceiling_dbtp: float = CEILING_DBTP) -> float:
    """The gain in dB that brings the loudness to `target_lufs` without lifting the true peak over `ceiling_dbtp`.

    Where loudness is undefined nothing is lifted: the gain is 0, or what the ceiling demands.
    """
    wanted_db = 0.0 if levels.loudness_lufs is None else target_lufs - levels.loudness_lufs
    headroom_db = math.inf if levels.true_peak_dbtp is None else ceiling_dbtp - levels.true_peak_dbtp
    return min(wanted_db, headroom_db)

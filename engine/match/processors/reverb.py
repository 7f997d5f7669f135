"""A room: convolution with the user's impulse response, or with one made from reverberation time and tone."""

import copy
import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from engine.audio.block import Audio
from engine.audio.convolution import Convolver
from engine.audio.effects import Effect, State
from engine.audio.layouts import Layout, as_layout
from engine.audio.processor import Processor
from engine.match.style import ReverbSettings

SEED = 8
TAIL_S = 1.0
"""What is kept after the end of the sound, at least."""
LONGEST_S = 20.0
"""No more of a given impulse response is used: whole songs are no rooms."""
_DENSE_S = 0.02
"""After this much time the early reflections have become a diffuse tail (about a room of 100 m³)."""
_REFLECTIONS = 14


def decay_times_s(settings: ReverbSettings, f_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """RT60 at these frequencies: `rt60_s` at 1 kHz, `low_damping` shorter at 125 Hz, `high_damping` at 8 kHz, in
    proportion to the octaves between and no further outside."""
    octaves = np.log2(np.maximum(f_hz, 1.0) / 1000)
    low = np.clip(-octaves / 3, 0, 1) * settings.low_damping
    high = np.clip(octaves / 3, 0, 1) * settings.high_damping
    return np.asarray(settings.rt60_s * (1 - low - high))


def made_response(settings: ReverbSettings, rate_hz: int, channels: int) -> NDArray[np.float64]:
    """An impulse response float64 [channels, samples], each channel with an energy of 1.

    Octave bands of noise, flat between them, each dying away by 60 dB in its own time; every channel has its own noise,
    so that a room is as wide as it can be. Before it, reflections that get denser with the square of the time.
    The same settings give the same room at every run.
    """
    length = max(2, round(settings.rt60_s * rate_hz))
    random = np.random.default_rng(SEED)
    time_s = np.arange(length) / rate_hz
    size = fft.next_fast_len(length, real=True)
    f_hz = np.arange(size // 2 + 1) * rate_hz / size
    centres = [f for f in 62.5 * 2.0 ** np.arange(10) if f < rate_hz / 2]
    room = np.zeros((channels, length))
    places = np.interp(np.log2(np.maximum(f_hz, 1.0)), np.log2(centres), np.arange(len(centres)))
    for channel in range(channels):
        spectrum = fft.rfft(random.standard_normal(length), size)
        for number, decay_s in enumerate(decay_times_s(settings, np.array(centres))):
            share = np.clip(1 - np.abs(places - number), 0, 1)  # triangles on an octave scale: sums of 1
            room[channel] += fft.irfft(spectrum * share, size)[:length] * np.exp(-math.log(1000) * time_s / decay_s)
    room *= np.clip(time_s / _DENSE_S, 0, 1) ** 2  # Kuttruff: reflections per second grow with the square of time
    dense = max(1, min(length - 1, round(_DENSE_S * rate_hz)))
    when = np.unique((dense * random.uniform(0.05, 1, _REFLECTIONS) ** (1 / 3)).astype(int))
    level = math.sqrt(np.square(room).sum() / channels / max(1, len(when))) * 0.35
    for channel in range(channels):
        signs = random.choice([-1.0, 1.0], len(when))
        moved = np.minimum(length - 1, when + random.integers(0, 1 + round(0.0008 * rate_hz), len(when)))
        np.add.at(room[channel], moved, signs * level * np.exp(-math.log(1000) * time_s[when] / settings.rt60_s))
    if rate_hz > 200:
        room = signal.sosfilt(signal.butter(2, 40, "highpass", fs=rate_hz, output="sos"), room, axis=1)
    return unit_energy(room)


def unit_energy(response: NDArray[np.floating]) -> NDArray[np.float64]:
    """[channels, samples] with a mean energy per channel of 1; silence stays silent."""
    energy = float(np.square(response, dtype=np.float64).sum()) / max(1, len(response))
    return np.asarray(response, np.float64) / math.sqrt(energy) if energy > 0 else np.asarray(response, np.float64)


class Reverb(Processor):
    """The room answers in each channel to that channel alone; LFE stays dry."""

    def __init__(self, impulse_response: NDArray[np.floating] | None = None) -> None:
        """`impulse_response` [channels, samples] at the stream's rate takes the place of a made one: one for all,
        one for each side, or one for each."""
        self._given = impulse_response
        self.tail = 0

    def reset(self, rate_hz: int, layout: Layout | int, params: ReverbSettings) -> None:
        layout = as_layout(layout)
        self._wet = [channel for channel in range(layout.channels) if channel not in layout.lfe]
        given = self._given
        if given is not None and len(given) == 2:
            given = given[[int(channel in layout.right) for channel in self._wet]]
        elif given is not None and len(given) == layout.channels:
            given = given[self._wet]
        self._mix = np.float32(params.mix)
        self.traits = (rate_hz,)
        room = wet_response(params, rate_hz, len(self._wet), given)
        self._convolver = Convolver(room)
        self.tail = max(round(TAIL_S * rate_hz), room.shape[1])

    def dry(self) -> Effect:
        """Without the room, whose answer begins after its cause."""
        dry = copy.copy(self)
        dry._mix = np.float32(0)
        return dry

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        wet, after = self._convolver.process(audio[self._wet], state)
        out = audio.copy()
        out[self._wet] = (1 - self._mix) * audio[self._wet] + self._mix * wet
        return out, after


def wet_response(
    params: ReverbSettings, rate_hz: int, channels: int, given: NDArray[np.floating] | None
) -> NDArray[np.float64]:
    """What the room alone answers, pre-delay and all, with unit energy: float64 [channels, samples].

    A channel more than `given` has begins again with its first.
    """
    room = (
        made_response(params, rate_hz, channels)
        if given is None
        else unit_energy(given[:, : round(LONGEST_S * rate_hz)])
    )
    room = room[[channel % len(room) for channel in range(channels)]]
    return np.pad(room, ((0, 0), (round(params.pre_delay_ms * rate_hz / 1000), 0)))

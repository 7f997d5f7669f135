"""Impulse responses of the places in `rooms.toml`: made by a seed, the same in every run."""

import math
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from engine.drama.mix.rooms import Room, rooms, tail_s

_LOWEST_HZ = 120.0
"""Nothing below is answered: it would only be mud under a voice."""
_BRIGHT_HZ = 9000.0
_SPEECH_HZ = 800.0
"""Above, speech has 6 dB less an octave as BS.1770 hears it."""
_WIDE_S = 0.0009
"""How much later than at one ear a reflection may arrive at the other."""


@lru_cache(maxsize=16)
def response(name: str, rate_hz: int) -> NDArray[np.float64]:
    """What a place answers to an impulse, without the impulse: float64 [2, samples]. Speech goes through as loud as it
    was.

    First single reflections, ever denser (their number grows with the square of the time, Kuttruff), then noise in
    octave bands, each of which dies away in its own time. Both ears have noise of their own.
    """
    room, random = rooms()[name], np.random.default_rng(zlib.crc32(name.encode()))
    samples = max(2, round(tail_s(name) * rate_hz))
    tail = np.array([_tail(room, samples, rate_hz, random) for _ in range(2)])
    early = _early(room, samples, rate_hz, random)
    made = tail / _norm(tail) + early / _norm(early) * 10 ** (room.early_db / 20)
    lowest = signal.butter(2, _LOWEST_HZ, "highpass", fs=rate_hz, output="sos")
    made = signal.sosfilt(lowest, made, axis=1)
    f_hz = np.fft.rfftfreq(samples, 1 / rate_hz)
    speech = 1 / (1 + (f_hz / _SPEECH_HZ) ** 2)
    power = np.square(np.abs(fft.rfft(made, axis=1))) @ speech
    made /= np.sqrt(power / speech.sum())[:, None]
    made.setflags(write=False)
    return np.asarray(made)


def decay(name: str, rate_hz: int, hop: int) -> NDArray[np.float64]:
    """How the energy of a place's answer is spread over pieces of `hop` samples: float64 [pieces], a sum of 1."""
    square = np.square(response(name, rate_hz)).sum(axis=0)
    square /= square.sum()
    return np.asarray(np.pad(square, (0, -len(square) % hop)).reshape(-1, hop).sum(axis=1))


def _tail(room: Room, samples: int, rate_hz: int, random: np.random.Generator) -> NDArray[np.float64]:
    size = fft.next_fast_len(samples, real=True)
    octaves = np.log2(np.maximum(np.arange(size // 2 + 1) * rate_hz / size, 1.0) / 1000)
    time_s = np.arange(samples) / rate_hz
    spectrum = fft.rfft(random.standard_normal(samples), size)
    made = np.zeros(samples)
    for octave in range(-4, math.ceil(math.log2(rate_hz / 2000))):
        share = np.clip(1 - np.abs(np.clip(octaves, -4, None) - octave), 0, 1)
        decay_s = room.rt60_s * np.interp(octave, [-3, 0, 3], [room.low, 1.0, room.high])
        made += fft.irfft(spectrum * share, size)[:samples] * np.exp(-math.log(1000) * time_s / decay_s)
    since_s = time_s - room.first_ms / 1000
    return np.asarray(made * np.clip(since_s * 1000 / room.dense_ms, 0, 1) ** 2)


def _early(room: Room, samples: int, rate_hz: int, random: np.random.Generator) -> NDArray[np.float64]:
    made = np.zeros((2, samples))
    span_ms = room.dense_ms * np.sort(random.uniform(0, 1, room.reflections)) ** (1 / 3)
    times_s = (room.first_ms + span_ms - span_ms[0]) / 1000
    gains = room.first_ms / 1000 / times_s * np.exp(-math.log(1000) * times_s / room.rt60_s)
    for channel in range(2):
        moved = np.rint((times_s + random.uniform(0, _WIDE_S, len(times_s))) * rate_hz).astype(int)
        signs = random.choice([-1.0, 1.0], len(times_s)) * random.uniform(0.4, 1.0, len(times_s))
        np.add.at(made[channel], np.minimum(moved, samples - 1), signs * gains)
    # what a wall throws back has lost as much of its treble as the tail loses
    dull = signal.butter(1, min(_BRIGHT_HZ * room.high, 0.4 * rate_hz), fs=rate_hz, output="sos")
    return np.asarray(signal.sosfilt(dull, made, axis=1))


def _norm(made: NDArray[np.float64]) -> float:
    return math.sqrt(float(np.square(made).sum()) / len(made))

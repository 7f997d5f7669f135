"""What a voice comes through: telephone, radio, loudspeaker, distance, a head. Whole lines at their own rate."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from engine.audio.block import Audio
from engine.drama.project import VoiceEffect

_FADE_S = 0.005
_RUMBLE_HZ = 70.0
_HISS_DB = -28.0
"""Of a radio, against the voice in it."""

Colouring = Callable[[Audio, int, np.random.Generator], Audio]


@dataclass(frozen=True)
class Colour:
    """`level_db`: against a plain voice. `room`: what answers in place of the scene. `wet_db`: more of that answer."""

    colouring: Colouring
    level_db: float = 0.0
    room: str = ""
    wet_db: float = 0.0


def prepared(voice: Audio, rate_hz: int, effect: VoiceEffect, seed: str) -> Audio:
    """A spoken line, float32 [1, samples], without rumble and clicks at its edges and through its effect: [1, as many
    or more]. What is drawn by chance follows from `seed`."""
    made = _filtered(voice, "highpass", (_RUMBLE_HZ,), rate_hz)
    fade = min(round(_FADE_S * rate_hz), made.shape[1] // 2)
    if fade:
        rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)).astype(np.float32)
        made[:, :fade] *= rise
        made[:, made.shape[1] - fade :] *= rise[::-1]
    if not made.any():
        return made
    return COLOURS[effect].colouring(made, rate_hz, np.random.default_rng(zlib.crc32(seed.encode())))


def _plain(voice: Audio, rate_hz: int, random: np.random.Generator) -> Audio:
    return voice


def _telephone(voice: Audio, rate_hz: int, random: np.random.Generator) -> Audio:
    """The band of ITU-T G.712, 300 to 3,400 Hz, and a carbon microphone's mild saturation."""
    band = _filtered(voice, "bandpass", (300, 3400), rate_hz, 4)
    return _filtered(_saturated(band, 1.2), "bandpass", (300, 3400), rate_hz, 4)


def _radio(voice: Audio, rate_hz: int, random: np.random.Generator) -> Audio:
    band = _filtered(voice, "bandpass", (450, 2800), rate_hz, 4)
    band = _saturated(_levelled(band, rate_hz), 2.0)
    hiss = _filtered(random.standard_normal(band.shape).astype(np.float32), "bandpass", (500, 3000), rate_hz, 2)
    fade = np.minimum(1.0, np.minimum(np.arange(band.shape[1]), np.arange(band.shape[1])[::-1]) / (0.02 * rate_hz))
    hiss *= (fade * 10 ** (_HISS_DB / 20) * _rms(band) / _rms(hiss)).astype(np.float32)
    return np.asarray(_filtered(band, "bandpass", (450, 2800), rate_hz, 2) + hiss)


def _thought(voice: Audio, rate_hz: int, random: np.random.Generator) -> Audio:
    """Near: more below 200 Hz, as a directional microphone has it close by, and a little air."""
    low = _filtered(voice, "lowpass", (220,), rate_hz, 1)
    air = _filtered(voice, "highpass", (6000,), rate_hz, 1)
    return np.asarray(voice + np.float32(0.6) * low + np.float32(0.25) * air)


def _loudspeaker(voice: Audio, rate_hz: int, random: np.random.Generator) -> Audio:
    """A horn: 400 to 5,000 Hz, loudest at 1,700, driven hard, and the slap of a far wall twice."""
    band = _filtered(voice, "bandpass", (400, 5000), rate_hz, 3)
    band += _filtered(band, "bandpass", (1200, 2300), rate_hz, 1)
    band = _filtered(_saturated(band, 2.5), "bandpass", (400, 5000), rate_hz, 2)
    slap = round(0.13 * rate_hz)
    made = np.pad(band, ((0, 0), (0, 2 * slap)))
    dull = _filtered(band, "lowpass", (2500,), rate_hz, 1)
    made[:, slap : slap + band.shape[1]] += np.float32(0.3) * dull
    made[:, 2 * slap :] += np.float32(0.1) * dull
    return made


def _distant(voice: Audio, rate_hz: int, random: np.random.Generator) -> Audio:
    """Air and ground take the treble, and the near field's bass is gone."""
    return _filtered(_filtered(voice, "lowpass", (2800,), rate_hz, 1), "highpass", (180,), rate_hz, 1)


COLOURS: Mapping[VoiceEffect, Colour] = {
    "none": Colour(_plain),
    "telephone": Colour(_telephone, -1.0),
    "radio": Colour(_radio, -1.0),
    "thought": Colour(_thought, -2.5, "thought"),
    "loudspeaker": Colour(_loudspeaker, -1.0, "horn"),
    "distant": Colour(_distant, -8.0, "", 9.0),
}


def _levelled(voice: Audio, rate_hz: int) -> Audio:
    """Compressed: of what is over half the mean level two thirds of the decibels are taken away, in some 10 ms."""
    pole = np.exp(-1 / (0.01 * rate_hz))
    power = signal.lfilter([1 - pole], [1, -pole], np.square(voice[0], dtype=np.float64))
    over = np.sqrt(power) / max(1e-9, 0.5 * _rms(voice))
    return np.asarray(voice * np.maximum(1.0, over) ** (-2 / 3), np.float32)


def _saturated(voice: Audio, drive: float) -> Audio:
    """Bent by a hyperbolic tangent, by how much follows from `drive` alone, not from the level."""
    top = 4 * _rms(voice)
    return voice if top == 0 else np.asarray(np.tanh(voice * (drive / top)) * (top / drive), np.float32)


def _rms(voice: Audio) -> float:
    return float(np.sqrt(np.mean(np.square(voice, dtype=np.float64))))


def _filtered(voice: Audio, kind: str, edges_hz: tuple[float, ...], rate_hz: int, order: int = 2) -> Audio:
    """Butterworth; edges too high for the rate are brought under its half."""
    return np.asarray(signal.sosfilt(_sections(kind, edges_hz, rate_hz, order), voice), np.float32)


@lru_cache(maxsize=64)
def _sections(kind: str, edges_hz: tuple[float, ...], rate_hz: int, order: int) -> NDArray[np.float64]:
    edges = [min(edge, 0.45 * rate_hz) for edge in edges_hz]
    return np.asarray(signal.butter(order, edges if len(edges) > 1 else edges[0], kind, fs=rate_hz, output="sos"))

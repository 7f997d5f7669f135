"""Targets with pauses and a known noise under them, references that are brighter: what comes up, and by how much."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import signal

from engine.audio.block import Audio
from engine.audio.loudness import measure
from engine.match.analyze import analyze_features
from engine.match.invert import invert_params
from engine.match.params import MatchParams, settled
from engine.match.processors.equaliser import response_db
from engine.match.render import Report, render
from engine.match.style import EqBand, StyleParams

RATE_HZ = 44_100
OCTAVES_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
CYCLE_S, PAUSE_S = 4.0, 0.8
PARAMS = MatchParams(source="track:" + 32 * "0", reference="track:" + 32 * "1", aspects="tone,loudness,dynamics,width")
"""Not space: a room rings into the pauses, and what is heard there then is no noise."""


def hiss(samples: int, level_db: float, colour: str, seed: int) -> Audio:
    """Noise of two channels at `level_db` RMS: white, or pink, each channel of its own."""
    white = np.random.default_rng(seed).standard_normal((2, samples))
    if colour == "pink":
        spectrum = np.fft.rfft(white, axis=1)
        white = np.fft.irfft(spectrum / np.sqrt(np.maximum(1.0, np.arange(spectrum.shape[1]))), samples, axis=1)
    return (white / np.sqrt(np.mean(white**2)) * 10 ** (level_db / 20)).astype(np.float32)


def in_pauses(samples: int) -> np.ndarray:
    """True well inside each pause."""
    t = np.arange(samples) / RATE_HZ % CYCLE_S
    return np.asarray((t > CYCLE_S - PAUSE_S + 0.25) & (t < CYCLE_S - 0.1))


def with_pauses(music: Audio) -> Audio:
    """Silent for the last `PAUSE_S` of every `CYCLE_S`."""
    t = np.arange(music.shape[1]) / RATE_HZ % CYCLE_S
    return music * np.clip((CYCLE_S - PAUSE_S - t) / 0.02, 0, 1).astype(np.float32)


def tilted(music: Audio, low_db: float, high_db: float) -> Audio:
    shelves = (
        EqBand(type="low_shelf", f_hz=250, gain_db=low_db),
        EqBand(type="high_shelf", f_hz=2500, gain_db=high_db),
    )
    return np.concatenate(list(render(music, RATE_HZ, 2, StyleParams(eq=shelves, limiter=None))), axis=1)


@dataclass(frozen=True)
class Outcome:
    """What a match did to a target of `music` and `noise`, in dB."""

    style: StyleParams
    music_rise_db: float
    """Of the loudness, LU."""
    noise_rise_db: dict[str, float]
    """In the pauses: of all above 20 Hz, A-weighted, and in octaves."""
    limited_db: float
    """What the limiter took away of the loudness."""
    apart_db: float
    """How far the noise lay under the music, K-weighted."""

    @cached_property
    def curve_db(self) -> np.ndarray:
        grid = np.geomspace(10, 20_000, 400)
        return np.array([np.abs(response_db(of, RATE_HZ, grid)).max() for of in (self.style.eq, self.style.side_eq)])


def outcome(music: Audio, noise: Audio, reference: Audio) -> Outcome:
    target = music + noise
    heard = [analyze_features(sound, RATE_HZ, 2) for sound in (reference, target)]
    style = settled(invert_params(*heard).style, PARAMS, heard[1].lufs.integrated)
    report = Report()
    made = np.concatenate(list(render(target, RATE_HZ, 2, style, report=report)), axis=1)[:, : target.shape[1]]
    before, after, floor = (measure(sound, RATE_HZ).loudness_lufs for sound in (target, made, noise))
    assert before is not None and after is not None and floor is not None
    assert report.loudness_before_lufs is not None
    quiet = in_pauses(target.shape[1])
    rise = {
        name: float(10 * np.log10(_power(made, name, quiet) / _power(target, name, quiet)))
        for name in ("all", "A", *map(str, OCTAVES_HZ))
    }
    limited = report.loudness_before_lufs + report.gain_db - after
    return Outcome(style, after - before, rise, limited, before - floor)


def _power(sound: Audio, name: str, where: np.ndarray) -> float:
    if name == "A":
        sound = signal.sosfilt(_a_weighting(), sound, axis=1)
    elif name == "all":
        sound = signal.sosfilt(signal.butter(4, 20, "highpass", fs=RATE_HZ, output="sos"), sound, axis=1)
    else:
        f_hz = float(name)
        band = signal.butter(4, [f_hz / 2**0.5, f_hz * 2**0.5], "bandpass", fs=RATE_HZ, output="sos")
        sound = signal.sosfiltfilt(band, sound, axis=1)
    return float(np.mean(np.square(sound[:, where], dtype=np.float64)))


def _a_weighting() -> np.ndarray:
    """By the bilinear transform of IEC 61672-1's poles."""
    f1, f2, f3, f4 = (2 * np.pi * f for f in (20.598997, 107.65265, 737.86223, 12194.217))
    zeros, poles = np.zeros(4), -np.array([f1, f1, f2, f3, f4, f4])
    z, p, k = signal.bilinear_zpk(zeros, poles, f4**2 * 10 ** (1.9997 / 20), RATE_HZ)
    return np.asarray(signal.zpk2sos(z, p, k))

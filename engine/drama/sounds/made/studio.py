"""What sounds are made of: noise with any spectrum, slow curves, rings, bursts, and a canvas of stereo to put them on.

Whatever lies on a canvas wraps around its end, and noise has the canvas as its period: a canvas that is repeated
has no seam. The recipes are those of physical sound design: noise through resonances, grains thrown by chance, modal
synthesis (A. Farnell, Designing Sound, 2010; P. Cook, Real Sound Synthesis, 2002).
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

from engine.audio.block import Audio

Curve = NDArray[np.floating[Any]]
"""[samples]: a grain, an envelope, a slow movement."""
Colour = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Frequencies (Hz) -> gains: the shape of a spectrum."""

_STEEP = 4
"""Order of the edges of a band."""


def band(low_hz: float, high_hz: float, slope: float = 0.0, steep: float = _STEEP) -> Colour:
    """A band with soft edges whose power falls as 1/f to the `slope`: 0 white, 1 pink, 2 brown."""

    def gains(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        f = np.maximum(hz, 1e-3)
        power = (f / low_hz) ** -slope / (1 + (low_hz / f) ** (2 * steep)) / (1 + (f / high_hz) ** (2 * steep))
        return np.sqrt(power) * (hz > 1)

    return gains


def peaks(*resonances: tuple[float, float, float]) -> Colour:
    """Resonances (frequency Hz, width Hz, gain), added up."""

    def gains(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(sum(gain / (1 + ((hz - centre) / (width / 2)) ** 2) for centre, width, gain in resonances))

    return gains


class Studio:
    """What a synthesiser is given.

    `wanted_s`: how long the sound is to be; None: as long as it is by itself. `rng`: all chance comes from it.
    """

    def __init__(self, rate_hz: int, rng: np.random.Generator, wanted_s: float | None = None) -> None:
        self.rate_hz, self.rng, self.wanted_s = rate_hz, rng, wanted_s

    def canvas(self, seconds: float) -> "Canvas":
        return Canvas(self, max(2, next_fast_len(math.ceil(seconds * self.rate_hz), real=True)))

    def loop(self) -> "Canvas":
        """A canvas as long as is wanted."""
        assert self.wanted_s is not None
        return self.canvas(self.wanted_s)

    def some_band(self, low_hz: float, high_hz: float) -> Colour:
        """A band somewhere between two frequencies, by chance."""
        first, second = np.sort(self.rng.uniform(low_hz, high_hz, 2))
        return band(0.8 * first, 1.25 * second)

    def time(self, seconds: float) -> Curve:
        """[samples]: seconds from 0 on."""
        return np.arange(max(1, round(seconds * self.rate_hz)), dtype=np.float32) / np.float32(self.rate_hz)

    def fall(self, seconds: float, decay_s: float, attack_s: float = 0.0) -> Curve:
        """An envelope that falls by 1/e every `decay_s` after a straight rise, and is nothing at its end."""
        t = self.time(seconds)
        shape = np.exp(-np.maximum(t - attack_s, 0) / decay_s)
        if attack_s > 0:
            shape *= np.minimum(t / attack_s, 1)
        tail = min(len(t), max(2, round(0.1 * len(t))))
        shape[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
        return np.asarray(shape, np.float32)

    def ring(self, modes: Sequence[tuple[float, float, float]], seconds: float, attack_s: float = 0.0005) -> Curve:
        """Decaying sines (frequency Hz, decay s, gain): a struck body. Those that the rate cannot hold are left out."""
        t = self.time(seconds)
        out = np.zeros(len(t), np.float32)
        for hz, decay_s, gain in modes:
            if hz < 0.45 * self.rate_hz:
                phase = np.float32(self.rng.uniform(0, 0.4))
                out += (
                    np.float32(gain) * np.exp(-t / np.float32(decay_s)) * np.sin(np.float32(2 * np.pi * hz) * t + phase)
                )
        return out * self.fall(seconds, 1e9, attack_s)

    def burst(self, seconds: float, colour: Colour, decay_s: float, attack_s: float = 0.001) -> Curve:
        """Noise of a colour under `fall`; its RMS was 1 before."""
        envelope = self.fall(seconds, decay_s, attack_s)
        return self._grain(len(envelope), colour) * envelope

    def _grain(self, samples: int, colour: Colour) -> Curve:
        size = next_fast_len(max(samples, 64), real=True)
        white = self.rng.standard_normal(size, dtype=np.float32)
        gains = colour(rfftfreq(size, 1 / self.rate_hz)).astype(np.float32)
        made = irfft(rfft(white) * gains, size)[:samples]
        return np.asarray(made / max(float(np.sqrt(np.mean(made**2))), 1e-9), np.float32)

    def sweep(self, hz: Curve, harmonics: Sequence[float] = (1.0,)) -> Curve:
        """A tone whose frequency follows a curve, with gains of its harmonics, as far as the rate can hold them."""
        phase = 2 * np.pi * np.cumsum(hz.astype(np.float64)) / self.rate_hz
        turn = np.exp(1j * phase)
        out, turned = np.zeros(len(hz)), turn
        highest_hz = float(hz.max(initial=0))
        for number, gain in enumerate(harmonics, 1):
            held = 1.0 if number * highest_hz < 0.45 * self.rate_hz else hz * number < 0.45 * self.rate_hz
            out += gain * turned.imag * held
            turned = turned * turn
        return np.asarray(out, np.float32)

    def filtered(self, sound: Curve, colour: Colour) -> Curve:
        """A grain with its spectrum multiplied by a colour; what rings on past its end is cut."""
        size = next_fast_len(2 * len(sound), real=True)
        gains = colour(rfftfreq(size, 1 / self.rate_hz))
        return np.asarray(irfft(rfft(sound, size) * gains, size)[: len(sound)], np.float32)


class Canvas:
    """Stereo sound whose end runs on into its beginning: `audio`, float32 [2, samples]."""

    def __init__(self, studio: Studio, samples: int) -> None:
        self.studio, self.samples = studio, samples
        self.seconds = samples / studio.rate_hz
        self.audio: Audio = np.zeros((2, samples), np.float32)
        self._hz = rfftfreq(samples, 1 / studio.rate_hz)

    def noise(self, colour: Colour, width: float = 1.0) -> Audio:
        """Noise of RMS 1, [2, samples]; `width` 0: the same on both sides, 1: nothing in common."""
        gains = colour(self._hz).astype(np.float32)
        sides = [self._noise(gains) for _ in range(2 if width > 0 else 1)]
        if width <= 0:
            return np.stack([sides[0], sides[0]])
        angle = math.pi / 4 * width  # equal powers of a middle and two opposed sides
        middle, side = math.cos(angle) * sides[0], math.sin(angle) * sides[1]
        return np.asarray(np.stack([middle + side, middle - side]), np.float32)

    def _noise(self, gains: NDArray[np.float32]) -> Curve:
        chance = self.studio.rng.standard_normal((2, len(gains)), dtype=np.float32)
        spectrum = (chance[0] + 1j * chance[1]) * gains
        made = irfft(spectrum, self.samples)
        return np.asarray(made / max(float(np.sqrt(np.mean(made**2))), 1e-12), np.float32)

    def slow(self, rate_hz: float) -> Curve:
        """A smooth random curve of mean 0 and deviation 1 that moves at most about `rate_hz` times a second."""
        bins = max(2, min(len(self._hz) - 1, round(rate_hz * self.seconds)))
        spectrum = np.zeros(bins + 1, np.complex64)
        chance = self.studio.rng.standard_normal((2, bins), dtype=np.float32)
        spectrum[1:] = (chance[0] + 1j * chance[1]) * np.linspace(1, 0.3, bins, dtype=np.float32)
        made = irfft(spectrum, self.samples)
        return np.asarray(made / max(float(np.std(made)), 1e-12), np.float32)

    def time(self) -> NDArray[np.float64]:
        """[samples]: seconds from 0 on."""
        return np.arange(self.samples) / self.studio.rate_hz

    def chances(self, per_s: float) -> NDArray[np.float64]:
        """Moments (s) of events that know nothing of each other, so many a second."""
        count = self.studio.rng.poisson(per_s * self.seconds)
        return np.sort(self.studio.rng.uniform(0, self.seconds, count))

    def place(self, sound: Curve | Audio, at_s: float, gain: float = 1.0, pan: float = 0.0) -> None:
        """Add a grain, mono at equal power or stereo as it is; what passes the end goes on at the beginning."""
        angle = (pan + 1) * math.pi / 4
        left, right = gain * math.cos(angle), gain * math.sin(angle)
        if sound.ndim == 2:
            left = right = gain
        at = round(at_s * self.studio.rate_hz) % self.samples
        done, length = 0, sound.shape[-1]
        while done < length:
            part = sound[..., done : done + self.samples - at]
            self.audio[0, at : at + part.shape[-1]] += np.float32(left) * (part if part.ndim == 1 else part[0])
            self.audio[1, at : at + part.shape[-1]] += np.float32(right) * (part if part.ndim == 1 else part[1])
            done, at = done + part.shape[-1], 0

    def scatter(
        self, grains: Sequence[Curve], per_s: float, *, spread: float = 1.0, heavy: float = 2.5, gain: float = 1.0
    ) -> None:
        """Throw grains by chance, so many a second, anywhere between the sides within `spread`.

        Their gains follow Pareto's law with the exponent `heavy`: many faint ones, a few loud.
        """
        rng, moments = self.studio.rng, self.chances(per_s)
        count = len(moments)
        loud = gain * np.minimum(8.0, (1 - rng.random(count)) ** (-1 / heavy))
        pans, kinds = rng.uniform(-spread, spread, count), rng.integers(len(grains), size=count)
        angles = (pans + 1) * math.pi / 4
        lefts, rights = (np.asarray(loud * side(angles), np.float32) for side in (np.cos, np.sin))
        starts = np.rint(moments * self.studio.rate_hz).astype(np.int64)
        small = [np.asarray(grain, np.float32) for grain in grains]
        left, right = self.audio
        for at, kind, to_left, to_right in zip(starts, kinds, lefts, rights, strict=True):  # as `place`, many at a time
            grain = small[kind]
            first = min(len(grain), max(0, self.samples - at))
            left[at : at + first] += to_left * grain[:first]
            right[at : at + first] += to_right * grain[:first]
            if first < len(grain):
                rest = grain[first : first + self.samples]
                left[: len(rest)] += to_left * rest
                right[: len(rest)] += to_right * rest

    def add(self, sound: Audio | Curve, gain: float | Curve = 1.0) -> None:
        """Add what is as long as the canvas, [2, samples] or [samples]."""
        self.audio += np.asarray(sound * gain, np.float32)


def room(studio: Studio, sound: Audio, decay_s: float, wet: float, bright_hz: float = 5000.0) -> Audio:
    """The sound with the answer of a room: noise that dies down by 60 dB in `decay_s`, the high ones sooner.

    `sound` float32 [2, samples] -> [2, samples + the answer].
    """
    length = round(decay_s * studio.rate_hz)
    size = next_fast_len(sound.shape[1] + length, real=True)
    out = np.zeros((2, sound.shape[1] + length), np.float32)
    for side in range(2):
        answer = sum(
            studio.burst(decay_s, band(low, high), share * decay_s / 6.9, 0.002) * level
            for low, high, share, level in ((120, 1200, 1.0, 1.0), (1200, bright_hz, 0.6, 0.6))
        )
        answer = np.asarray(answer / np.sqrt(np.sum(np.asarray(answer) ** 2)), np.float32)
        wet_sound = irfft(rfft(sound.mean(axis=0), size) * rfft(answer, size), size)[: out.shape[1]]
        out[side] = np.float32(wet) * wet_sound
        out[side, : sound.shape[1]] += sound[side]
    return out

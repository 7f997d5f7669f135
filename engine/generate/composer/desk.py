"""The mixing desk: every part through its strip onto a dry bus and a send to the room."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from pedalboard import Chorus, HighpassFilter, HighShelfFilter, LowpassFilter, Reverb

from engine.audio.block import BLOCK, Audio
from engine.audio.effects import Chain, Effect, State, Tick, latency
from engine.audio.hosted import Hosted
from engine.generate.composer.score import CHORUS, EXPRESSION, PAN, REVERB, VOLUME, Part, Score

_REFERENCE_LEVEL = 0.1
"""Weighted RMS of a part at full volume."""
_PREDELAY_S = 0.018
_CHORUS_HZ = 0.7
_SILENT = 1e-6
_LONGEST_TAIL_S = 20.0


class Bus:
    """Sums of parts: `dry` float32 [2, samples], `send` float32 [1, samples], what the room hears of them.

    A loop's bus is a ring: what lies beyond the end is added to the beginning.
    """

    def __init__(self, samples: int, *, loop: bool) -> None:
        self.samples, self.loop = samples, loop
        self.dry = np.zeros((2, samples), np.float32)
        self.send = np.zeros((1, samples), np.float32)

    def clear(self) -> None:
        self.dry[:] = 0
        self.send[:] = 0


def add_at(target: Audio, at: int, block: Audio, *, loop: bool) -> None:
    """Adds a block in place from sample `at` on; beyond the end it is lost, or, in a loop, begins again."""
    samples, done = target.shape[1], 0
    while done < block.shape[1]:
        place = (at + done) % samples if loop else at + done
        count = min(block.shape[1] - done, samples - place)
        if count <= 0:
            return
        target[:, place : place + count] += block[:, done : done + count]
        done += count


def weighted_level(audio: Audio, rate_hz: int) -> float:
    """RMS of the windows that count, weighted as the ear does: nearly what BS.1770 measures. `audio`: [2, samples]."""
    weighting = [
        Hosted(HighpassFilter, rate_hz, cutoff_frequency_hz=38),
        Hosted(HighpassFilter, rate_hz, cutoff_frequency_hz=38),
        Hosted(HighShelfFilter, rate_hz, cutoff_frequency_hz=1680, gain_db=4),
    ]
    return gated_rms(np.concatenate(list(Chain(weighting, len(audio)).over(audio, rate_hz)), axis=1), rate_hz)


def gated_rms(audio: Audio, rate_hz: int) -> float:
    """RMS of the 0.4 s windows within 10 dB of the mean of the sounding ones, as BS.1770 gates loudness."""
    window = 2 * rate_hz // 5
    whole = audio[:, : audio.shape[1] // window * window]
    if whole.shape[1] == 0:
        return float(np.sqrt(np.mean(np.square(audio)))) if audio.size else 0.0
    frames = whole.reshape(audio.shape[0], -1, window)
    power = np.einsum("cwn,cwn->w", frames, frames) / (audio.shape[0] * window)
    power = power[power > 1e-9]
    if power.size == 0:
        return 0.0
    return float(np.sqrt(np.mean(power[power >= np.mean(power) / 10])))


class Strip:
    """A part's way to the bus: chorus, volume, pan, expression and send as its controls say.

    `level`: the weighted RMS of the part as the synthesiser plays it, so that equal volumes are equally loud.
    """

    def __init__(self, score: Score, part: Part, level: float, bus: Bus, rate_hz: int) -> None:
        values = {c.number: c.value for c in part.controls if c.tick == 0 and c.number != EXPRESSION}
        self.bus, self.rate_hz, self.at = bus, rate_hz, 0
        gain = _REFERENCE_LEVEL * _gain(values.get(VOLUME, 100)) / level if level > 0 else 0.0
        place = (values.get(PAN, 64) - 64) / 63
        sides = [math.cos((place + 1) * math.pi / 4), math.sin((place + 1) * math.pi / 4)]
        self._sides = (gain * math.sqrt(2) * np.array(sides)).astype(np.float32)[:, None]
        self._send = np.float32(0.5 * _gain(values.get(REVERB, 40)))
        self._curve = _curve(score, part, rate_hz)
        depth = _gain(values.get(CHORUS, 0))
        self._chorus = Chain([Widener(depth, rate_hz)], 2) if depth > 0 else None

    def play(self, blocks: Iterable[Audio]) -> Iterator[float]:
        """The part as it is played, float32 [2, any], onto the bus; tells each block's peak once it is there.

        The blocks are changed.
        """
        for block in self._chorus.stream(blocks) if self._chorus else blocks:
            peak = float(np.abs(block).max())
            self._add(block)
            yield peak

    def _add(self, block: Audio) -> None:
        block *= self._sides
        if self._curve is not None:
            times, gains = self._curve
            block *= np.interp(np.arange(self.at, self.at + block.shape[1]), times, gains).astype(np.float32)
        add_at(self.bus.dry, self.at, block, loop=self.bus.loop)
        send = block.sum(axis=0, keepdims=True)
        send *= self._send
        add_at(self.bus.send, self.at, send, loop=self.bus.loop)
        self.at += block.shape[1]


class Widener(Effect):
    """Chorus whose wet sound is added on the left and taken away on the right, so that it widens and leaves the sum."""

    def __init__(self, depth: float, rate_hz: int) -> None:
        self._depth, self._rate_hz = np.float32(depth), rate_hz
        self._chorus = Hosted(
            Chorus, rate_hz, rate_hz=_CHORUS_HZ, depth=0.22, centre_delay_ms=9.0, feedback=0.0, mix=1.0
        )
        self._late = latency(self._chorus, 1)
        self.traits = (rate_hz,)

    def dry(self) -> Effect:
        return Widener(0.0, self._rate_hz)

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        state = state or {"chorus": None, "before": np.zeros((len(audio), self._late), np.float32)}
        wet, chorus = self._chorus.process(audio.mean(axis=0, keepdims=True), state["chorus"])
        sound = np.concatenate([state["before"], audio], axis=1)
        out, before = sound[:, : audio.shape[1]], sound[:, audio.shape[1] :]
        wet = wet * self._depth
        out[0] += wet[0]
        out[1] -= wet[0]
        return out, {"chorus": chorus, "before": before}


def _gain(value: int) -> float:
    """MIDI's curve: a control's value squared."""
    return (value / 127) ** 2


def _curve(score: Score, part: Part, rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Samples and gains of the expression pedal, to be joined by straight lines; 1 is its plain position."""
    points = [c for c in part.controls if c.number == EXPRESSION]
    if not points:
        return None
    times = np.array([score.sample_at(c.tick, rate_hz) for c in points], np.float64)
    return times, np.array([_gain(c.value) / _gain(108) for c in points], np.float64)


def reverberated(bus: Bus, amount: float, rate_hz: int, tick: Tick) -> None:
    """Adds the room's answer to the dry bus, in place. `amount` 0..1: from a small dry room to a large wet one."""
    shelf = [
        Hosted(HighpassFilter, rate_hz, cutoff_frequency_hz=180),
        Hosted(LowpassFilter, rate_hz, cutoff_frequency_hz=7500),
    ]
    room = Hosted(
        Reverb, rate_hz, room_size=0.35 + 0.55 * amount, damping=0.45, wet_level=1.0, dry_level=0.0, width=1.0
    )
    level = np.float32(0.5 + 1.4 * amount)
    at = round(_PREDELAY_S * rate_hz)
    sent = (np.repeat(block, 2, axis=0) for block in Chain(shelf, 1).stream(_with_tail(bus, rate_hz)))
    for wet in Chain([room], 2).stream(sent):
        wet *= level
        add_at(bus.dry, at, wet, loop=bus.loop)
        at += wet.shape[1]
        tick()
        rings = at <= bus.samples + BLOCK or np.abs(wet).max() > _SILENT
        if at >= bus.samples and not (bus.loop and rings):
            return


def _with_tail(bus: Bus, rate_hz: int) -> Iterator[Audio]:
    """The send, then silence for as long as a room may ring."""
    yield from (bus.send[:, start : start + BLOCK] for start in range(0, bus.samples, BLOCK))
    rest = np.zeros((1, BLOCK), np.float32)
    yield from (rest for _ in range(0, BLOCK + round(_LONGEST_TAIL_S * rate_hz), BLOCK))

"""Effects on streams. How late an effect is, is known here and nowhere else: it is measured, cut off at the head and
pushed out at the tail, so that what comes out of a chain stands where it went in and is as long.

Every stream that is worked on block by block goes through a `Chain` of `Effect`s:

    chain = Chain([Hosted(HighpassFilter, rate_hz, cutoff_frequency_hz=28), limiter], channels)
    for block in chain.stream(blocks): ...     # blocks of any size in; in step, as long
    chain.replace(audio, tick, loop=True)      # a sound in memory, in place; a loop as if it had played for ever
    flow = chain.flow(); flow.add(block); flow.finish()     # where blocks are handed over instead of asked for
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from engine.audio.block import BLOCK, Audio, Regrouper

State = dict[str, Any]
"""What an effect remembers between blocks: arrays and numbers; its own business, never changed by others."""

Tick = Callable[[], None]
"""Called between blocks of work; may raise to stop it."""

LEAD_IN_S = 4.0
"""How much of a loop's end is heard before its beginning: longer than compressors, limiters and filters remember."""
HOLE = 32
"""Exact zeros in a row, on all channels, that no sound has by chance."""
_PROBE = 0.01
"""Quiet enough to stay under the thresholds of compressors and limiters."""
_LONGEST = 400_000
"""Samples that are listened to for the impulse: no effect may be later."""

_measured: dict[Hashable, int] = {}


class Effect(ABC):
    """A part of a chain, made ready for one rate and number of channels."""

    traits: tuple[Hashable, ...] | None = None
    """All of its settings, the rate among them, that its latency may depend on, for `latency` to remember it by; None:
    it is measured every time."""

    @abstractmethod
    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        """`audio` float32 [channels, the chain's block size] -> the same shape, and the state for the next block.

        The state is None for the first block of a stream: before it was silence. `audio` is not changed.
        """

    def dry(self) -> "Effect":
        """An effect that is exactly as late and lets an impulse stand out: without the echo, the filter or the room
        whose own answer comes later than its cause by design. Most are that by themselves."""
        return self


def latency(effect: Effect, channels: int, block: int = BLOCK) -> int:
    """Samples by which what comes out lags behind what goes in: where the peak of an impulse's answer lies.

    Measured once for each kind of effect with its traits, if it tells them. Raises RuntimeError where no impulse comes
    through, or not on all channels at once, and where steady noise comes out with holes.
    """
    if effect.traits is None:
        return _measured_latency(effect.dry(), channels, block)
    key = (type(effect), effect.traits, channels, block)
    if key not in _measured:
        _measured[key] = _measured_latency(effect.dry(), channels, block)
    return _measured[key]


def _measured_latency(effect: Effect, channels: int, block: int) -> int:
    for level in (_PROBE, 1.0):
        answers: list[Audio] = []
        impulse = np.zeros((channels, block), np.float32)
        impulse[:, 0] = level
        state: State | None = None
        late: int | None = None
        while late is None and len(answers) * block < _LONGEST:
            answer, state = effect.process(impulse, state)
            answers.append(np.abs(answer))
            impulse = np.zeros((channels, block), np.float32)
            late = _peak(np.concatenate(answers, axis=1), (len(answers) - 1) * block, effect)
        if late is not None:
            noise = np.random.default_rng(1).uniform(-0.5, 0.5, (channels, block)).astype(np.float32)
            made = []
            for _ in range(-(-late // block) + 1):
                answer, state = effect.process(noise, state)
                made.append(answer)
            if holes(np.concatenate(made, axis=1)[:, late:]):
                raise RuntimeError(f"{effect} tears holes into sound that comes in blocks")
            return late
    raise RuntimeError(f"no impulse comes through {effect}")


def _peak(answer: Audio, before: int, effect: Effect) -> int | None:
    """Where an impulse's answer [channels, samples] peaks, if that is before sample `before`: else more may follow."""
    places = {int(row.argmax()) for row in answer if row.any()}
    if not places or max(places) >= before:
        return None
    if len(places) > 1:
        raise RuntimeError(f"{effect} delays its channels differently: {sorted(places)}")
    return places.pop()


def holes(audio: Audio) -> list[tuple[int, int]]:
    """Where all channels of [channels, samples] are exactly zero for `HOLE` samples or more: starts and lengths."""
    silent = np.concatenate([[False], ~audio.any(axis=0), [False]]).astype(np.int8)
    edges = np.diff(silent)
    runs = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    return [(int(start), int(end - start)) for start, end in runs if end - start >= HOLE]


class Chain:
    """Effects in a row, in step with what went in. Streams may follow one another; whether two may be open at the same
    time is up to the effects. What comes out does not depend on how the input was cut."""

    def __init__(self, effects: Sequence[Effect], channels: int, *, block: int = BLOCK) -> None:
        """`block`: samples that effects are fed with at a time, always as many."""
        self.effects, self.channels, self.block = tuple(effects), channels, block
        self.latency = sum(latency(effect, channels, block) for effect in effects)
        """Of all effects together, in samples; it is made up for."""

    def flow(self, skip: int = 0) -> "Flow":
        """A new stream, without the first `skip` samples."""
        return Flow(self, skip)

    def stream(self, blocks: Iterable[Audio], *, tail: int = 0) -> Iterator[Audio]:
        """float32 [channels, any] through all effects: as long as it was, and `tail` samples more unless it was empty.

        Takes little more memory than a block for each effect.
        """
        flow = self.flow()
        begun = False
        for block in blocks:
            begun = begun or block.shape[1] > 0
            if (made := flow.add(block)).shape[1]:
                yield made
        for start in range(0, tail if begun else 0, self.block):
            if (made := flow.add(np.zeros((self.channels, min(self.block, tail - start)), np.float32))).shape[1]:
                yield made
        if (made := flow.finish()).shape[1]:
            yield made

    def over(self, audio: Audio, rate_hz: int, *, loop: bool = False, lead_in_s: float = LEAD_IN_S) -> Iterator[Audio]:
        """A sound in memory as `stream` makes it; it may be overwritten with the blocks as they come.

        A `loop` is heard as if it had been playing for ever: effects hear `lead_in_s` of its end before its beginning,
        longer than any of them remembers, and its beginning after its end. What moves by itself (a chorus) is not in
        its time and belongs on what the loop is made of.
        """
        pieces = (audio[:, start : start + self.block] for start in range(0, audio.shape[1], self.block))
        if not loop or not audio.shape[1]:
            yield from self.stream(pieces)
            return
        lead_in = round(lead_in_s * rate_hz)
        after = _turned(audio, 0, self.latency)  # by the time it is needed it may be overwritten
        flow = self.flow(skip=lead_in)
        for start in range(-lead_in, 0, self.block):
            made = flow.add(_turned(audio, start, min(self.block, -start)))
            if made.shape[1]:
                yield made
        for piece in pieces:
            if (made := flow.add(piece)).shape[1]:
                yield made
        yield flow.finish(after)

    def replace(
        self, audio: Audio, rate_hz: int, tick: Tick, *, loop: bool = False, lead_in_s: float = LEAD_IN_S
    ) -> None:
        """`over`, in place."""
        at = 0
        for block in self.over(audio, rate_hz, loop=loop, lead_in_s=lead_in_s):
            audio[:, at : at + block.shape[1]] = block
            at += block.shape[1]
            tick()


class Flow:
    """One stream through a chain: `add` every block, then `finish` once; all that comes out is in step."""

    def __init__(self, chain: Chain, skip: int = 0) -> None:
        self._chain = chain
        self._blocks = Regrouper(chain.block)
        self._states: list[State | None] = [None] * len(chain.effects)
        self._skip = chain.latency + skip
        self._begun = False

    def add(self, block: Audio) -> Audio:
        """The next samples, float32 [channels, any]; returns what is ready, perhaps nothing."""
        self._begun = self._begun or block.shape[1] > 0
        return self._joined([self._made(whole) for whole in self._blocks.add(block)])

    def finish(self, after: Audio | None = None) -> Audio:
        """The rest, which effects that look ahead hear before silence, or before `after` [channels, chain.latency]."""
        if after is None:
            after = np.zeros((self._chain.channels, self._chain.latency if self._begun else 0), np.float32)
        made = [self._made(whole) for whole in self._blocks.add(after)]
        made += [self._made(rest) for rest in self._blocks.finish()]
        return self._joined(made)

    def _made(self, block: Audio) -> Audio:
        count = block.shape[1]
        if count < self._chain.block:
            block = np.pad(block, ((0, 0), (0, self._chain.block - count)))
        for place, effect in enumerate(self._chain.effects):
            block, self._states[place] = effect.process(block, self._states[place])
        dropped = min(self._skip, count)
        self._skip -= dropped
        return block[:, dropped:count]

    def _joined(self, parts: list[Audio]) -> Audio:
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts, axis=1) if parts else np.zeros((self._chain.channels, 0), np.float32)


def _turned(audio: Audio, start: int, count: int) -> Audio:
    """`count` samples of a ring from `start` on."""
    samples: Audio = audio.take(np.arange(start, start + count) % audio.shape[1], axis=1)
    return samples

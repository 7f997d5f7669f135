"""The sounds of a lane, block by block: each begins in its time, faded, panned and as loud as it is to be."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.audio.block import Audio, regroup
from engine.drama.mix.ducking import Ducker
from engine.drama.mix.levels import is_near
from engine.drama.mix.timeline import fades_s
from engine.drama.project import Clip
from engine.errors import invalid
from engine.mix.levels import pan_gains

SoundOf = Callable[[Clip, float | None], Iterable[Audio]]
"""The sound of a clip, blocks float32 [1 or 2, any] at the mix's rate: as many seconds as are asked for, or fewer where
it has an end of its own; None is its own length."""
LONGEST_S = 600.0
"""No more is heard of a sound that has no end on the timeline."""
_BLOCK = 32768


def faded(clip: Clip, sound_of: SoundOf, rate_hz: int) -> Iterator[Audio]:
    """A laid-out clip's sound with its fades (sine, equal power), contiguous blocks float32 [2, any].

    Raises INVALID_INPUT `drama_sound_broken` with its name for NaN, infinity or a wrong number of channels.
    """
    assert clip.start_s is not None
    seconds = None if clip.end_s is None else clip.end_s - clip.start_s
    if seconds is not None and seconds <= 0:
        return
    longest = round((LONGEST_S if seconds is None else seconds) * rate_hz)
    fade_in, fade_out = (round(fade * rate_hz) for fade in fades_s(clip))
    at = 0
    for block, left in _with_left(_checked(sound_of(clip, seconds), clip), longest, max(1, fade_out)):
        block = _slope(block, at, fade_in)
        at += block.shape[1]
        if left is not None and left < fade_out:
            block = _slope(block[:, ::-1], left, fade_out)[:, ::-1]
        yield block


def _slope(block: Audio, at: int, fade: int) -> Audio:
    """A block that begins `at` samples after a fade in of `fade` samples did."""
    count = min(block.shape[1], fade - at)
    if count <= 0:
        return block
    block = block.copy()
    block[:, :count] *= np.sin(np.pi / 2 * (np.arange(at, at + count) + 0.5) / fade).astype(np.float32)
    return block


def _with_left(blocks: Iterable[Audio], longest: int, ahead: int) -> Iterator[tuple[Audio, int | None]]:
    """Blocks of at most `longest` samples together, and how many come after each: None while these are more than
    `ahead`. The end is known only `ahead` samples before it."""
    held: list[Audio] = []
    waiting, done = 0, 0
    for block in regroup(_cut(blocks, longest), _BLOCK):
        held.append(block)
        waiting += block.shape[1]
        while held and waiting - held[0].shape[1] >= ahead:
            first = held.pop(0)
            waiting -= first.shape[1]
            done += first.shape[1]
            yield first, None
    rest = np.concatenate(held, axis=1) if held else np.zeros((2, 0), np.float32)
    split = max(0, rest.shape[1] - ahead)
    if split:
        yield rest[:, :split], None
    if rest.shape[1] > split:
        yield rest[:, split:], 0


def _cut(blocks: Iterable[Audio], longest: int) -> Iterator[Audio]:
    for block in blocks:
        if longest <= 0:
            return
        yield block[:, :longest]
        longest -= block.shape[1]


def _checked(blocks: Iterable[Audio], clip: Clip) -> Iterator[Audio]:
    for block in blocks:
        if block.ndim != 2 or block.shape[0] not in (1, 2) or not np.isfinite(block).all():
            raise invalid("drama_sound_broken", sound=clip.sound or clip.prompt or clip.id)
        stereo = np.asarray(block, np.float32)
        yield np.repeat(stereo, 2, axis=0) if len(stereo) == 1 else stereo


@dataclass(frozen=True)
class PlacedClip:
    """A clip and its gain in dB."""

    clip: Clip
    gain_db: float


class Playing:
    """One lane, or a part of it. `block` is asked for contiguous pieces from the start of the drama on."""

    def __init__(self, placed: Sequence[PlacedClip], sound_of: SoundOf, rate_hz: int) -> None:
        self._sound_of, self._rate_hz = sound_of, rate_hz
        self._waiting = sorted(placed, key=lambda each: -(each.clip.start_s or 0.0))
        self._sounding: list[_Sounding] = []

    def block(self, start: int, count: int) -> Audio | None:
        """Samples `start` to `start + count`, float32 [2, count]; None where nothing sounds."""
        while self._waiting and (at := self._first(self._waiting[-1])) < start + count:
            placed = self._waiting.pop()
            sound = faded(placed.clip, self._sound_of, self._rate_hz)
            self._sounding.append(_Sounding(at, placed, sound))
        made: Audio | None = None
        for sounding in list(self._sounding):
            if made is None:
                made = np.zeros((2, count), np.float32)
            if not sounding.add(made, start):
                self._sounding.remove(sounding)
        return made

    def _first(self, placed: PlacedClip) -> int:
        assert placed.clip.start_s is not None
        return round(placed.clip.start_s * self._rate_hz)


class PlayedLane:
    """All clips of a lane: those that step back for the voices, and those that do not."""

    def __init__(self, placed: Sequence[PlacedClip], ducker: Ducker, sound_of: SoundOf, rate_hz: int) -> None:
        near = [each for each in placed if is_near(each.clip)]
        self._far = Playing([each for each in placed if not is_near(each.clip)], sound_of, rate_hz)
        self._near, self._ducker, self._rate_hz = Playing(near, sound_of, rate_hz), ducker, rate_hz

    def block(self, start: int, count: int) -> Audio:
        """As `Playing.block`, silence included; `start` and `count` are multiples of 64."""
        sound, near = self._far.block(start, count), self._near.block(start, count)
        if sound is not None and (gains := self._ducker.gains(start, count, self._rate_hz)) is not None:
            sound *= gains
        if sound is None or near is None:
            only = near if sound is None else sound
            return np.zeros((2, count), np.float32) if only is None else only
        return np.asarray(sound + near)


class _Sounding:
    """A clip that has begun."""

    def __init__(self, at: int, placed: PlacedClip, blocks: Iterator[Audio]) -> None:
        self._at, self._blocks = at, blocks
        gain = 10 ** (placed.gain_db / 20)
        self._gain = np.float32(gain)
        self._matrix = (np.array(pan_gains(placed.clip.pan)) * gain).astype(np.float32) if placed.clip.pan else None
        self._rest = np.zeros((2, 0), np.float32)

    def add(self, target: Audio, start: int) -> bool:
        """Adds what is heard from sample `start` on; False when it is over."""
        place, count = max(0, self._at - start), target.shape[1]
        while place < count:
            if not self._rest.shape[1]:
                block = next(self._blocks, None)
                if block is None:
                    return False
                self._rest = block * self._gain if self._matrix is None else self._matrix @ block
            some = min(count - place, self._rest.shape[1])
            target[:, place : place + some] += self._rest[:, :some]
            self._rest = self._rest[:, some:]
            place += some
        return True

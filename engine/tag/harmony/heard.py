"""What is found of key and chords."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.speech.keys import SHARPS, TONALITIES, Tonality, notes_in
from engine.tag.harmony.texture import Texture

Method = Literal["madmom", "chroma"]
"""madmom's networks, which may not be used commercially, or our own."""
NO_CHORD = "N"
_FREQUENT = 4
_LONGEST_LOOP = 8
_LOOPED = 0.7
"""Share of the changes of chord that must come again a loop later."""
_ROUNDS = 3


@dataclass(frozen=True)
class KeySection:
    """From second `start_s` to `end_s` the sound is in `key`."""

    start_s: float
    end_s: float
    key: Tonality


@dataclass(frozen=True)
class HeardKey:
    """`confidence` and `second_confidence`: probabilities of `key` and of `second`, the next likely one. `tuning_hz`:
    of the A above middle C, within a quarter tone of 440 Hz. `sections`: where the key changes, all of them, and `key`
    is that of the longest; else empty. madmom's network tells none."""

    key: Tonality
    confidence: float
    second: Tonality
    second_confidence: float
    method: Method
    tuning_hz: float
    sections: tuple[KeySection, ...] = ()

    @property
    def non_commercial(self) -> bool:
        """Whether the licence of its method forbids commercial use."""
        return self.method == "madmom"


@dataclass(frozen=True)
class ChordSpan:
    """A chord from second `start_s` to `end_s`: `C`, `F#`, `Am`, or NO_CHORD."""

    start_s: float
    end_s: float
    name: str


@dataclass(frozen=True)
class HeardChords:
    """`spans` follow each other from 0 to the end of the sound. `frequent`: up to four chords, those that sound longest
    first. `loop`: the progression that goes round for most of the piece, from where it is first played; else empty."""

    spans: tuple[ChordSpan, ...]
    frequent: tuple[str, ...]
    loop: tuple[str, ...]
    method: Method

    @property
    def non_commercial(self) -> bool:
        """Whether the licence of its method forbids commercial use."""
        return self.method == "madmom"


@dataclass(frozen=True)
class Harmony:
    """`key` is None where no pitch stands out."""

    key: HeardKey | None
    chords: HeardChords
    texture: Texture = field(compare=False)


def key_of(
    shares: NDArray[np.float64], method: Method, tuning_hz: float, sections: tuple[KeySection, ...] = ()
) -> HeardKey:
    """`shares`: the probabilities of the 24 keys, major from C upwards, then minor."""
    second, first = np.argsort(shares, kind="stable")[-2:].tolist()
    return HeardKey(
        TONALITIES[first], float(shares[first]), TONALITIES[second], float(shares[second]), method, tuning_hz, sections
    )


def chords_of(
    states: NDArray[np.uint8], per_s: float, duration_s: float, key: Tonality | None, method: Method
) -> HeardChords:
    """`states`: the chord of every frame, 0 to 11 major from C upwards, 12 to 23 minor, 24 none; `key` spells them."""
    notes = notes_in(key.tonic, minor=key.mode == "minor") if key else SHARPS
    names = [*notes, *(f"{note}m" for note in notes), NO_CHORD]
    runs = [(state, len(list(run))) for state, run in groupby(states.tolist())]
    starts = [round(int(frame) / per_s, 3) for frame in np.cumsum([0, *(length for _, length in runs)])]
    ends = [*starts[1:-1], round(duration_s, 3)]
    spans = [
        ChordSpan(start, end, names[state]) for start, end, (state, _) in zip(starts, ends, runs, strict=False)
    ] or [ChordSpan(0.0, round(duration_s, 3), NO_CHORD)]
    sounding: Counter[str] = Counter()
    for span in spans:
        sounding[span.name] += round(1000 * (span.end_s - span.start_s))
    del sounding[NO_CHORD]
    frequent = tuple(name for name, _ in sounding.most_common(_FREQUENT))
    return HeardChords(tuple(spans), frequent, loop_in([span.name for span in spans if span.name != NO_CHORD]), method)


def loop_in(names: Sequence[str]) -> tuple[str, ...]:
    """The shortest row of two to eight chords that goes round through most of `names`; empty where none does."""
    changes = [name for name, _ in groupby(names)]
    for length in range(2, _LONGEST_LOOP + 1):
        again = [now == later for now, later in zip(changes, changes[length:], strict=False)]
        if len(changes) < _ROUNDS * length or sum(again) < _LOOPED * len(again):
            continue
        rounds = Counter(
            tuple(changes[at : at + length])
            for at in range(len(changes) - 2 * length + 1)
            if all(again[at : at + length])
        )
        if rounds:
            most = max(rounds.values())
            return next(row for row, count in rounds.items() if 2 * count >= most)
    return ()

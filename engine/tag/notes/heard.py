"""A note that was heard."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeardNote:
    """`pitch` and `velocity` 1..127 as in MIDI. `bends`: seconds after the start, and semitones that the sound lies
    above its pitch from then on, one pair for each change; none where it holds its pitch."""

    start_s: float
    end_s: float
    pitch: int
    velocity: int
    bends: tuple[tuple[float, float], ...] = ()

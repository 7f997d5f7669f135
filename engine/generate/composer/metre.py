"""Metres: common, compound and additive ones (7/8 as 2+2+3), with the pulses and groups that a bar is felt in."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate

from engine.generate.composer.theory import QUARTER, STEP

_EIGHTH = QUARTER // 2
_COMPOUND = 3 * _EIGHTH


@dataclass(frozen=True)
class Metre:
    """A bar's `pulses` and `groups`, lengths in ticks; a group, which bears an accent, is one pulse or more.

    `beat_ticks` is what tempo counts: the dotted quarter where all pulses are, the half in 2/2, else the quarter.
    """

    name: str
    beat_ticks: int
    signature: tuple[int, int]
    pulses: tuple[int, ...]
    groups: tuple[int, ...]

    @cached_property
    def bar_ticks(self) -> int:
        return sum(self.pulses)

    @property
    def steps(self) -> int:
        return self.bar_ticks // STEP

    @property
    def beats(self) -> float:
        """Beats of the tempo in a bar: 3.5 in 7/8."""
        return self.bar_ticks / self.beat_ticks

    @property
    def compound(self) -> bool:
        """Whether all pulses are dotted quarters: 6/8, 9/8."""
        return set(self.pulses) == {_COMPOUND}

    @property
    def pulse_ticks(self) -> int:
        """The shortest pulse."""
        return min(self.pulses)

    @cached_property
    def pulse_starts(self) -> tuple[int, ...]:
        """Ticks in the bar where pulses begin, and its end."""
        return (0, *accumulate(self.pulses))

    @cached_property
    def group_starts(self) -> tuple[int, ...]:
        """Ticks in the bar where groups begin."""
        return (0, *accumulate(self.groups[:-1]))

    def on_pulse(self, tick: int) -> bool:
        return tick % self.bar_ticks in self.pulse_starts

    def inside_pulse(self, tick: int) -> tuple[int, int]:
        """Ticks since the pulse began that sounds at `tick`, and its length."""
        place = tick % self.bar_ticks
        pulse = bisect_right(self.pulse_starts, place) - 1
        return place - self.pulse_starts[pulse], self.pulses[pulse]

    def pulse_from(self, tick: int) -> int:
        """`tick` where a pulse begins there, else where the next one does."""
        since, length = self.inside_pulse(tick)
        return tick - since + length if since else tick

    @property
    def middle(self) -> int:
        """The step that parts a bar in two: half of it in quarters, else where the pulse nearest to that begins."""
        half = self.steps // 2
        if set(self.pulses) == {QUARTER} or len(self.pulses) == 1:
            return half
        return min((start // STEP for start in self.pulse_starts[1:-1]), key=lambda step: abs(step - half))


_COUNTS = {2: range(2, 5), 4: range(2, 13), 8: range(3, 16)}
"""How many halves, quarters and eighths a bar may have."""
_EIGHTHS = {4: (2, 2), 8: (3, 3, 2), 10: (3, 3, 2, 2), 14: (2, 2, 3, 2, 2, 3)}
"""Groups of even bars of eighths."""


def _eighths(count: int) -> tuple[int, ...]:
    """How a bar of eighths is usually grouped: in threes where it can be, else in twos and a last three."""
    if count % 3 == 0:
        return (3,) * (count // 3)
    return _EIGHTHS.get(count) or (*(2,) * ((count - 3) // 2), 3)


def _quarters(count: int) -> tuple[int, ...]:
    """In threes where it can be, else in fours and threes, the longer first; five is three and two."""
    if count % 3 == 0 and count < 12:
        return (3,) * (count // 3)
    return {2: (2,), 5: (3, 2), 7: (4, 3), 10: (4, 3, 3), 11: (4, 4, 3)}.get(count) or (4,) * (count // 4)


@cache
def metre_named(name: str) -> Metre:
    """The metre of a signature, `7/8`, or of its groups, `3+2+2/8`. Raises ValueError for one that is not played."""
    match = re.fullmatch(r"(\d{1,2}(?:\+\d){0,7})/([248])", name)
    if match is None:
        raise ValueError(f"not a metre: {name}")
    parts, unit = tuple(int(part) for part in match[1].split("+")), int(match[2])
    count, said = sum(parts), len(parts) > 1
    if count not in _COUNTS[unit] or (said and not all(2 <= part <= 4 for part in parts)):
        raise ValueError(f"not played: {name}")
    usual = {2: (1,) * count, 4: _quarters(count), 8: _eighths(count)}[unit]
    groups = parts if said else usual
    unit_ticks = 4 * QUARTER // unit
    ticks = tuple(group * unit_ticks for group in groups)
    pulses = tuple(pulse for group in ticks for pulse in _pulses(group, unit))
    beat_ticks = _COMPOUND if set(pulses) == {_COMPOUND} else max(QUARTER, unit_ticks)
    return Metre(f"{count}/{unit}" if groups == usual else name, beat_ticks, (count, unit), pulses, ticks)


def _pulses(group: int, unit: int) -> tuple[int, ...]:
    """Three eighths are one pulse; all else goes in quarters."""
    return (_COMPOUND,) if unit == 8 and group == _COMPOUND else (QUARTER,) * (group // QUARTER)


METRES = {
    name: metre_named(name) for unit, counts in _COUNTS.items() for name in (f"{count}/{unit}" for count in counts)
}
"""All that can be asked for by their signature."""

"""Voicings: which octave each chord tone sounds in, so that the voices move as little as they can."""

from functools import lru_cache
from itertools import pairwise

from engine.generate.composer.sampling import Dice
from engine.generate.composer.theory import Chord

Voicing = tuple[int, ...]
"""Pitches, ascending."""

_PARALLEL = 40.0
"""What a pair of parallel fifths or octaves costs, in semitones of movement."""
_TOP_SECOND, _INNER_SECOND, _LOW_SECOND = 12.0, 2.0, 8.0
"""What two voices a semitone apart cost: at the top they bite, inside they colour, low they growl."""
_LOW = 57


def voicings(
    chords: list[Chord], low: int, high: int, voices: int, dice: Dice, *, style: str = "close", strict: bool = True
) -> list[Voicing]:
    """Pitches for each chord within `low`..`high`: nearest to the last and, where `strict`, without parallel fifths.

    `style` rootless leaves roots of chords of four notes or more to the bass.
    """
    centre = (low + high) // 2
    placed: list[Voicing] = []
    for harmony in chords:
        before = placed[-1] if placed else ()
        options = _positions(harmony, low, high, voices, style == "rootless")
        efforts = [(o, _effort(before, o, centre, strict) + _friction(o)) for o in options]
        best = sorted(efforts, key=lambda e: (e[1], e[0]))[:4]
        placed.append(dice.choose([(o, 1.0 / (1.0 + e) ** 2) for o, e in best]))
    return placed


@lru_cache(maxsize=4096)
def _positions(harmony: Chord, low: int, high: int, voices: int, rootless: bool) -> tuple[Voicing, ...]:
    classes = list(harmony.pitch_classes)
    if rootless and len(classes) > voices - 1 and len(classes) >= 4:
        classes.remove(harmony.root)
    fifth = (harmony.root + harmony.fifth) % 12
    if len(classes) > voices and harmony.fifth == 7 and fifth in classes:
        classes.remove(fifth)
    classes = classes[len(classes) - voices :] if len(classes) > voices else classes
    found: list[Voicing] = []
    for bottom in range(low, high + 1):
        if bottom % 12 not in classes:
            continue
        stack = [bottom]
        ring = sorted(classes, key=lambda c: (c - bottom) % 12)
        for at in range(1, voices):
            stack.append(stack[-1] + ((ring[at % len(ring)] - stack[-1]) % 12 or 12))
        found.append(tuple(stack))
        if voices >= 4:
            found.append(tuple(sorted([*stack[:-2], stack[-2] - 12, stack[-1]])))
    inside = [f for f in found if f[0] >= low and f[-1] <= high and all(a < b for a, b in pairwise(f))]
    if len(harmony.pitch_classes) == 2:
        # a power chord stands on its root where it can
        inside = [f for f in inside if f[0] % 12 == harmony.root] or inside
    return tuple(dict.fromkeys(inside)) or (_squeezed(found, low, high),)


def _squeezed(found: list[Voicing], low: int, high: int) -> Voicing:
    """Where no position fits: the one of which most tones do, each moved by octaves into `low`..`high`."""
    fitting = [{q for p in position for q in range(low, high + 1) if q % 12 == p % 12} for position in found]
    kept = max(fitting, key=len, default=set())
    return tuple(sorted(kept)[:3]) or (low,)


@lru_cache(maxsize=4096)
def _friction(voicing: Voicing) -> float:
    """How much the seconds in a voicing rub."""
    cost = 0.0
    for place, (lower, upper) in enumerate(pairwise(voicing)):
        if upper - lower == 1:
            cost += _TOP_SECOND if place == len(voicing) - 2 else _INNER_SECOND
        if upper - lower <= 2 and lower < _LOW:
            cost += _LOW_SECOND
    return cost


def _effort(before: Voicing, now: Voicing, centre: int, strict: bool) -> float:
    drift = abs(sum(now) / len(now) - centre)
    if not before:
        return drift
    pairs = list(zip(before, now, strict=False))
    moves = sum(abs(a - b) for a, b in pairs)
    return moves + (_PARALLEL if strict else 4.0) * parallels(pairs) + 0.35 * drift


def parallels(pairs: list[tuple[int, int]]) -> int:
    """How many pairs of voices move in parallel fifths or octaves; `pairs`: each voice's pitch before and now."""
    count = 0
    for i, (a, b) in enumerate(pairs):
        for c, d in pairs[i + 1 :]:
            if a != b and (c - a) % 12 in (0, 7) and d - b == c - a:
                count += 1
    return count

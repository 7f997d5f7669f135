"""What a player adds to a written line: grace notes, turns, passing and blue notes, approaches."""

from collections.abc import Sequence

from engine.generate.composer.melody import Tone
from engine.generate.composer.sampling import Dice
from engine.generate.composer.theory import QUARTER, STEP, Key

_GRACE = QUARTER // 8


def ornamented(tones: Sequence[Tone], kind: str, share: float, key: Key, dice: Dice) -> list[Tone]:
    """The line as its style decorates it; `share` 0..1 of the long notes get a grace note or a turn."""
    if kind == "swing":
        return _approached(tones, dice)
    if kind == "blue":
        return _blue(tones, key, dice)
    if not share:
        return list(tones)
    done: list[Tone] = []
    for tone in tones:
        if tone.length < 3 * STEP or not dice.chance(share):
            done.append(tone)
            continue
        above = _neighbour(tone.pitch, key, 1)
        turn = dice.choose(((False, 3.0), (True, 1.0 if tone.length >= 6 * STEP else 0.0)))
        if turn:
            below = _neighbour(tone.pitch, key, -1)
            done += [Tone(tone.start + i * _GRACE, _GRACE, p) for i, p in enumerate((above, tone.pitch, below))]
            done.append(Tone(tone.start + 3 * _GRACE, tone.length - 3 * _GRACE, tone.pitch))
        else:
            done += [Tone(tone.start, _GRACE, above), Tone(tone.start + _GRACE, tone.length - _GRACE, tone.pitch)]
    return done


def varied(tones: Sequence[Tone], key: Key, dice: Dice, share: float = 0.45, *, chromatic: bool = False) -> list[Tone]:
    """The line as it comes back: `share` of its long notes are filled towards the next or circle round themselves.
    `chromatic`: between tones of the scale and under them others may pass."""
    done: list[Tone] = []
    for i, tone in enumerate(tones):
        gap = tones[i + 1].pitch - tone.pitch if i + 1 < len(tones) else 0
        half = tone.length // 2 // STEP * STEP
        if tone.length < 4 * STEP or not dice.chance(share):
            done.append(tone)
        elif 3 <= abs(gap) <= 4:
            between = _neighbour(tone.pitch, key, 1 if gap > 0 else -1)
            done += [Tone(tone.start, half, tone.pitch), Tone(tone.start + half, tone.length - half, between)]
        elif chromatic and abs(gap) == 2 and dice.chance(0.5):
            between = tone.pitch + gap // 2
            done += [Tone(tone.start, half, tone.pitch), Tone(tone.start + half, tone.length - half, between)]
        else:
            quarter = half // 2 // STEP * STEP or half
            side = dice.choose(((-1, 1.0), (1, 1.0)))
            round_it = (
                tone.pitch - 1 if side < 0 and chromatic and dice.chance(0.5) else _neighbour(tone.pitch, key, side)
            )
            done.append(Tone(tone.start, half, tone.pitch))
            done.append(Tone(tone.start + half, quarter, round_it))
            if half + quarter < tone.length:
                done.append(Tone(tone.start + half + quarter, tone.length - half - quarter, tone.pitch))
    return done


def _neighbour(pitch: int, key: Key, side: int) -> int:
    found = pitch + side
    while found % 12 not in key.scale:
        found += side
    return found if abs(found - pitch) <= 3 else pitch + 2 * side


def _approached(tones: Sequence[Tone], dice: Dice) -> list[Tone]:
    """Jazz: a weak eighth before a leap to a strong note becomes its chromatic neighbour."""
    done = list(tones)
    for i in range(1, len(done) - 1):
        now, after = done[i], done[i + 1]
        weak = now.start % QUARTER and not after.start % QUARTER and now.start + now.length == after.start
        if weak and now.length <= 2 * STEP and abs(after.pitch - now.pitch) >= 3 and dice.chance(0.4):
            side = -1 if dice.chance(0.7) else 1
            done[i] = Tone(now.start, now.length, after.pitch + side)
    return done


def _blue(tones: Sequence[Tone], key: Key, dice: Dice) -> list[Tone]:
    """Blues: thirds and fifths are slid into from a semitone below."""
    done: list[Tone] = []
    for tone in tones:
        degree = (tone.pitch - key.tonic) % 12
        if degree in (4, 7) and tone.length >= 2 * STEP and dice.chance(0.45):
            done += [
                Tone(tone.start, _GRACE, tone.pitch - 1),
                Tone(tone.start + _GRACE, tone.length - _GRACE, tone.pitch),
            ]
        else:
            done.append(tone)
    return done

"""The second line: long tones against the melody, and short answers where it rests."""

from collections.abc import Sequence

from engine.generate.composer.harmony import Bar, Span, spans
from engine.generate.composer.melody import Range, Tone, fitted
from engine.generate.composer.metre import Metre
from engine.generate.composer.sampling import Dice
from engine.generate.composer.theory import STEP, Key

_SWEET = (3, 4, 8, 9)
_HARSH = (1, 2, 6, 10, 11)


def counter(bars: Sequence[Bar], tune: Sequence[Tone], key: Key, metre: Metre, reach: Range, dice: Dice) -> list[Tone]:
    """A counter-melody: thirds and sixths with the tune, rather against its direction, no parallel fifths; in the rests
    of the tune its last turn is echoed."""
    tones: list[Tone] = []
    last, above = (reach.low + reach.high) // 2, None
    for start, length, harmony in _halves(bars, metre):
        heard = _sounding(tune, start)
        options = [p for p in range(reach.low, reach.high + 1) if p % 12 in harmony.pitch_classes] or [last]
        pitch = dice.choose([(p, _fit(p, last, heard, above)) for p in options])
        above = heard
        if (
            tones
            and tones[-1].pitch == pitch
            and tones[-1].start + tones[-1].length == start
            and start % metre.bar_ticks
        ):
            tones[-1] = Tone(tones[-1].start, tones[-1].length + length, pitch)
        else:
            tones.append(Tone(start, length, pitch))
        last = pitch
    return _with_answers(tones, bars, tune, key, metre, reach, dice)


def _fit(pitch: int, before: int, heard: int | None, heard_before: int | None) -> float:
    """How well a tone follows `before` under the tune, which goes from `heard_before` to `heard`."""
    move = pitch - before
    weight = (0.6 if move == 0 else 1.0) / (1.0 + move * move / 5.0)
    if heard is None:
        return weight
    apart = (heard - pitch) % 12
    weight *= 2.0 if apart in _SWEET else 0.15 if apart in _HARSH else 0.5 if apart == 0 else 1.0
    if heard_before is not None and move:
        if (heard_before - before) % 12 in (0, 7) and apart == (heard_before - before) % 12:
            weight *= 0.03
        if (heard - heard_before) * move < 0:
            weight *= 1.5
    return weight


def _halves(bars: Sequence[Bar], metre: Metre) -> list[Span]:
    """The chords, long ones twice: start, length, chord."""
    found: list[Span] = []
    for start, length, harmony in spans(tuple(bars), metre):
        half = length // 2 // STEP * STEP
        if len(metre.pulses) == 4 and length == metre.bar_ticks:
            found += [(start, half, harmony), (start + half, length - half, harmony)]
        else:
            found.append((start, length, harmony))
    return found


def _sounding(tune: Sequence[Tone], tick: int) -> int | None:
    return next((t.pitch for t in tune if t.start <= tick < t.start + t.length), None)


def _with_answers(
    tones: list[Tone],
    bars: Sequence[Bar],
    tune: Sequence[Tone],
    key: Key,
    metre: Metre,
    reach: Range,
    dice: Dice,
) -> list[Tone]:
    """In a rest of the tune of two pulses or more, its last notes again, lower, in this voice's range."""
    end = len(bars) * metre.bar_ticks
    ordered = sorted(tune, key=lambda t: t.start)
    for i, tone in enumerate(ordered):
        silent_from = tone.start + tone.length
        until = ordered[i + 1].start if i + 1 < len(ordered) else end
        if until - silent_from < 2 * metre.pulse_ticks or i < 2 or not dice.chance(0.7):
            continue
        begin = metre.pulse_from(silent_from)
        said = [t for t in ordered[max(0, i - 4) : i + 1] if tone.start - t.start < 2 * metre.pulse_ticks]
        if not said or begin + said[-1].start - said[0].start >= until:
            continue
        tones = [t for t in tones if not begin <= t.start < until]
        tones = [Tone(t.start, min(t.length, begin - t.start) if t.start < begin else t.length, t.pitch) for t in tones]
        changes = {start: harmony for start, _, harmony in spans(tuple(bars), metre)}
        for t in said:
            tick = begin + t.start - said[0].start
            now = changes[max(s for s in changes if s <= tick)]
            pitch = t.pitch
            while pitch > reach.high:
                pitch -= 12
            while pitch < reach.low:
                pitch += 12
            usable = [p for p in range(reach.low, reach.high + 1) if p % 12 in fitted(key.scale, now)]
            length = min(t.length, until - tick)
            tones.append(Tone(tick, length, min(usable, key=lambda p: (abs(p - pitch), p), default=pitch)))
    return sorted(tones, key=lambda t: t.start)

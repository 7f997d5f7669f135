"""A score: parts with notes in ticks, and its MIDI file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import mido

from engine.generate.composer.instruments import Instrument
from engine.generate.composer.metre import Metre
from engine.generate.composer.theory import QUARTER, Key


@dataclass(frozen=True, slots=True)
class Note:
    """`start` and `length` in ticks, `pitch` and `velocity` 1..127 as in MIDI."""

    start: int
    length: int
    pitch: int
    velocity: int


VOLUME, PAN, EXPRESSION, PEDAL, REVERB, CHORUS = 7, 10, 11, 64, 91, 93
"""MIDI controllers."""


@dataclass(frozen=True, slots=True)
class ControlChange:
    """A MIDI control change: `number` is one of the controllers above, `value` 0..127."""

    tick: int
    number: int
    value: int


@dataclass(frozen=True)
class Part:
    """`controls` are in order of time; a part on paper has none. `seat`: its player, who plays alike whoever else does;
    `place`: how many of its role sit before it; `level_db`: how much louder it is than its strip on the desk has it."""

    role: str
    instrument: Instrument
    notes: tuple[Note, ...]
    controls: tuple[ControlChange, ...] = ()
    seat: int = 0
    place: int = 0
    level_db: float = 0.0


@dataclass(frozen=True)
class Section:
    """A stretch of the form. `letter` names its material; sections that share a letter share their music."""

    name: str
    letter: str
    bars: int
    intensity: float


@dataclass(frozen=True)
class Score:
    """`quarter_us`: microseconds of a quarter note, as MIDI counts tempo. `end`: tick at which the sound is over."""

    key: Key
    metre: Metre
    quarter_us: int
    form: tuple[Section, ...]
    chords: tuple[str, ...]
    parts: tuple[Part, ...]
    end: int

    @property
    def tempo_bpm(self) -> float:
        """Felt beats a minute."""
        return 60_000_000 * QUARTER / (self.quarter_us * self.metre.beat_ticks)

    def sample_at(self, tick: int, rate_hz: int) -> int:
        return tick * self.quarter_us * rate_hz // (QUARTER * 1_000_000)


def channels(parts: tuple[Part, ...]) -> list[int]:
    """A MIDI channel for each part; drums share channel 9, counted from 0."""
    free = (c for c in range(16) if c != 9)
    return [9 if part.instrument.drums else next(free) for part in parts]


def midi_bytes(score: Score, start_s: float = 0.0) -> bytes:
    """The score as a type 1 MIDI file: a tempo track, then one track a part.

    It begins after `start_s` of silence: whole empty bars, so fast or slow that they last as long to the microsecond.
    """
    file = mido.MidiFile(type=1, ticks_per_beat=QUARTER)
    numerator, denominator = score.metre.signature
    empty, tempi = _empty_bars(score, round(start_s * 1_000_000))
    opening, now = [], 0
    for tick, quarter_us in [*tempi, (empty, score.quarter_us)]:
        opening.append(mido.MetaMessage("set_tempo", tempo=quarter_us, time=tick - now))
        now = tick
    opening.insert(1, mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator))
    end = empty + score.end
    file.tracks.append(mido.MidiTrack([*opening, mido.MetaMessage("end_of_track", time=end - now)]))
    for part, channel in zip(score.parts, channels(score.parts), strict=True):
        file.tracks.append(_track(part, channel, empty, end))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _empty_bars(score: Score, length_us: int) -> tuple[int, list[tuple[int, int]]]:
    """Their length in ticks, and ticks with the tempo that begins there in microseconds a quarter."""
    bar = score.metre.bar_ticks
    ticks = -(-length_us * QUARTER // (score.quarter_us * bar)) * bar
    if not ticks:
        return 0, []
    quarter_us, left = divmod(length_us * QUARTER, ticks)
    longer = round(left / QUARTER)  # quarters that last a microsecond more
    return ticks, [(0, quarter_us + 1), (longer * QUARTER, quarter_us)] if longer else [(0, quarter_us)]


_OFF, _CONTROL, _ON = range(3)
_MESSAGES = ("note_off", "control_change", "note_on")
"""In the order in which they belong at the same tick."""


def _track(part: Part, channel: int, empty: int, end: int) -> mido.MidiTrack:
    """Notes and pedals come after `empty` ticks; how an instrument is set up comes first."""
    events = [(c.tick and empty + c.tick, _CONTROL, c.number, c.value) for c in part.controls]
    for note in part.notes:
        events.append((empty + note.start, _ON, note.pitch, note.velocity))
        events.append((empty + note.start + note.length, _OFF, note.pitch, 0))
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=f"{part.role}: {part.instrument.name}"),
            mido.Message("program_change", channel=channel, program=part.instrument.program),
        ]
    )
    now = 0
    for tick, kind, first, second in sorted(events):
        names = {"control": first, "value": second} if kind == _CONTROL else {"note": first, "velocity": second}
        track.append(mido.Message(_MESSAGES[kind], channel=channel, time=tick - now, **names))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track


def seated(parts: Sequence[tuple[str, Instrument, tuple[Note, ...]]]) -> tuple[Part, ...]:
    """Parts in their order on the page, each with its seat and its place."""
    roles = [role for role, _, _ in parts]
    return tuple(
        Part(role, instrument, notes, seat=seat, place=roles[:seat].count(role))
        for seat, (role, instrument, notes) in enumerate(parts)
    )

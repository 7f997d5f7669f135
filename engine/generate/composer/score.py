"""A score: parts with notes in ticks, and its MIDI file."""

import io
from dataclasses import dataclass

import mido

from engine.generate.composer.instruments import Instrument
from engine.generate.composer.theory import QUARTER, Key, Metre


@dataclass(frozen=True, slots=True)
class Note:
    """`start` and `length` in ticks, `pitch` and `velocity` 1..127 as in MIDI."""

    start: int
    length: int
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Part:
    role: str
    instrument: Instrument
    notes: tuple[Note, ...]


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


def midi_bytes(score: Score) -> bytes:
    """The score as a type 1 MIDI file: a tempo track, then one track a part."""
    file = mido.MidiFile(type=1, ticks_per_beat=QUARTER)
    numerator, denominator = score.metre.signature
    file.tracks.append(
        mido.MidiTrack(
            [
                mido.MetaMessage("set_tempo", tempo=score.quarter_us),
                mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator),
                mido.MetaMessage("end_of_track", time=score.end),
            ]
        )
    )
    for part, channel in zip(score.parts, channels(score.parts), strict=True):
        file.tracks.append(_track(part, channel, score.end))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _track(part: Part, channel: int, end: int) -> mido.MidiTrack:
    events = []
    for note in part.notes:
        events.append((note.start, 1, note.pitch, note.velocity))
        events.append((note.start + note.length, 0, note.pitch, 0))
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=f"{part.role}: {part.instrument.name}"),
            mido.Message("program_change", channel=channel, program=part.instrument.program),
        ]
    )
    now = 0
    for tick, on, pitch, velocity in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track

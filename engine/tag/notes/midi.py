"""Heard notes as a MIDI file."""

import io
from collections.abc import Mapping, Sequence

import mido

from engine.tag.notes.heard import HeardNote

TICKS_PER_QUARTER = 480
TEMPO_BPM = 120.0

_PROGRAMS = {"vocals": 53, "bass": 33, "guitar": 25, "piano": 0, "other": 4}
_USUAL_PROGRAM = 0
_FREE_CHANNELS = tuple(channel for channel in range(16) if channel != 9)
_SEMITONE = 4096
_OFF, _BEND, _ON = range(3)
"""In the order in which they belong at the same tick."""


def to_midi(notes: Sequence[HeardNote], tempo_bpm: float | None = None, name: str = "notes") -> bytes:
    """Notes as a type 1 MIDI file of one track beside that of the tempo, as `stems_to_midi` writes it."""
    return stems_to_midi({name: notes}, tempo_bpm)


def stems_to_midi(stems: Mapping[str, Sequence[HeardNote]], tempo_bpm: float | None = None) -> bytes:
    """The notes of several stems as a type 1 MIDI file: a tempo track, then one by the name of each stem.

    Notes keep their seconds at any tempo (120 where none is known), so one that is measured makes bars of them, if the
    sound begins with one. Each track has a General MIDI sound that its name stands for, and a channel of its own; what
    is heard in drums are no notes, so they have none. A bend holds for a whole channel: notes that sound alone have
    theirs, within the two semitones that every instrument begins with, notes that overlap others have none.
    """
    quarter_us = round(60_000_000 / (tempo_bpm or TEMPO_BPM))
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER)
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=quarter_us)]))
    tuned = [(name, notes) for name, notes in stems.items() if name != "drums"]
    for place, (name, notes) in enumerate(tuned):
        file.tracks.append(_track(name, notes, _FREE_CHANNELS[place % len(_FREE_CHANNELS)], quarter_us))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _track(name: str, notes: Sequence[HeardNote], channel: int, quarter_us: int) -> mido.MidiTrack:
    def tick(at_s: float) -> int:
        return round(at_s * 1_000_000 * TICKS_PER_QUARTER / quarter_us)

    program = _PROGRAMS.get(name, _USUAL_PROGRAM)
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=name.encode("latin-1", "replace").decode("latin-1")),
            mido.Message("program_change", channel=channel, program=program),
        ]
    )
    events: list[tuple[int, int, int, int]] = []
    bent = False
    for note, alone in _alone(notes):
        start, end = tick(note.start_s), tick(note.end_s)
        events += [(start, _ON, note.pitch, note.velocity), (max(start + 1, end), _OFF, note.pitch, 0)]
        bends = note.bends if alone else ()
        if bent and not (bends and bends[0][0] == 0.0):
            events.append((start, _BEND, 0, 0))
        events += [(tick(note.start_s + at_s), _BEND, _wheel(semitones), 0) for at_s, semitones in bends]
        bent = bool(bends and bends[-1][1])
    now = 0
    for at, kind, first, second in sorted(events):
        if kind == _BEND:
            message = mido.Message("pitchwheel", channel=channel, pitch=first, time=at - now)
        else:
            sort = "note_on" if kind == _ON else "note_off"
            message = mido.Message(sort, channel=channel, note=first, velocity=second, time=at - now)
        track.append(message)
        now = at
    return track


def _wheel(semitones: float) -> int:
    return max(-8192, min(8191, round(semitones * _SEMITONE)))


def _alone(notes: Sequence[HeardNote]) -> list[tuple[HeardNote, bool]]:
    """In order of time, each with whether no other sounds while it does."""
    ordered = sorted(notes, key=lambda note: (note.start_s, note.pitch))
    alone, until_s = [True] * len(ordered), 0.0
    longest = -1
    for place, note in enumerate(ordered):
        if longest >= 0 and note.start_s < until_s:
            alone[place] = alone[longest] = False
        if note.end_s >= until_s:
            longest, until_s = place, note.end_s
    return list(zip(ordered, alone, strict=True))

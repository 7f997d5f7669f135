"""Scores are read by mido's own clock: every note begins and ends where playing the file has it."""

from collections import Counter
from pathlib import Path

import mido
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.jobs.tasks import read_score

NOTES = st.tuples(st.integers(0, 300), st.integers(0, 2), st.integers(59, 61), st.sampled_from(["on", "off", "mute"]))
TEMPI = st.tuples(st.integers(0, 300), st.integers(1, 4000))
TRACKS = st.lists(st.lists(st.one_of(NOTES, TEMPI), max_size=12), min_size=1, max_size=3)


def message_of(event: tuple[int, ...], ticks_per_beat: int) -> mido.Message | mido.MetaMessage:
    if len(event) == 2:
        return mido.MetaMessage("set_tempo", time=event[0], tempo=event[1] * ticks_per_beat)  # a tick is whole µs
    time, channel, note, kind = event
    velocity = 0 if kind == "mute" else 80
    return mido.Message(
        "note_off" if kind == "off" else "note_on", time=time, channel=channel, note=note, velocity=velocity
    )


def played(file: mido.MidiFile) -> Counter[tuple[float, float, int]]:
    """What sounds when mido plays each track with the tempi of all: (start, length, pitch)."""
    found: Counter[tuple[float, float, int]] = Counter()
    for chosen in range(len(file.tracks)):
        tracks = [
            [m if m.is_meta or n == chosen else mido.MetaMessage("text", time=m.time) for m in track]
            for n, track in enumerate(file.tracks)
        ]
        now, sounding = 0.0, {}
        for message in mido.MidiFile(ticks_per_beat=file.ticks_per_beat, tracks=tracks):
            now += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = message.channel, message.note
            if (start := sounding.pop(key, None)) is not None:
                found[round(start, 6), round(now - start, 6), message.note] += 1
            if message.type == "note_on" and message.velocity:
                sounding[key] = now
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TRACKS, st.sampled_from([32, 250, 500]))
def test_notes_sound_when_mido_plays_them(tmp_path: Path, events: list, ticks_per_beat: int) -> None:
    tracks = [mido.MidiTrack(message_of(event, ticks_per_beat) for event in track) for track in events]
    path = tmp_path / "score.mid"
    mido.MidiFile(ticks_per_beat=ticks_per_beat, tracks=tracks).save(path)
    score, file = read_score(path), mido.MidiFile(path)
    notes = Counter(note[:3] for part in score.parts for note in part.notes)
    assert notes == played(file) and abs(score.duration_s - file.length) < 1e-6

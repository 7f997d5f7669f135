"""`/tag`: what is in a sound: genre, mood, instruments, tempo, key, chords, voice or not."""

from pathlib import Path

from engine.command import Command, Lane
from engine.speech.phrases import read_phrases
from engine.tag.params import TagParams
from engine.tag.tasks import TAG_TASKS

COMMAND = Command(
    name="tag",
    summary="Say what is in a track: genre, mood, instruments, tempo, key.",
    invitation="Drop a song: what is it? Tempo, key, chords, genre, mood.",
    placeholder="Nothing to write here: choose a track",
    button="Tag {source}",
    params=TagParams,
    runner="engine.tag.run:run",
    lane=lambda params: Lane.MODEL,
    device_key=lambda params: "tag",
    memory_mb=lambda params, device: 600,
    phrases=read_phrases(Path(__file__).with_name("phrases.toml")),
    tasks=TAG_TASKS,
)

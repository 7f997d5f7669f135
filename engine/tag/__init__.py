"""`/tag`: what is in a sound: genre, mood, instruments, tempo, key, chords, voice or not."""

from pathlib import Path

from engine.command import Command, Lane
from engine.models import find
from engine.speech.phrases import read_phrases
from engine.split.models import need_mb
from engine.tag.clamp3.files import MODEL, listens
from engine.tag.params import ListenParams, TagParams
from engine.tag.tasks import TAG_TASKS

LISTENING_MB = 600


def memory_mb(params: ListenParams, separator: str | None, device: str, models_dir: Path) -> int:
    """About what listening takes on a device, MiB, stems included where a model splits for it."""
    clamp_mb = find(MODEL).need_mb(device) if listens(params.model, models_dir) else 0
    return LISTENING_MB + clamp_mb + (need_mb(separator, "auto", device) if separator else 0)


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
    memory_mb=lambda params, device, models_dir: memory_mb(
        params, params.separator if params.stem_enhanced else None, device, models_dir
    ),
    phrases=read_phrases(Path(__file__).with_name("phrases.toml")),
    tasks=TAG_TASKS,
)

"""`/drama`: a script becomes speech, ambience, effects and music, mixed."""

from pathlib import Path

from engine.command import Command, Lane
from engine.drama.params import DramaParams
from engine.drama.tasks import DRAMA_TASKS
from engine.speech.phrases import read_phrases

MEMORY_MB = 1600
"""What the largest engine takes beside the analysis, MiB: engines are loaded one after the other."""


def _title(params: DramaParams) -> str:
    return "title.drama" if params.script else ""


COMMAND = Command(
    name="drama",
    summary="Make an audio drama of a script: voices, ambience, effects and music, mixed.",
    invitation="Drop a story or a screenplay: hear it with voices and sounds.",
    placeholder="Paste a story, or lines such as “Anna: Who is there?”",
    button="Perform {script}",
    params=DramaParams,
    runner="engine.drama.run:run",
    lane=lambda params: Lane.MODEL,
    device_key=lambda params: "drama",
    memory_mb=lambda params, device, models_dir: MEMORY_MB,
    title=_title,
    about=lambda params: {"variant": "line"} if params.utterance else {},
    tasks=DRAMA_TASKS,
    phrases=read_phrases(Path(__file__).with_name("phrases.toml")),
)

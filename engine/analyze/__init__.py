"""`/analyze`: `/split` and `/tag` in one job: a track with its stems and all that they and the whole say."""

from pathlib import Path

from engine.analyze.params import AnalyzeParams
from engine.analyze.report import files
from engine.command import Command, Lane
from engine.speech.phrases import read_phrases
from engine.tag import memory_mb

COMMAND = Command(
    name="analyze",
    summary="Split a track and say what is in it, as a whole and stem by stem.",
    invitation="Drop a song: its stems, and all that they say.",
    placeholder="Nothing to write here: choose a track",
    button="Analyse {source}",
    params=AnalyzeParams,
    runner="engine.analyze.run:run",
    lane=lambda params: Lane.MODEL,
    device_key=lambda params: "tag",
    memory_mb=lambda params, device, models_dir: memory_mb(
        params, params.separator if params.stems else None, device, models_dir
    ),
    title=lambda params: "title.stems",
    report=files,
    phrases=read_phrases(Path(__file__).with_name("phrases.toml")),
)

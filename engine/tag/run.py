"""The runner of `/tag`."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.audio.block import Audio
from engine.audio.decode import blocks, open_source, probe
from engine.audio.kept import kept_as
from engine.context import JobContext, TrackDraft
from engine.parameters import Format, OutputParams
from engine.tag.listener import listen
from engine.tag.measures import MeasuringListener
from engine.tag.params import TagParams

AS_FILE = "file"
"""The model of a track that is a user's file."""


def run(params: TagParams, job: JobContext) -> None:
    path = job.open(params.source)
    job.plan(ANALYZING=1)
    job.progress(0, 1, "ANALYZING")
    facts = _facts(path, job)
    if params.source.startswith("track:"):
        job.annotate(params.source, **facts)
    else:
        job.new_track(_draft(params, path, facts, job))
    job.progress(1, 1, "ANALYZING")


def _facts(path: Path, job: JobContext) -> dict[str, Any]:
    expected = probe(path)
    measuring = MeasuringListener()
    heard = 0

    def hear(block: Audio) -> None:
        nonlocal heard
        heard += block.shape[1]
        job.progress(min(heard, expected.samples), expected.samples, "ANALYZING")

    listen(path, [measuring], hear)
    return {"measures": asdict(measuring.result())}


def _draft(params: TagParams, path: Path, facts: dict[str, Any], job: JobContext) -> TrackDraft:
    """The user's file as a track: as it is where a track can have its format, else as FLAC."""
    kept, title = kept_as(path), job.title(params.source)
    common: dict[str, Any] = {"model": AS_FILE, "prompt": title, "title": title, "facts": facts}
    if kept is not None:
        return TrackDraft(audio=path, output=OutputParams(format=kept.format), **common)
    with open_source(path) as source:
        rate_hz, layout = source.rate_hz, source.layout
    output = OutputParams(format=Format.FLAC)
    return TrackDraft(audio=blocks(path), rate_hz=rate_hz, layout=layout, output=output, tags_of=path, **common)

"""The runner of `/tag`."""

from pathlib import Path
from typing import Any

from engine.audio.block import Audio
from engine.audio.decode import blocks, open_source, probe
from engine.audio.kept import kept_as
from engine.context import JobContext, TrackDraft
from engine.models.device import threads_of_torch
from engine.models.ensure import ensure, located
from engine.parameters import Format, OutputParams
from engine.tag.correct import corrected_by_hand
from engine.tag.ears import Ears, Listeners, wanted
from engine.tag.facts import TrackFacts
from engine.tag.findings import facts_of
from engine.tag.listener import listen
from engine.tag.notes.midi import to_midi
from engine.tag.params import TagParams

AS_FILE = "file"
"""The model of a track that is a user's file."""


def run(params: TagParams, job: JobContext) -> None:
    path = job.open(params.source)
    models = wanted(params)
    there = all(located(model, job.models_dir) for model in models)
    job.plan(**({} if there else {"DOWNLOADING": 30, "VERIFYING": 1}), ANALYZING=100)
    files = {model: ensure(model, job) for model in models}
    ears = job.engine(f"tag:{','.join(models)}", lambda: Ears.of(files))
    record = job.record(params.source)
    length = record or probe(path)  # a record knows without decoding
    heard = ears.listeners(length.duration_s)
    _listen(path, length.samples, heard, job)
    facts = facts_of(heard, params, job.known_music(params.source))
    midi = _midi(heard, facts)
    if params.source.startswith("track:"):
        own = corrected_by_hand(record.annotations) if record else set()
        job.annotate(params.source, **{name: fact for name, fact in facts.plain().items() if name not in own})
        if midi:
            job.add_score(params.source, midi)
    else:
        job.new_track(_draft(params, path, facts, midi, job))
    job.progress(1, 1, "ANALYZING")


def _listen(path: Path, samples: int, heard: Listeners, job: JobContext) -> None:
    done = 0

    def hear(block: Audio) -> None:
        nonlocal done
        done = min(samples, done + block.shape[1])
        job.progress(done, samples, "ANALYZING")

    with threads_of_torch(1):  # who listens has threads of its own, and a network's wait for each other under load
        listen(path, heard.all(), hear)


def _midi(heard: Listeners, facts: TrackFacts) -> bytes | None:
    """The notes, where music was heard and there are any."""
    notes = heard.notes.result() if heard.notes and facts.tempo else ()
    return to_midi(notes, facts.tempo.bpm if facts.tempo else None) if notes else None


def _draft(params: TagParams, path: Path, facts: TrackFacts, midi: bytes | None, job: JobContext) -> TrackDraft:
    """The user's file as a track: as it is where a track can have its format, else as FLAC."""
    kept, title = kept_as(path), job.title(params.source)
    common: dict[str, Any] = {"model": AS_FILE, "prompt": title, "title": title, "facts": facts.plain(), "midi": midi}
    if kept is not None:
        return TrackDraft(audio=path, output=OutputParams(format=kept.format), **common)
    with open_source(path) as source:
        rate_hz, layout = source.rate_hz, source.layout
    output = OutputParams(format=Format.FLAC)
    return TrackDraft(audio=blocks(path), rate_hz=rate_hz, layout=layout, output=output, tags_of=path, **common)

"""What a job needs to be begun, and what its result will be called."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.command import Command
from engine.commands import command
from engine.jobs.job import Job
from engine.library import titles
from engine.library.inputs import StoredInput
from engine.messages import translate
from engine.parameters import Params


def title_of(
    job: Job, asked: Command[Any], params: Params, inputs: Mapping[str, StoredInput]
) -> tuple[str, str | None]:
    """What the job's result is called, and the user's file that it is named after."""
    sounds = {field: inputs[key] for field, key in params.inputs().items()}
    called = {field: sound.title or translate(titles.UNTITLED, job.language) for field, sound in sounds.items()}
    sentence = asked.title(params)
    title = titles.made(
        sentence, text=asked.described(params), sounds=called, command=job.command, language=job.language
    )
    if variation := job.about.get("variation"):
        number, count = variation
        title = titles.numbered(title, number, count, job.language)
    field = titles.named_after(sentence, called)
    return title, sounds[field].source_file if field else None


def needs(job: Job, device: str, free_gb: float, models_dir: Path) -> tuple[int, int]:
    """How many jobs may run beside each other while this one does, and about what it takes on the device, MiB.

    One that was interrupted runs alone: memory may have been what ended its worker. One that is unreadable is refused
    when it is begun.
    """
    try:
        asked = command(job.command, debug=True)
        params = asked.params.restored(job.params)
        most = 1 if job.interruptions else max(1, asked.max_concurrency(params, free_gb))
        return most, asked.memory_mb(params, device, models_dir)
    except Exception:  # a plug-in's may raise anything
        return 1, job.memory_mb

"""What a job needs to be begun, collected for its worker, and what its result will be called."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.command import Command
from engine.commands import command
from engine.faults import as_app_error
from engine.jobs.job import Job
from engine.jobs.job_views import JobViews
from engine.jobs.messages import JobFailed, RunJob
from engine.jobs.settlement import Settlement
from engine.jobs.worker_process import WorkerProcess
from engine.library import titles
from engine.library.atomic import remove_tree
from engine.library.inputs import StoredInput
from engine.library.library import Library
from engine.library.publish import note_owner
from engine.messages import translate
from engine.parameters import Params
from engine.settings import Settings
from engine.spans import past
from engine.trace import on_behalf


@dataclass(eq=False, repr=False)
class Handover:
    """Jobs that were claimed, on their way to their workers. `lock`: the dispatch's, under which `begin` is called.

    `aside`: what a job needs is collected in a thread of its own, so that nobody waits for a bucket or a database that
    is away. `goes_on()`: whether jobs are still begun here.
    """

    settings: Settings
    library: Library
    views: JobViews
    settlement: Settlement
    lock: AbstractContextManager[object]
    aside: bool
    goes_on: Callable[[], bool]
    collecting: set[str] = field(default_factory=set)
    """Ids of the jobs of which their workers have not heard."""

    def begin(self, worker: WorkerProcess, job: Job) -> None:
        """The worker counts as at it from here on."""
        worker.job = job
        self.collecting.add(job.id)
        if self.aside:
            threading.Thread(target=self._hand_over, args=(worker, job), name="hand-over", daemon=True).start()
        else:
            self._hand_over(worker, job)

    def _hand_over(self, worker: WorkerProcess, job: Job) -> None:
        folder = self.settlement.folder(job)
        said: RunJob | JobFailed
        with on_behalf(job.origin):
            try:
                said = collected(job, self.library, folder)
                if job.segment is None:
                    self.settlement.note_follow_up(job)
            except Exception as fault:  # it is claimed, so it must come to an end
                error = as_app_error(fault)
                said = JobFailed(job.id, error.body(self.settings.language), error.recoverable)
            with self.lock:
                if worker.job is not job or job.id not in self.collecting or not self.goes_on():
                    remove_tree(folder)  # it was canceled, lost or handed back meanwhile
                    return
                self.collecting.discard(job.id)
                if isinstance(said, JobFailed):
                    self.settlement.deliver(worker, said)
                    return
                if job.segment is None:
                    if job.attempt == 1 and job.started_at is not None:
                        past("job wait", job.created_at, job.started_at, job_id=job.id, job_command=job.command)
                    self.views.begun(job)
                worker.send(said)


def collected(job: Job, library: Library, folder: Path) -> RunJob:
    """What its worker is to be told; the job's `folder` is made. Raises whatever the library does and a plug-in may."""
    asked = command(job.command, debug=True)
    params = asked.params.restored(job.params)
    own = library.of(job.user)
    inputs = {key: own.input(key) for key in params.inputs().values()}
    title, source_file = title_of(job, asked, params, inputs)
    folder.mkdir(parents=True)
    note_owner(folder, job.user)
    queued_s = max(0.0, (job.started_at or 0) - job.created_at)
    return RunJob(
        job.id, job.attempt, job.interruptions, job.command, job.params, inputs, folder, job.memory_mb, queued_s,
        title, job.language, source_file, job.origin, job.segment,
    )  # fmt: skip


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

"""Where a command runs: here, where the output folder is free, else on the page that owns it."""

import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from engine.app import Application
from engine.command import Command
from engine.events import Event, Notice
from engine.jobs.job import ACTIVE, Request
from engine.jobs.queue import Queue
from engine.messages import translate
from engine.owner import LOCAL
from engine.terminal import POLL_S
from engine.terminal.progress import ProgressBar


class WorkPlace(Protocol):
    """Takes one command after the other. Both methods raise AppError."""

    def run(
        self, asked: Command[Any], params: dict[str, Any], files: Mapping[str, Path]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The job's row when it is over, and the records that it is about; none where it did not complete."""

    def record(self, track_id: str) -> dict[str, Any]:
        """A record as it stands on disk. Raises NOT_FOUND."""

    def close(self) -> None:
        """No command comes any more."""


def say_notice(event: Event, language: str) -> None:
    """What there is to say to the user, on the standard error."""
    if isinstance(event, Notice):
        print(translate(event.key, language, **event.values), file=sys.stderr)


def results(row: Mapping[str, Any], asked: Command[Any], params: Mapping[str, Any]) -> list[str]:
    """Ids of the tracks that a job made, or else of those that it was about."""
    keys = (str(params.get(name, "")) for name in asked.params.input_fields())
    return list(row["track_ids"]) or [key.partition(":")[2] for key in keys if key.startswith("track:")]


class InThisProcess:
    """Implements `WorkPlace`: in this process, as the local user."""

    def __init__(self, application: Application) -> None:
        self._application, self._mine = application, application.of(LOCAL)
        self._language = application.settings.language
        self._changed = threading.Event()
        application.events.subscribe(self._heard)

    def run(
        self, asked: Command[Any], params: dict[str, Any], files: Mapping[str, Path]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        mine, bar = self._mine, ProgressBar(self._language)
        for name, path in files.items():
            with path.open("rb") as stream:
                params[name] = mine.uploads.add(stream, path.name)["key"]
        text = str(params.get(asked.params.text_field or "", ""))
        job = mine.scheduler.submit(Request(asked.name, params, text=text, language=self._language))
        try:
            while _goes_on(mine.queue, job.id):
                self._changed.wait(POLL_S)
                self._changed.clear()
                bar.show(mine.scheduler.views.row(mine.queue.get(job.id)))
        except KeyboardInterrupt:
            mine.scheduler.cancel(job.id)
            while mine.queue.get(job.id).status == "RUNNING":
                time.sleep(POLL_S)
        bar.clear()
        row = mine.scheduler.views.row(mine.queue.get(job.id))
        tracks = results(row, asked, params) if row["status"] == "COMPLETED" else []
        return row, [self.record(track) for track in tracks]

    def record(self, track_id: str) -> dict[str, Any]:
        return self._mine.library.record(track_id).model_dump(mode="json")

    def close(self) -> None:
        self._application.close()

    def _heard(self, event: Event) -> None:
        say_notice(event, self._language)
        self._changed.set()


def _goes_on(queue: Queue, job_id: str) -> bool:
    """Whether the job, or what follows from it, waits or runs."""
    children = (child.id for child in queue.children(job_id))
    return queue.get(job_id).status in ACTIVE or any(_goes_on(queue, child) for child in children)

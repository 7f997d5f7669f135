"""Batches, over REST and over the socket: the same verbs in both."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify

from engine.app import Application
from engine.errors import AppError, Code
from engine.jobs.batch import read_batch
from engine.web.api import Verb, add_verbs, json_body, language_of, wants_pause
from engine.web.files import attachment
from engine.web.stems import zip_of


def submit(application: Application, body: Any) -> dict[str, Any]:
    """One job for each source: `{batch_id, job_ids}`. Raises as `read_batch` and `Control.submit_batch` do."""
    batch = read_batch(body, debug=application.settings.debug)
    batch = replace(batch, language=language_of(application, body))
    return {"batch_id": batch.id, "job_ids": [job.id for job in application.scheduler.submit_batch(batch)]}


def verbs(application: Application) -> dict[str, Verb]:
    """What can be done with a batch that is there, by name."""
    scheduler = application.scheduler
    return {
        "cancel": lambda batch_id, _: {"canceled": scheduler.cancel_batch(batch_id)},
        "retry": lambda batch_id, _: {"retried": scheduler.retry_batch(batch_id)},
        "pause": lambda batch_id, read: {"paused": scheduler.pause_batch(batch_id, wants_pause(read()))},
    }


def blueprint(application: Application) -> Blueprint:
    batches = Blueprint("batches", __name__, url_prefix="/api/batches")

    @batches.post("")
    def begin() -> tuple[Response, int]:
        return jsonify(submit(application, json_body())), 202

    @batches.get("/<batch_id>")
    def batch(batch_id: str) -> dict[str, Any]:
        return {"jobs": [application.scheduler.views.row(job) for job in application.queue.batch(batch_id)]}

    @batches.get("/<batch_id>/tracks.zip")
    def archive(batch_id: str) -> Response:
        """Every track that the batch has made and that is still there."""
        jobs = application.queue.batch(batch_id)
        answer = zip_of(list(_files(application, [track_id for job in jobs for track_id in job.track_ids])))
        attachment(answer, f"{jobs[0].command}_{datetime.now():%d%m%Y_%H_%M}.zip")
        return answer

    add_verbs(batches, "", verbs(application))
    return batches


def _files(application: Application, track_ids: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Title and file of each track that is there. Raises NOT_FOUND when there is none."""
    found = 0
    for track_id in track_ids:
        with contextlib.suppress(AppError):
            row = application.library.row(track_id)
            yield row["title"], application.storage.fetch(application.library.input_key(f"track:{track_id}"))
            found += 1
    if not found:
        raise AppError(Code.NOT_FOUND, "batch_without_tracks")

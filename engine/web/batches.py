"""Batches, over REST and over the socket: the same verbs in both."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify

from engine.app import Application
from engine.errors import AppError, Code
from engine.jobs.batch import read_batch
from engine.jobs.job import Webhook
from engine.web.api import Verb, add_verbs, json_body, language_of, wants_pause
from engine.web.files import attachment
from engine.web.me import me
from engine.web.stems import zip_of


def submit(body: Any, webhook: Webhook | None = None) -> dict[str, Any]:
    """One job for each source: `{batch_id, job_ids}`. Raises as `read_batch` and `Control.submit_batch` do."""
    batch = read_batch(body, debug=me.settings.debug)
    batch = replace(batch, language=language_of(body), webhook=webhook)
    return {"batch_id": batch.id, "job_ids": [job.id for job in me.scheduler.submit_batch(batch)]}


def verbs() -> dict[str, Verb]:
    """What can be done with a batch that is there, by name."""
    return {
        "cancel": lambda batch_id, _: {"canceled": me.scheduler.cancel_batch(batch_id)},
        "retry": lambda batch_id, _: {"retried": me.scheduler.retry_batch(batch_id)},
        "pause": lambda batch_id, read: {"paused": me.scheduler.pause_batch(batch_id, wants_pause(read()))},
    }


def blueprint(_: Application) -> Blueprint:
    batches = Blueprint("batches", __name__, url_prefix="/api/batches")

    @batches.post("")
    def begin() -> tuple[Response, int]:
        return jsonify(submit(json_body())), 202

    @batches.get("/<batch_id>")
    def batch(batch_id: str) -> dict[str, Any]:
        return {"jobs": [me.scheduler.views.row(job) for job in me.queue.batch(batch_id)]}

    @batches.get("/<batch_id>/tracks.zip")
    def archive(batch_id: str) -> Response:
        """Every track that the batch has made and that is still there."""
        jobs = me.queue.batch(batch_id)
        answer = zip_of(list(_files([track_id for job in jobs for track_id in job.track_ids])))
        attachment(answer, f"{jobs[0].command}_{datetime.now():%d%m%Y_%H_%M}.zip")
        return answer

    add_verbs(batches, "", verbs())
    return batches


def _files(track_ids: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Title and file of each track that is there. Raises NOT_FOUND when there is none."""
    found = 0
    for track_id in track_ids:
        try:
            row = me.library.row(track_id)
            path = me.storage.fetch(me.library.input_key(f"track:{track_id}"))
        except AppError as error:
            if error.code is not Code.NOT_FOUND:
                raise
            continue
        yield row["title"], path
        found += 1
    if not found:
        raise AppError(Code.NOT_FOUND, "batch_without_tracks")

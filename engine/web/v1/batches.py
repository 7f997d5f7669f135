"""Batches: one command for many sounds, a job for each."""

import uuid
from typing import Any, Literal

from flask import Response, url_for
from pydantic import Field

from engine.errors import Code
from engine.jobs.batch import MAX_SOURCES
from engine.jobs.outbox import BATCH_ENDED
from engine.parameters import IDENTITY
from engine.web import batches
from engine.web.me import caller, me
from engine.web.v1 import webhooks
from engine.web.v1.ground import Ground
from engine.web.v1.idempotency import HEADERS, TOLD, Answers
from engine.web.v1.job_models import WEBHOOK_URL, JobEnd, JobView, Language
from engine.web.v1.job_views import listed
from engine.web.v1.models import AnswerModel, RequestModel
from engine.web.v1.operations import Answer, Surface

TAG = "batches"


class NewBatch(RequestModel):
    """A command for many sounds."""

    command: str = Field(max_length=40, description="The command.")
    params: dict[str, Any] = Field({}, description="Its parameters, without the sound.")
    field: str | None = Field(
        None, max_length=64, description="The parameter that takes the sounds; by default the first that takes one."
    )
    sources: list[str] = Field(min_length=1, max_length=MAX_SOURCES, description="Keys of the sounds.")
    language: Language | None = Field(None, description="Of the titles of what is made; the server's own by default.")
    webhook_url: str | None = WEBHOOK_URL
    webhook_events: list[JobEnd | Literal["batch.ended"]] | None = Field(
        None,
        min_length=1,
        max_length=4,
        description="Which ends are told there: of the whole batch, which is the default, and of each of its jobs.",
    )


class SubmittedBatch(AnswerModel):
    """A batch that was taken."""

    batch_id: str = Field(description="Its id.")
    job_ids: list[str] = Field(description="A job for each sound, in their order.")
    url: str = Field(description="The batch.")


class BatchView(AnswerModel):
    """The jobs of a batch."""

    id: str = Field(pattern=f"^{IDENTITY}$", description="Its id.")
    items: list[JobView] = Field(description="Its jobs, in their order.")


class CanceledJobs(AnswerModel):
    canceled: int = Field(description="How many jobs were.")


class RetriedJobs(AnswerModel):
    retried: int = Field(description="How many failed jobs went back into the queue.")


def add(surface: Surface, ground: Ground) -> None:
    answers = Answers(ground.database)

    @surface.on("POST", "/batches", TAG, {202: Answer(SubmittedBatch, "Its jobs are in the queue.", {
                "Location": "The batch.", **TOLD})}, body=NewBatch, headers=HEADERS,
                errors=(Code.NOT_FOUND, Code.CONFLICT, Code.MODEL_MISSING, Code.DISK_FULL))  # fmt: skip
    def create_batch(body: NewBatch) -> Response:
        """Ask for the same of many sounds: all of them, or none is taken."""
        sent = body.model_dump(exclude_none=True)
        wanted = {name: value for name, value in sent.items() if not name.startswith("webhook_")}

        def do(identity: str | None) -> tuple[dict[str, Any], int]:
            webhook = webhooks.wanted(ground, body.webhook_url, body.webhook_events, (BATCH_ENDED,))
            taken = batches.submit({**wanted, "batch_id": identity or uuid.uuid4().hex}, webhook)
            url = url_for("v1.get_batch", batch_id=taken["batch_id"])
            return SubmittedBatch(**taken, url=url).model_dump(), 202

        return answers.once(caller().user, sent, do).response()

    @surface.on("GET", "/batches/<batch_id>", TAG, {200: Answer(BatchView, "The batch.")}, errors=(Code.NOT_FOUND,))
    def get_batch(batch_id: str) -> BatchView:
        """The jobs of a batch."""
        return BatchView(id=batch_id, items=listed(me.queue.batch(batch_id)))

    @surface.on("POST", "/batches/<batch_id>/cancel", TAG, {200: Answer(CanceledJobs, "They are being canceled.")},
                errors=(Code.NOT_FOUND, Code.DISK_FULL))  # fmt: skip
    def cancel_batch(batch_id: str) -> CanceledJobs:
        """Cancel every job of a batch that waits or runs."""
        return CanceledJobs(canceled=me.scheduler.cancel_batch(batch_id))

    @surface.on("POST", "/batches/<batch_id>/retry", TAG, {200: Answer(RetriedJobs, "They are in the queue.")},
                errors=(Code.NOT_FOUND, Code.DISK_FULL))  # fmt: skip
    def retry_batch(batch_id: str) -> RetriedJobs:
        """Put every failed job of a batch back into the queue."""
        return RetriedJobs(retried=me.scheduler.retry_batch(batch_id))

"""Webhooks as programs read them: the deliveries of a job, and what is delivered."""

from typing import Literal

from pydantic import Field

from engine.web.v1.job_models import JobEnd, JobView
from engine.web.v1.models import AnswerModel, Error


class Delivery(AnswerModel):
    """A webhook that is, or was, to be sent."""

    id: str = Field(description="Its id, which receivers find in the header webhook-id, each time that it is sent.")
    event: str = Field(description="What it tells: job.completed, job.failed, job.canceled or batch.ended.")
    subject: str = Field(description="Id of the job, or of the batch.")
    webhook_url: str = Field(description="Where it goes.")
    state: Literal["waiting", "delivered", "failed"] = Field(
        description="It is still to be delivered, was answered with 2xx, or was given up."
    )
    attempts: int = Field(description="How often it was sent since it was asked for.")
    status: int | None = Field(description="HTTP status of the last answer; None where there was none.")
    error: Error | None = Field(description="Why the last attempt failed.")
    created_at: float = Field(description="When the job or batch ended, Unix seconds.")
    due_at: float | None = Field(description="When it is sent next, Unix seconds.")
    delivered_at: float | None = Field(description="When it was delivered, Unix seconds.")


class DeliveryList(AnswerModel):
    items: list[Delivery] = Field(description="Deliveries, the oldest first.")


class WebhookSecret(AnswerModel):
    """What your webhooks are signed with."""

    secret: str = Field(description="`whsec_` and the key in Base64, as the libraries of Standard Webhooks take it.")


class BatchEnd(AnswerModel):
    """How a batch has ended."""

    id: str = Field(description="Its id.")
    completed: int = Field(description="How many of its jobs were completed.")
    failed: int = Field(description="How many failed.")
    canceled: int = Field(description="How many were canceled.")
    url: str = Field(description="The batch.")


class WebhookBody(AnswerModel):
    """The body of a webhook."""

    id: str = Field(description="Id of the delivery.")
    type: JobEnd | Literal["batch.ended"] = Field(description="What has happened.")
    timestamp: str = Field(description="When, ISO 8601.")
    data: JobView | BatchEnd = Field(description="The job as it was then, or how the batch has ended.")

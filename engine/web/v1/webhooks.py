"""Webhooks: what becomes of them, and the secret that they are signed with."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Flask, url_for
from sqlalchemy import Row

from engine.accounts import Caller
from engine.accounts.audit import Action
from engine.errors import AppError, Code, invalid
from engine.jobs.job import Webhook
from engine.jobs.job_rows import revived
from engine.jobs.outbox import BATCH_ENDED
from engine.parameters import finite
from engine.web.api import language_of_page
from engine.web.audit import note
from engine.web.auth.access import Scope, need
from engine.web.me import act_as, caller, me
from engine.web.v1.ground import Ground
from engine.web.v1.job_views import told
from engine.web.v1.models import Error
from engine.web.v1.operations import Answer, Surface
from engine.web.v1.webhook_models import BatchEnd, Delivery, DeliveryList, WebhookBody, WebhookSecret
from engine.web.webhooks.deliveries import Deliveries
from engine.web.webhooks.destinations import Reach, destination
from engine.web.webhooks.secret import Secrets

TAG = "webhooks"
JOB_ENDS = ("job.completed", "job.failed", "job.canceled")


def add(surface: Surface, ground: Ground) -> None:
    deliveries, secrets = Deliveries(ground.database), Secrets(ground.state)

    @surface.on("GET", "/jobs/<job_id>/deliveries", TAG, {200: Answer(DeliveryList, "Webhooks of the job.")},
                errors=(Code.NOT_FOUND,))  # fmt: skip
    def job_deliveries(job_id: str) -> DeliveryList:
        """What became of the webhooks of a job.

        They are kept for a week after they are done with.
        """
        return _list(deliveries.of(caller().user, [me.queue.get(job_id).id]))

    @surface.on("GET", "/batches/<batch_id>/deliveries", TAG, {200: Answer(DeliveryList, "Webhooks of the batch.")},
                errors=(Code.NOT_FOUND,))  # fmt: skip
    def batch_deliveries(batch_id: str) -> DeliveryList:
        """What became of the webhooks of a batch, and of those of its jobs."""
        subjects = [batch_id, *(job.id for job in me.queue.batch(batch_id))]
        return _list(deliveries.of(caller().user, subjects))

    @surface.on("POST", "/deliveries/<delivery_id>/redeliver", TAG, {202: Answer(Delivery, "It is being sent.")},
                errors=(Code.NOT_FOUND, Code.DISK_FULL))  # fmt: skip
    def redeliver(delivery_id: str) -> Delivery:
        """Send a webhook once more, whatever became of it.

        Under the same id and with the same body; if that fails, it is tried as often as a new one.
        """
        again = deliveries.again(caller().user, delivery_id, time.time())
        ground.outbox.noted()
        return _delivery(again)

    @surface.on("GET", "/webhooks/secret", TAG, {200: Answer(WebhookSecret)}, errors=(Code.DISK_FULL,))
    def get_webhook_secret() -> WebhookSecret:
        """The secret that your webhooks are signed with.

        A program's token needs `write` for it.
        """
        need(caller(), Scope.WRITE)
        return WebhookSecret(secret=secrets.of(caller().user))

    @surface.on("POST", "/webhooks/secret", TAG, {201: Answer(WebhookSecret, "The new one.")}, errors=(Code.DISK_FULL,))
    def replace_webhook_secret() -> WebhookSecret:
        """Replace that secret.

        For 24 hours webhooks carry the signatures of both. Replace it twice to have the earlier one count no more.
        """
        fresh = secrets.replace(caller().user)
        note(Action.WEBHOOK_SECRET_REPLACED, caller().user)
        return WebhookSecret(secret=fresh)


def wanted(ground: Ground, url: str | None, events: Sequence[str] | None, usual: Sequence[str]) -> Webhook | None:
    """The webhook that somebody asks for. Raises INVALID_INPUT for a URL that none may go to."""
    if url is None:
        if events is not None:
            raise invalid("webhook_url_wanted")
        return None
    Reach(ground.settings.webhook_hosts).endpoints(destination(url))
    return Webhook(url, tuple(dict.fromkeys(events or usual)))


def payload(app: Flask, row: Row[Any]) -> str:
    """The body of a delivery, made of what was kept when the job or batch ended."""
    with app.test_request_context():
        act_as(Caller(row.user_id, scopes=frozenset()))  # its addresses are for who has a token: nothing is signed
        data: Any
        if row.event == BATCH_ENDED:
            batch = row.body["batch"]
            data = BatchEnd(**batch, url=url_for("v1.get_batch", batch_id=batch["id"]))
        else:
            data = told(revived(row.body["job"]))
        at = datetime.fromtimestamp(row.created_at, UTC).isoformat(timespec="milliseconds")
        body = WebhookBody(id=row.id, type=row.event, timestamp=at, data=data)
        return json.dumps(finite(body.model_dump(mode="json")), allow_nan=False)


def _list(rows: Sequence[Row[Any]]) -> DeliveryList:
    return DeliveryList(items=[_delivery(row) for row in rows])


def _delivery(row: Row[Any]) -> Delivery:
    state: Any = "waiting" if row.due_at is not None else "failed" if row.delivered_at is None else "delivered"
    same = ("id", "event", "attempts", "status", "created_at", "due_at", "delivered_at")
    error = None
    if row.error is not None:
        fault = AppError(Code.UNAVAILABLE, row.error, host=row.host, status=row.status)
        error = Error(**fault.body(language_of_page(me.settings.language)))
    return Delivery(
        **{name: getattr(row, name) for name in same},
        subject=row.job_id, webhook_url=row.url, state=state, error=error,
    )  # fmt: skip

"""Webhooks as the queue knows them: whom to tell of the end of a job, and what, in one transaction with that end.

What is written here is sent elsewhere (`engine/web/webhooks/`), once or, after a crash, once more.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, insert, literal, select

from engine.database import Database, jobs
from engine.database.tables import deliveries, webhooks
from engine.errors import AppError, Code, invalid
from engine.jobs.job import ACTIVE, JobStatus, Webhook

BATCH_ENDED = "batch.ended"
MOST_EACH = 5
"""So many addresses may be told of one job."""
MOST_WAITING = 1000
"""When so many deliveries of a user wait, they ask for no more."""


class Sender(Protocol):
    """Whoever sends what is due."""

    def wake(self) -> None:
        """Something is due."""

    def stop(self) -> None:
        """The application ends."""


class Outbox:
    """Its verbs take the transaction in which the queue changes jobs."""

    def __init__(self) -> None:
        self._make: Callable[[], Sender] | None = None
        self._sender: Sender | None = None
        self._lock = threading.Lock()

    def open(self, database: Database, make: Callable[[], Sender]) -> None:
        """Have what is due sent from now on, by a sender that is made when there is something, also of an earlier
        life."""
        self.close()
        self._make = make
        with database.read() as connection:
            if connection.scalar(select(func.min(deliveries.c.due_at))) is not None:
                self.noted()

    def noted(self) -> None:
        """What was noted is committed."""
        with self._lock:
            if self._sender is None and self._make is not None:
                self._sender = self._make()
        if self._sender is not None:
            self._sender.wake()

    def close(self) -> None:
        with self._lock:
            sender, self._sender, self._make = self._sender, None, None
        if sender is not None:
            sender.stop()

    def subscribe(self, tx: Connection, row: dict[str, Any], webhook: Webhook) -> None:
        """Tell of the end of the job of this row, or of its batch. Raises INVALID_INPUT when too many are told of it
        already, RATE_LIMITED when too many of the user's deliveries wait."""
        subject, user = row["batch_id"] or row["id"], row["user"]
        urls = tx.scalars(select(webhooks.c.url).where(webhooks.c.subject == subject)).all()
        if webhook.url in urls:
            return
        if len(urls) >= MOST_EACH:
            raise invalid("webhooks_full", limit=MOST_EACH)
        check_waiting(tx, user)
        values = {"url": webhook.url, "events": list(webhook.events), "user_id": user, "created_at": time.time()}
        tx.execute(insert(webhooks).values(subject=subject, **values))

    def subscribe_active(self, tx: Connection, row: dict[str, Any], webhook: Webhook) -> bool:
        """The same for a job that was there already; False where it is over."""
        same = select(jobs.c.id).where(jobs.c.id == row["id"], jobs.c.status.in_(ACTIVE))
        if tx.scalar(same.with_for_update()) is None:  # whoever ends it now waits, and then finds the webhook
            return False
        self.subscribe(tx, row, webhook)
        return True

    def inherit(self, tx: Connection, parent_id: str, job_ids: Iterable[str]) -> None:
        """Who is told of a job is told of its follow-ups."""
        for job_id in job_ids:
            known = select(
                literal(job_id), webhooks.c.url, webhooks.c.user_id, webhooks.c.events, literal(time.time())
            ).where(webhooks.c.subject == parent_id)
            tx.execute(insert(webhooks).from_select(["subject", "url", "user_id", "events", "created_at"], known))

    def note_ends(self, tx: Connection, job_ids: Sequence[str]) -> bool:
        """These jobs are over: whoever wants to know of one, or of the end of its batch, is to be told. Whether anybody
        is."""
        of_job = (webhooks.c.subject == jobs.c.id) | (webhooks.c.subject == jobs.c.batch_id)
        told = (webhooks.c.subject, webhooks.c.url, webhooks.c.events)
        found = tx.execute(select(*told, *jobs.c).join(jobs, of_job).where(jobs.c.id.in_(job_ids))).all()
        rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row in found:
            job = {column.key: row._mapping[column] for column in jobs.c}
            event = f"job.{job['status'].lower()}"
            if event in row.events:
                rows[job["id"], row.url, event] = {"user": job["user"], "body": {"job": job}}
            if BATCH_ENDED in row.events and row.subject == job["batch_id"]:
                rows[row.subject, row.url, BATCH_ENDED] = {"user": job["user"], "body": None}
        noted = 0
        for (subject, url, event), facts in rows.items():
            body = facts["body"] or _ended(tx, subject)
            if body is not None:
                tx.execute(insert(deliveries).values(_row(subject, url, event, facts["user"], body)))
                noted += 1
        return noted > 0


def check_waiting(tx: Connection, user: str) -> None:
    """Raises RATE_LIMITED when too many of the user's deliveries wait."""
    waiting = select(func.count()).where(deliveries.c.user_id == user, deliveries.c.due_at.is_not(None))
    if (tx.scalar(waiting) or 0) >= MOST_WAITING:
        raise AppError(Code.RATE_LIMITED, "deliveries_full", limit=MOST_WAITING)


def _ended(tx: Connection, batch_id: str) -> dict[str, Any] | None:
    """How many jobs of the batch ended how; None while one of it waits or runs."""
    tx.execute(select(webhooks.c.url).where(webhooks.c.subject == batch_id).with_for_update())  # its last two in turn
    counted = select(jobs.c.status, func.count()).where(jobs.c.batch_id == batch_id).group_by(jobs.c.status)
    counts: dict[str, int] = {row[0]: row[1] for row in tx.execute(counted)}
    if counts.keys() & set(ACTIVE):
        return None
    over = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELED)
    return {"batch": {"id": batch_id, **{status.lower(): counts.get(status, 0) for status in over}}}


def _row(subject: str, url: str, event: str, user: str, body: dict[str, Any]) -> dict[str, Any]:
    now = time.time()
    return {
        "id": uuid.uuid4().hex, "user_id": user, "job_id": subject, "url": url, "event": event, "body": body,
        "attempts": 0, "due_at": now, "created_at": now, "host": urlsplit(url).netloc,
    }  # fmt: skip

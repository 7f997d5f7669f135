"""What is of no use after some time, and nobody deletes."""

import time

from sqlalchemy import Connection, delete, exists, or_

from engine.database.tables import answers, deliveries, jobs, links, tokens, webhooks

DAY_S = 86_400.0
ANSWERS_S = DAY_S
DELIVERIES_S = 7 * DAY_S
ENDED_S = 30 * DAY_S


def sweep(tx: Connection) -> None:
    """Delete answers to requests with an Idempotency-Key after a day, deliveries that are done with after a week,
    webhooks of jobs and batches that are forgotten, and what proved somebody or was shared a month after its end."""
    now = time.time()
    over = now - ENDED_S
    tx.execute(delete(answers).where(answers.c.created_at < now - ANSWERS_S))
    tx.execute(delete(deliveries).where(deliveries.c.due_at.is_(None), deliveries.c.created_at < now - DELIVERIES_S))
    for table in (tokens, links):
        tx.execute(delete(table).where(or_(table.c.expires_at < over, table.c.revoked_at < over)))
    there = exists().where((jobs.c.id == webhooks.c.subject) | (jobs.c.batch_id == webhooks.c.subject))
    tx.execute(delete(webhooks).where(~there))

"""What is of no use after some time, and nobody deletes."""

import time

from sqlalchemy import Connection, delete

from engine.database.tables import answers, deliveries

DAY_S = 86_400.0
ANSWERS_S = DAY_S
DELIVERIES_S = 7 * DAY_S


def sweep(tx: Connection) -> None:
    """Delete answers to requests with an Idempotency-Key after a day, and webhooks that are done with after a week."""
    now = time.time()
    tx.execute(delete(answers).where(answers.c.created_at < now - ANSWERS_S))
    tx.execute(delete(deliveries).where(deliveries.c.due_at.is_(None), deliveries.c.created_at < now - DELIVERIES_S))

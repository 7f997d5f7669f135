"""Celery as the cluster uses it: one task, `work`, whose messages are tickets, in a queue for each pool.

The row in the database is the truth, so a message is small, needs no result, and may be lost or come twice.
https://docs.celeryq.dev/en/stable/userguide/configuration.html
"""

from collections.abc import Sequence
from typing import Any

from celery import Celery
from kombu import Exchange, Queue

TASK = "audiocraft_webui.work"
LONGEST_JOB_MS = 7 * 24 * 3600 * 1000
"""So long may a message stay unacknowledged, as RabbitMQ from 3.12 on takes it from the queue itself."""
CONNECT_S = 4.0
HEARTBEAT_S = 10


def celery_app(broker_url: str) -> Celery:
    app = Celery("audiocraft-webui", broker=broker_url)
    app.conf.update(
        task_default_queue="light",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=False,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_detect_quorum_queues=True,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_consumer="engine.cluster.consumer:TicketConsumer",
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=CONNECT_S,
        broker_heartbeat=HEARTBEAT_S,
        broker_transport_options=_transport_options(broker_url),
        enable_utc=True,
    )
    return app


def is_amqp(broker_url: str) -> bool:
    return broker_url.startswith("amqp")


def _transport_options(broker_url: str) -> dict[str, Any]:
    if is_amqp(broker_url):
        return {"confirm_publish": True}
    longest_s = LONGEST_JOB_MS // 1000
    return {"visibility_timeout": longest_s, "socket_timeout": CONNECT_S, "socket_connect_timeout": CONNECT_S}


def queue_of(pool: str, broker_url: str) -> Queue:
    """The queue of a pool's tickets: on RabbitMQ a replicated one."""
    if not is_amqp(broker_url):
        return Queue(pool, Exchange(pool), routing_key=pool)
    arguments = {"x-queue-type": "quorum", "x-consumer-timeout": LONGEST_JOB_MS}
    return Queue(pool, Exchange(pool, durable=True), routing_key=pool, durable=True, queue_arguments=arguments)


def use_pools(app: Celery, pools: Sequence[str]) -> None:
    """Let this process take tickets of these pools."""
    app.conf.task_queues = [queue_of(pool, app.conf.broker_url) for pool in pools]

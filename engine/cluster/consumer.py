"""How a node takes tickets from the broker: without what they have no use for, and for how long it may hold one."""

import re
from collections.abc import Mapping
from typing import Any

from celery.worker.consumer import Consumer

TAKES_TIMEOUT = (3, 12)
"""From this version on RabbitMQ takes `x-consumer-timeout` from a queue: https://www.rabbitmq.com/docs/consumers"""

DELAYED_DELIVERY = "celery.worker.consumer.delayed_delivery:DelayedDelivery"


class TicketConsumer(Consumer):  # type: ignore[misc]
    """Celery's own, without the 28 queues for messages with a date, which tickets never have, and its complaint that
    the pools' queues cannot take part in that."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        default_steps = [step for step in Consumer.Blueprint.default_steps if step != DELAYED_DELIVERY]


def impatient_broker(server: Mapping[str, Any]) -> str | None:
    """The version of a RabbitMQ that goes by its own `consumer_timeout`, whatever the queue says; None for others.

    `server`: what the broker tells of itself when somebody connects; its `consumer_timeout` is not among that.
    """
    version = str(server.get("version", ""))
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if server.get("product") != "RabbitMQ" or numbers is None:
        return None
    return version if (int(numbers[1]), int(numbers[2])) < TAKES_TIMEOUT else None

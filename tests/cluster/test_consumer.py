"""What a node says of the broker's patience when it starts, and what it leaves out of the broker."""

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import amqp
import pytest

from engine.cluster.celery_app import LONGEST_JOB_MS
from engine.cluster.consumer import impatient_broker
from engine.messages import LANGUAGES, translate
from tests.brokers import Broker
from tests.cluster.stand import Stand
from tests.stores import Store
from tests.wants import wants


@pytest.mark.parametrize(
    ("server", "version"),
    [
        ({"product": "RabbitMQ", "version": "3.10.8"}, "3.10.8"),
        ({"product": "RabbitMQ", "version": "3.9.1"}, "3.9.1"),
        ({"product": "RabbitMQ", "version": "3.12.0"}, None),
        ({"product": "RabbitMQ", "version": "3.13.0-rc.2"}, None),
        ({"product": "RabbitMQ", "version": "4.1.3"}, None),
        ({"product": "LavinMQ", "version": "2.1.0"}, None),
        ({"product": "RabbitMQ"}, None),
        ({}, None),
    ],
)
def test_only_a_rabbitmq_that_cannot_be_told_by_its_queues_is_impatient(
    server: dict[str, Any], version: str | None
) -> None:
    assert impatient_broker(server) == version


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_says_what_to_set(language: str) -> None:
    said = translate("error.consumer_timeout", language, version="3.10.8", limit=LONGEST_JOB_MS)
    assert "3.10.8" in said and f"consumer_timeout = {LONGEST_JOB_MS}" in said


@pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))
def test_a_node_says_at_its_start_what_the_broker_would_do_and_complains_of_nothing(
    broker: Broker, nanio: Store, tmp_path: Path
) -> None:
    stand = Stand(tmp_path, broker, nanio, os.environ["TEST_POSTGRESQL_URL"])
    try:
        server = stand.server()
        node = stand.node()
        assert server.done(server.debug()).status == "COMPLETED"
        said = (node.output / "out").read_text()
    finally:
        stand.close()
    if broker.name == "Redis":
        assert "consumer_timeout" not in said
        return
    with closing(amqp.Connection(f"127.0.0.1:{broker.port}", "guest", "guest")) as connection:
        connection.connect()
        version = impatient_broker(connection.server_properties)
        expected = translate("error.consumer_timeout", "en", version=version, limit=LONGEST_JOB_MS)
        assert (expected in said) is (version is not None)
        assert "delayed" not in said
        with pytest.raises(amqp.NotFound):
            connection.channel().exchange_declare("celery_delayed_delivery", "topic", passive=True)

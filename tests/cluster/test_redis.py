"""Redis as the broker: a node ends as it does with RabbitMQ. What else it must do, `test_job_engine` holds."""

import os
from pathlib import Path

import pytest

from tests.cluster.conftest import Brokers
from tests.cluster.stand import Stand
from tests.stores import Store
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))


def test_another_node_goes_on_when_one_is_killed(brokers: Brokers, nanio: Store, tmp_path: Path) -> None:
    stand = Stand(tmp_path, brokers.get("Redis"), nanio, os.environ["TEST_POSTGRESQL_URL"])
    try:
        server = stand.server()
        stand.node("light")
        job = server.debug(seed=9, steps=20, step_s=0.2)
        stand.holder(job).kill()
        stand.node("light")
        done = server.done(job, timeout_s=90)
        assert (done.status, done.attempt, done.lost_nodes) == ("COMPLETED", 2, 1)
    finally:
        stand.close()

"""Redis as the broker: the same tickets, the same events, the same end of a node."""

import os
from pathlib import Path

import pytest

from tests.cluster.conftest import Brokers
from tests.cluster.stand import Stand
from tests.stores import Store
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))


def test_redis_carries_tickets_and_events_as_well(brokers: Brokers, nanio: Store, tmp_path: Path) -> None:
    stand = Stand(tmp_path, brokers.get("Redis"), nanio, os.environ["TEST_POSTGRESQL_URL"])
    try:
        server = stand.server()
        stand.node("light")
        jobs = [server.debug(seed=n, steps=4, step_s=0.05) for n in range(4)]
        server.done(*jobs)
        assert {server.job(job).status for job in jobs} == {"COMPLETED"}
        job = server.debug(seed=9, steps=20, step_s=0.2)
        stand.holder(job).kill()
        stand.node("light")
        done = server.done(job, timeout_s=90)
        assert (done.status, done.attempt, done.lost_nodes) == ("COMPLETED", 2, 1)
    finally:
        stand.close()

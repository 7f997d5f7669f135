"""The simulated queue against a real one: the same jobs on one, two and three nodes take as long as it says.

Jobs wait and do not compute, so that one computer can be three nodes. What a job costs beside its wait is taken from
the run on one node; the others must follow from it.
"""

import os
import random
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.cluster import Asked
from benchmarks.queue_model import NodeModel, Work, simulate
from engine.jobs.job import Job
from tests.cluster.conftest import Brokers
from tests.cluster.stand import Stand
from tests.stores import Store
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))

TOLERANCE = 0.25
COUNT = 60


@pytest.fixture
def stand(brokers: Brokers, nanio: Store, tmp_path: Path) -> Iterator[Stand]:
    found = Stand(tmp_path / "stand", brokers.get("RabbitMQ"), nanio, os.environ["TEST_POSTGRESQL_URL"])
    try:
        yield found
    finally:
        found.close()


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
@pytest.mark.timeout(900)
def test_a_real_cluster_takes_as_long_as_the_simulated_one(stand: Stand) -> None:
    chance, count = random.Random(3), COUNT
    services_s = [chance.choice([0.5, 1.0, 2.0, 4.0]) for _ in range(count)]
    server, overhead_s = Asked(stand.server()), 0.0
    for nodes in (1, 2, 3):
        stand.node()
        server.warm(nodes)
        jobs = server.done(
            [server.running.debug(seed=n, steps=1, step_s=s, prompt=f"{nodes}") for n, s in enumerate(services_s)]
        )
        if nodes == 1:
            overhead_s = (_makespan_s(jobs) - sum(services_s)) / count
        began_s = min(job.started_at or 0 for job in jobs)
        works = [
            Work(max(0.0, job.created_at - began_s), service_s) for job, service_s in zip(jobs, services_s, strict=True)
        ]
        said = simulate(works, [NodeModel(1)] * nodes, overhead_s=overhead_s)
        waited_s = statistics.median((job.started_at or 0) - job.created_at for job in jobs)
        print(f"{nodes}: {_makespan_s(jobs):.1f} s, said {said.makespan_s:.1f}; overhead {overhead_s:.2f} s")
        assert _makespan_s(jobs) == pytest.approx(said.makespan_s, rel=TOLERANCE)
        assert waited_s == pytest.approx(statistics.median(said.waits_s(works)), rel=TOLERANCE)


def _makespan_s(jobs: list[Job]) -> float:
    return max(job.finished_at or 0 for job in jobs) - min(job.started_at or 0 for job in jobs)

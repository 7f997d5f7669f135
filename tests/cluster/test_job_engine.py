"""The job engine of a cluster: Celery on each broker, PostgreSQL and a bucket."""

import os
from collections.abc import Iterator

import psutil
import pytest

from engine.app import Application
from engine.jobs.job import Job
from tests.brokers import BROKERS
from tests.cluster.conftest import Brokers
from tests.cluster.stand import Stand
from tests.conftest import Running
from tests.job_engine_contract import JobEngineContract, server
from tests.stores import Store
from tests.wants import wants

__all__ = ["server"]

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))


class Clustered:
    """A server and a node."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self.server = stand.server()
        stand.node()

    def kill_worker(self, job: Job) -> None:
        for worker in psutil.Process(self._stand.holder(job).process.pid).children():
            worker.kill()

    def restart(self) -> None:
        self.server.application.close()
        self.server = self._stand.servers[0] = Running(Application.open(self.server.settings))


@pytest.fixture(scope="module", params=BROKERS)
def engine(
    request: pytest.FixtureRequest, brokers: Brokers, nanio: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clustered]:
    if request.param == "Redis" and not request.config.getoption("--full"):
        pytest.skip(wants("full counts"))  # test_redis.py has the short form
    broker, url = brokers.get(request.param), os.environ["TEST_POSTGRESQL_URL"]
    stand = Stand(tmp_path_factory.mktemp("engine"), broker, nanio, url)
    try:
        yield Clustered(stand)
    finally:
        stand.close()


class TestCelery(JobEngineContract):
    pass

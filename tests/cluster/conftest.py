"""One broker of each kind for all tests of the cluster."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.brokers import BROKERS, Broker, running
from tests.cluster.stand import Stand
from tests.stores import Store


class Brokers:
    """Each is started when it is first asked for."""

    def __init__(self, factory: pytest.TempPathFactory, opened: ExitStack) -> None:
        self._factory, self._opened = factory, opened
        self._running: dict[str, Broker] = {}

    def get(self, name: str) -> Broker:
        """Skips where it is not installed."""
        if name not in self._running:
            self._running[name] = self._opened.enter_context(running(name, self._factory.mktemp(name)))
        return self._running[name]


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    with ExitStack() as opened:
        yield Brokers(tmp_path_factory, opened)


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest, brokers: Brokers) -> Broker:
    return brokers.get(request.param)


@contextmanager
def standing(folder: Path, broker: Broker, store: Store, *, servers: int, nodes: int) -> Iterator[Stand]:
    """A cluster in the database of the tests."""
    with closing(Stand(folder, broker, store, os.environ["TEST_POSTGRESQL_URL"])) as found:
        for _ in range(servers):
            found.server()
        for _ in range(nodes):
            found.node()
        yield found

"""One broker of each kind for all tests of the cluster."""

from collections.abc import Iterator

import pytest

from tests.brokers import BROKERS, Broker, running
from tests.stores import nanio

__all__ = ["broker", "nanio"]


@pytest.fixture(scope="session", params=BROKERS)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running(request.param, tmp_path_factory.mktemp("broker")) as found:
        yield found

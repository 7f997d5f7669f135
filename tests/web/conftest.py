"""One real server in each async mode for the whole room."""

from collections.abc import Iterator

import pytest

from tests.live import Live, live


@pytest.fixture(scope="package", params=["eventlet", "threading"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    flags = ("--webhook-hosts", "127.0.0.1")
    with live(tmp_path_factory.mktemp(request.param), *flags, mode=request.param) as running:
        yield running

"""A server that is started while something is away waits for it, tells so once, and serves when it is back."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.app import Application
from engine.cluster.patience import patiently
from engine.messages import translate
from tests.cluster.conftest import Brokers
from tests.cluster.stand import Stand
from tests.stores import Store, running_store
from tests.waiting import until
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One of its own, to be killed."""
    with running_store("nanio", tmp_path) as store:
        yield store


def test_a_server_waits_for_a_bucket_that_is_away(
    store: Store, brokers: Brokers, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.library.opening.SERVER_PATIENCE_S", 0.2)
    stand = Stand(tmp_path / "cluster", brokers.get("RabbitMQ"), store, os.environ["TEST_POSTGRESQL_URL"])
    settings = stand.settings("server")
    opened: list[Application] = []
    store.kill()
    starting = threading.Thread(target=lambda: opened.append(patiently(lambda: Application.open(settings), "en")))
    starting.start()
    try:
        said = translate("error.storage_away", "en")
        until(lambda: said in capsys.readouterr().err, 60)
        assert opened == [] and starting.is_alive()
    finally:
        store.start()
        starting.join(60)
    with contextlib.closing(opened[0]) as application:
        assert application.library.count() == 0 and list(application.storage.list("audio/")) == []

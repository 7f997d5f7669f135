"""Where there are accounts, metrics are for administrators and whoever has their token."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from engine import metrics
from engine.web.server import create_web
from tests.accounts.conftest import PASSWORD, People

OUTCOME = metrics.LOGINS.name + '{outcome="%s"} '


@pytest.fixture
def watched(people: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    settings = people.application.settings.model_copy(update={"metrics": True, "metrics_token": "read-me"})
    monkeypatch.setattr(people.application, "settings", settings)
    metrics.start()
    yield People(people.application, *create_web(people.application))
    metrics.stop()


def status(client: FlaskClient) -> int:
    return client.get("/metrics").status_code


def test_who_may_read_them(watched: People) -> None:
    assert status(watched.client()) == 401
    assert status(watched.page("ann@example.org")) == 403
    assert status(watched.page("boss@example.org")) == 200
    assert status(watched.program("read-me")) == 200
    assert status(watched.program("read-me-not")) == 401


def test_logins_are_counted(watched: People) -> None:
    watched.page("ann@example.org")
    watched.client().post("/api/session", json={"email": "ann@example.org", "password": PASSWORD + "!"})
    said = watched.program("read-me").get("/metrics").get_data(as_text=True)
    assert OUTCOME % "ok" + "1.0" in said and OUTCOME % "failed" + "1.0" in said
    assert "example.org" not in said

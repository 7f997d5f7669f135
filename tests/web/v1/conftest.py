"""One application for the whole room, asked in its own process; every answer is held against the document."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.app import Application
from engine.web.server import create_web
from engine.web.v1.ground import Ground
from engine.web.v1.operations import Surface
from engine.web.v1.version_1 import surfaces
from tests.conftest import Running, make_settings


class DocumentedClient(FlaskClient):
    """Asks as a program would. A status that the document does not tell fails the test."""

    declared: dict[str, set[int]]

    def another(self) -> "DocumentedClient":
        """One more, for another thread."""
        made = type(self)(self.application, self.response_wrapper)
        made.declared = self.declared
        return made

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        request = answer.request
        with self.application.test_request_context(request.path, method=request.method):
            from flask import request as matched

            known = self.declared.get(matched.endpoint or "")
        if known is not None and request.method not in ("OPTIONS",):
            assert answer.status_code in known, f"{request.method} {request.path}: {answer.status_code} {answer.text}"
        return answer

    def job(self, job_id: str) -> Any:
        return self.get(f"/api/v1/jobs/{job_id}").json

    def asked(self, headers: dict[str, str] | None = None, **params: Any) -> Any:
        """A debug job as it was answered."""
        answer = self.post("/api/v1/jobs", json={"command": "debug", "params": params}, headers=headers)
        assert answer.status_code in (200, 202), answer.text
        return answer.json

    def done(self, **params: Any) -> Any:
        """A debug job that is over."""
        return self.asked({"Prefer": "wait=60"}, **params)


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = make_settings(tmp_path_factory.mktemp("v1"), async_mode="threading", webhook_hosts=("127.0.0.1",))
    application = Application.open(settings)
    try:
        yield Running(application)
    finally:
        application.close()


@pytest.fixture(scope="package")
def web(running: Running) -> Flask:
    return create_web(running.application)[0]


@pytest.fixture(scope="package")
def operations(running: Running) -> list[Surface]:
    return surfaces(Ground.of(running.application))


@pytest.fixture(scope="package")
def make_client(web: Flask, operations: list[Surface]) -> Callable[[], DocumentedClient]:
    declared = {
        f"{surface.name}.{name}": each.statuses for surface in operations for name, each in surface.operations.items()
    }

    def make() -> DocumentedClient:
        web.test_client_class = DocumentedClient
        made = web.test_client()
        assert isinstance(made, DocumentedClient)
        made.declared = declared
        return made

    return make


@pytest.fixture
def client(make_client: Callable[[], DocumentedClient]) -> DocumentedClient:
    return make_client()


def routes(web: Flask) -> set[tuple[str, str]]:
    """Method and path of every route below /api/v1 and /v1, as OpenAPI writes them."""
    found = set()
    for rule in web.url_map.iter_rules():
        if rule.rule.startswith(("/api/v1/", "/v1/")):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            found |= {(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found

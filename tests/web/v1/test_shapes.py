"""Errors have one shape, methods are named where others are refused, and what every server should do is done."""

import pytest

from tests.web.v1.conftest import DocumentedClient


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "NOT_FOUND"),
        ("GET", "/api/v1/jobs/nothing", 404, "NOT_FOUND"),
        ("PUT", "/api/v1/jobs", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE", "/api/v1/jobs", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/v1/tracks/nothing/audio", 404, "NOT_FOUND"),
    ],
)
def test_an_error_is_at_the_top(client: DocumentedClient, method: str, path: str, status: int, code: str) -> None:
    client.declared = {}
    answer = client.open(path, method=method)
    assert answer.status_code == status and set(answer.json) == {"code", "message", "detail"}
    assert answer.json["code"] == code
    assert client.open(path, method=method, headers={"X-Language": "ru"}).json["message"] != answer.json["message"]


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/jobs", "/api/health", "/api/uploads"])
def test_a_method_that_is_refused_comes_with_those_that_are_not(client: DocumentedClient, path: str) -> None:
    client.declared = {}
    answer = client.patch(path)
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]
    options = client.options(path)
    assert options.status_code == 200 and set(options.headers["Allow"].split(", ")) >= {"GET", "HEAD", "OPTIONS"}
    assert client.head(path).status_code == 200 and client.head(path).data == b""


def test_what_is_no_json_is_told_apart(client: DocumentedClient) -> None:
    answer = client.post("/api/v1/jobs", data="x", content_type="text/plain")
    assert (answer.status_code, answer.json["code"]) == (415, "UNSUPPORTED_MEDIA")
    answer = client.post("/api/v1/jobs", data="{", content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_INPUT")


def test_what_is_too_large_is_told_with_its_limit(client: DocumentedClient) -> None:
    answer = client.post("/api/v1/jobs", data=b" " * (2**20 + 1), content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (413, "TOO_LARGE")
    assert answer.json["detail"]["values"] == {"limit_mb": 1}


def test_a_foreign_page_is_refused_in_the_same_shape(client: DocumentedClient) -> None:
    answer = client.get("/api/v1/jobs", headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json["code"]) == (403, "FORBIDDEN")
    assert set(client.get("/api/jobs", headers={"Origin": "http://evil.example"}).json) == {"error"}

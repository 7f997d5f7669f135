"""One trace from a request over queue and worker to the job's end, and nothing personal in it."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from engine import spans
from engine.errors import AppError, Code, invalid
from engine.trace import NOWHERE, Origin, on_behalf, origin
from engine.web.server import create_web
from tests.conftest import Running
from tests.live import live
from tests.waiting import until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture
def memory() -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    spans.send_to(SimpleSpanProcessor(kept), "test")
    yield kept
    spans.send_to(None, "test")


def test_a_request_and_its_job_are_one_trace(running: Running, memory: InMemorySpanExporter) -> None:
    client = create_web(running.application)[0].test_client()
    asked = {"command": "debug", "params": {"prompt": "my-secret", "steps": 1}}
    answer = client.post("/api/jobs?token=my-secret", json=asked, headers={"traceparent": TRACEPARENT})
    job = running.done(running.application.queue.get(answer.json["job_id"]))
    running.until(lambda: {span.name for span in memory.get_finished_spans()} >= {"job settle"})
    found = {span.name: span for span in memory.get_finished_spans()}
    assert set(found) == {"POST /api/jobs", "job submit", "job wait", "job settle"}
    assert {f"{span.context.trace_id:032x}" for span in found.values()} == {TRACE}
    request, submit = found["POST /api/jobs"], found["job submit"]
    assert f"{request.parent.span_id:016x}" == PARENT and submit.parent.span_id == request.context.span_id
    assert {found[name].parent.span_id for name in ("job wait", "job settle")} == {submit.context.span_id}
    assert job.traceparent and f"{submit.context.span_id:016x}" in job.traceparent
    assert request.attributes["http.route"] == "/api/jobs" and request.attributes["http.response.status_code"] == 202
    assert found["job wait"].attributes["job.id"] == job.id
    assert found["job wait"].end_time >= found["job wait"].start_time
    assert all("my-secret" not in span.to_json() for span in found.values())


def test_a_fault_is_told_by_its_code_alone(memory: InMemorySpanExporter) -> None:
    with pytest.raises(AppError) as refused, spans.span("look"):
        raise invalid("file_wanted", name="my-secret")
    with pytest.raises(ZeroDivisionError), spans.span("divide"):
        _ = 1 / 0
    assert refused.value.code is Code.INVALID_INPUT
    told = [(span.name, span.attributes["error.type"], len(span.events)) for span in memory.get_finished_spans()]
    assert told == [("look", "INVALID_INPUT", 0), ("divide", "ZeroDivisionError", 0)]
    assert all("my-secret" not in span.to_json() for span in memory.get_finished_spans())


@pytest.mark.parametrize(
    "bad", [None, "", "x", TRACEPARENT + "x", TRACEPARENT.replace(TRACE, "0" * 32), TRACEPARENT.upper()]
)
def test_a_malformed_parent_is_none(memory: InMemorySpanExporter, bad: str | None) -> None:
    assert spans.offered(bad) is None and spans.offered(TRACEPARENT) == TRACEPARENT


def test_without_a_receiver_there_are_none() -> None:
    assert spans.offered(TRACEPARENT) is None
    with on_behalf(Origin("r1")), spans.span("nothing") as opened:
        assert opened is None and origin() == Origin("r1")
    assert origin() is NOWHERE


def test_missing_packages_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(AppError) as missing:
        spans.start("http://127.0.0.1:4318", "test")
    assert missing.value.code is Code.MODEL_MISSING and "opentelemetry-sdk" in missing.value.sentence()
    spans.start(None, "test")


class Receiver(ThreadingHTTPServer):
    """Takes OTLP over HTTP as a collector does."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Any]] = []
        super().__init__(("127.0.0.1", 0), Taken)


class Taken(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in sent.resource_spans:
            process = {one.key: one.value.string_value for one in resource.resource.attributes}["process.title"]
            self.server.spans += [(process, span) for scope in resource.scope_spans for span in scope.spans]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""


def test_a_collector_receives_the_trace_of_server_and_worker(tmp_path: Path) -> None:
    with Receiver() as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        with live(tmp_path, "--otel-endpoint", f"http://127.0.0.1:{receiver.server_port}") as server:
            asked = {"command": "debug", "params": {"prompt": "my-secret", "steps": 1, "fail": "OUT_OF_MEMORY"}}
            server.request("POST", "/api/jobs", asked, {"traceparent": TRACEPARENT})
            names = {"POST /api/jobs", "job submit", "job wait", "job run", "job settle"}
            until(lambda: {span.name for _, span in receiver.spans if span.trace_id.hex() == TRACE} >= names, 90)
        receiver.shutdown()
    ours = {span.name: (process, span) for process, span in receiver.spans if span.trace_id.hex() == TRACE}
    process, run = ours["job run"]
    assert process.startswith("worker-") and ours["job settle"][0] == "server"
    assert run.parent_span_id == ours["job submit"][1].span_id
    assert {one.key: one.value.string_value for one in run.attributes}["error.type"] == "OUT_OF_MEMORY"
    assert all(b"my-secret" not in span.SerializeToString() for _, span in receiver.spans)

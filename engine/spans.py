"""OpenTelemetry: what a request sets off, as spans of one trace that goes on through queue and workers.

Off until `start` is given an endpoint; its packages are the user's own to install. Spans say routes, commands, ids and
error codes: no names, words, addresses or bodies. https://opentelemetry.io/docs/specs/semconv/
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine import __version__
from engine.errors import AppError, Code
from engine.trace import Origin, on_behalf, origin

PACKAGES = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
DELAY_MS = 1000
"""How long spans are collected: what ends a worker does not wait for more."""

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_tracer: Any = None


def start(endpoint: str | None, process: str) -> None:
    """Send spans to the OTLP receiver at `endpoint` from now on; None is nobody. Raises MODEL_MISSING."""
    if endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise AppError(Code.MODEL_MISSING, "telemetry_missing", packages=PACKAGES) from None
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/').removesuffix('/v1/traces')}/v1/traces", timeout=5)
    send_to(BatchSpanProcessor(exporter, schedule_delay_millis=DELAY_MS), process)


def send_to(processor: Any, process: str) -> None:
    """Hand finished spans to this processor of the SDK's; None: no more spans."""
    global _tracer
    if processor is None:
        _tracer = None
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    about = {"service.name": "audiocraft-webui", "service.version": __version__, "process.title": process}
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("audiocraft-webui", __version__)


def offered(traceparent: str | None) -> str | None:
    """The trace that a client says its request is part of, if it is well-formed and anybody wants to know."""
    known = _tracer is not None and traceparent is not None and _TRACEPARENT.fullmatch(traceparent)
    return traceparent if known else None


@contextlib.contextmanager
def span(name: str, *, server: bool = False, **attributes: Any) -> Iterator[Any]:
    """What is done in here is a part of what it comes from; the span, or None when there are none.

    `server`: it answers somebody. An attribute `job_id` is called `job.id` there.
    """
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind

    kind = SpanKind.SERVER if server else SpanKind.INTERNAL
    opened = _tracer.start_span(name, context=_parent(origin()), kind=kind, attributes=_named(attributes))
    try:
        with on_behalf(replace(origin(), traceparent=_traceparent(opened))):
            yield opened
    except BaseException as error:
        failed(opened, str(getattr(error, "code", type(error).__name__)))
        raise
    finally:
        opened.end()


def past(name: str, began_s: float, ended_s: float, **attributes: Any) -> None:
    """A span of what is over: Unix seconds."""
    if _tracer is not None:
        at = {"start_time": int(began_s * 1e9), "context": _parent(origin()), "attributes": _named(attributes)}
        _tracer.start_span(name, **at).end(int(max(began_s, ended_s) * 1e9))


def failed(opened: Any, code: str) -> None:
    """Mark a span as a failure by the error's code or class: its words may be about a person."""
    if opened is not None:
        from opentelemetry.trace import StatusCode

        opened.set_status(StatusCode.ERROR, code)
        opened.set_attribute("error.type", code)


def answered(opened: Any, method: str, route: str, status: str) -> None:
    """What became of a request; https://opentelemetry.io/docs/specs/semconv/http/http-spans/."""
    opened.update_name(f"{method} {route}")
    opened.set_attribute("http.request.method", method)
    opened.set_attribute("http.route", route)
    if status.isdigit():
        opened.set_attribute("http.response.status_code", int(status))
    if status.startswith("5"):
        failed(opened, status)


def _named(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("_", ".", 1): value for name, value in attributes.items() if value is not None}


def _parent(of: Origin) -> Any:
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {"traceparent": of.traceparent} if of.traceparent else {}
    return TraceContextTextMapPropagator().extract(carrier, Context())


def _traceparent(opened: Any) -> str:
    known = opened.get_span_context()
    return f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}"

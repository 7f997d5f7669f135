"""What is counted for Prometheus, each metric said once: name, meaning, labels. Nothing is, until `start` is called.

Names after https://prometheus.io/docs/practices/naming/. A label has few values, known beforehand: commands, codes,
routes as they are written in the program; never an id, a user or a path. `engine/web/metrics.py` answers the scrapes.
"""

import itertools
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

PREFIX = "audiocraft_webui_"

SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0)
LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(eq=False)
class Metric:
    """A gauge is read when it is asked for; its values come from `engine/web/metrics.py`."""

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of labels whose values are known beforehand: they begin at 0, for what appears with a 1 has not grown."""
    _kept: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.name = PREFIX + self.name
        METRICS[self.name] = self

    def add(self, amount: float = 1.0, **labels: str) -> None:
        """Of a counter: so many more."""
        if self._kept is not None:
            (self._kept.labels(**labels) if labels else self._kept).inc(amount)

    def observe(self, value: float | None, **labels: str) -> None:
        """Of a histogram: one more, of this size; None is none."""
        if self._kept is not None and value is not None:
            (self._kept.labels(**labels) if labels else self._kept).observe(value)


METRICS: dict[str, Metric] = {}
"""By full name, in the order of the documentation."""

BUILD = Metric("gauge", "build_info", "Always 1; the labels tell the version.", ("version", "python"))

JOBS = Metric("gauge", "jobs", "Jobs that wait, pause before they are tried again, or run.", ("state", "command"))
JOBS_RUNNING = Metric("gauge", "jobs_running", "Jobs that run, by the stage that they are in.", ("command", "stage"))
OLDEST_WAITING = Metric(
    "gauge",
    "oldest_waiting_job_age_seconds",
    "Age of the oldest job that could begin and waits; 0 without one. Held jobs and those in the background are left "
    "out.",
)
DEAD_LETTERS = Metric("gauge", "dead_letters", "Jobs given up after all retries that nobody has decided about yet.")
JOBS_SUBMITTED = Metric("counter", "jobs_submitted_total", "Jobs that were asked for.", ("command",))
JOBS_ENDED = Metric(
    "counter",
    "jobs_ended_total",
    "Jobs that are over, by outcome.",
    ("command", "outcome"),
    values={"outcome": ("completed", "failed", "canceled")},
)
JOB_FAILURES = Metric("counter", "job_failures_total", "Attempts that failed, by error code.", ("command", "code"))
JOB_RETRIES = Metric("counter", "job_retries_total", "Failed attempts that will be tried again.", ("command",))
JOB_INTERRUPTIONS = Metric(
    "counter", "job_interruptions_total", "Attempts whose worker died or fell silent.", ("command",)
)
JOB_DEAD_LETTERS = Metric("counter", "job_dead_letters_total", "Jobs given up after all retries.", ("command",))
JOB_WAIT = Metric("histogram", "job_wait_seconds", "From asking for a job to its first attempt.", ("command",), SECONDS)
JOB_RUN = Metric(
    "histogram", "job_run_seconds", "Time that an attempt took, by how it ended.", ("command", "outcome"), SECONDS
)

WORKERS = Metric("gauge", "workers", "Worker processes: starting, idle or busy.", ("lane", "state"))
WORKER_MEMORY = Metric("gauge", "worker_memory_bytes", "Resident memory of a worker process.", ("worker", "lane"))
DEVICE_MEMORY = Metric("gauge", "device_memory_free_bytes", "Free memory of the device where models run.", ("device",))
DISK_FREE = Metric("gauge", "disk_free_bytes", "Free space where the output folder lies.")
DISK_SIZE = Metric("gauge", "disk_size_bytes", "Size of the file system where the output folder lies.")

MATCH_STFT = Metric(
    "histogram", "match_stft_distance_db", "STFT distance of a match to its reference.", (),
    (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20),
)  # fmt: skip
MATCH_MEL = Metric(
    "histogram", "match_mel_distance_db", "Mel distance of a match to its reference.", (),
    (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20),
)  # fmt: skip
MATCH_LOUDNESS = Metric(
    "histogram", "match_loudness_error_lu", "Loudness of a match beside its reference's.", (),
    (0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10),
)  # fmt: skip
MATCH_PEAK = Metric(
    "histogram", "match_true_peak_dbtp", "True peak of a match.", (), (-12, -6, -3, -2, -1.5, -1, -0.5, 0, 1, 3)
)
MATCH_LIMITER = Metric(
    "histogram", "match_limiter_ratio", "Share of a match's samples that the limiter lowered.", (),
    (0.0001, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
)  # fmt: skip

HTTP_REQUESTS = Metric(
    "counter", "http_requests_total", "Requests answered, by the rule of their route.", ("method", "route", "status")
)
HTTP_LATENCY = Metric(
    "histogram",
    "http_request_duration_seconds",
    "From a request to the beginning of its answer; without Socket.IO's, which wait on purpose.",
    ("method", "route"),
    LATENCY_S,
)
UPLOAD_BYTES = Metric("counter", "upload_bytes_total", "Bytes of uploads that were kept.")
UPLOADS = Metric(
    "counter",
    "uploads_total",
    "Uploads: kept, or refused with an error code.",
    ("outcome",),
    values={"outcome": ("kept",)},
)
DOWNLOAD_BYTES = Metric("counter", "download_bytes_total", "Bytes sent of sounds and of files to be saved.")
DOWNLOADS = Metric(
    "counter",
    "downloads_total",
    "Sounds and files sent: complete, or aborted by a fault or by whoever asked (a player that skips does so too).",
    ("outcome",),
    values={"outcome": ("complete", "aborted")},
)
SIGNED_URLS = Metric(
    "counter",
    "signed_url_requests_total",
    "Requests by signed URL: ok, expired, forged.",
    ("outcome",),
    values={"outcome": ("ok", "expired", "forged")},
)
LOGINS = Metric(
    "counter", "logins_total", "Attempts to log in: ok or failed.", ("outcome",), values={"outcome": ("ok", "failed")}
)

WEBHOOKS = Metric(
    "counter",
    "webhook_attempts_total",
    "Webhooks sent: delivered, to be sent again, or given up.",
    ("outcome",),
    values={"outcome": ("delivered", "retried", "given_up")},
)
WEBHOOKS_WAITING = Metric("gauge", "webhooks_waiting", "Webhooks that are still to be delivered.")

SOCKETS = Metric("gauge", "socket_connections", "Pages that are connected by Socket.IO.")
EVENTS = Metric("counter", "events_total", "Events told to pages, by their kind.", ("event",))
LOOP_LAG = Metric(
    "histogram",
    "loop_lag_seconds",
    "How late a green thread that slept is woken; with --async-mode eventlet only.",
    (),
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)


def match_quality(figures: dict[str, Any]) -> None:
    """How near a match came: `details.match.metrics.after` of its record; nothing of other tracks."""
    for metric, name in (
        (MATCH_STFT, "stft_dist"), (MATCH_MEL, "mel_dist"), (MATCH_LOUDNESS, "lufs_err"), (MATCH_PEAK, "tp_db"),
        (MATCH_LIMITER, "limiter_rate"),
    ):  # fmt: skip
        metric.observe(figures.get(name))


_registry: Any = None


def started() -> bool:
    return _registry is not None


def start(commands: Iterable[str] = ()) -> None:
    """Count from now on, in this process; with PROMETHEUS_MULTIPROC_DIR set, together with others that share it."""
    global _registry
    if started():
        return
    import prometheus_client as prometheus

    prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
    _registry = prometheus.CollectorRegistry()
    for metric in METRICS.values():
        if metric.kind == "counter":
            name = metric.name.removesuffix("_total")
            metric._kept = prometheus.Counter(name, metric.help, metric.labels, registry=_registry)
            known = {"command": tuple(commands), **metric.values}
            if metric.labels and set(metric.labels) <= set(known):
                for one in itertools.product(*(known[label] for label in metric.labels)):
                    metric._kept.labels(*one)
        elif metric.kind == "histogram":
            metric._kept = prometheus.Histogram(
                metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=_registry
            )
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        prometheus.ProcessCollector(registry=_registry)


def stop() -> None:
    """Count no more, and forget what was counted."""
    global _registry
    _registry = None
    for metric in METRICS.values():
        metric._kept = None


def counted() -> bytes:
    """All counters and histograms as Prometheus reads them."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(_registry)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def read(readings: "list[tuple[Metric, dict[str, str], float]]") -> bytes:
    """Gauges with these values as Prometheus reads them."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily

    class Gauges:
        def collect(self) -> Any:
            for metric in METRICS.values():
                if metric.kind == "gauge":
                    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
                    for of, labels, value in readings:
                        if of is metric:
                            family.add_metric([labels[name] for name in metric.labels], value)
                    yield family

    registry = CollectorRegistry()
    registry.register(Gauges())
    return generate_latest(registry)

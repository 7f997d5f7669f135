"""The Grafana dashboard as JSON, made from the metrics; `python -m engine.documentation` writes it.

The JSON model: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine import metrics
from engine.metrics import Metric

SCHEMA_VERSION = 39
"""Of Grafana 11; newer ones migrate it by themselves."""

WIDTH, HEIGHT = 8, 8
"""Of a panel, of the 24 columns that a dashboard has."""

ONE = '{instance=~"$instance"}'
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True)
class Panel:
    """`unit` as Grafana calls it. `series`: (query, legend) each; a legend names labels as {{label}}."""

    title: str
    description: str
    unit: str
    series: Sequence[tuple[str, str]]
    kind: Literal["timeseries", "stat"] = "timeseries"
    stacked: bool = False


def now(metric: Metric, *by: str) -> str:
    return f"sum by ({', '.join(by)}) ({metric.name}{ONE})" if by else f"sum({metric.name}{ONE})"


def rate(metric: Metric, *by: str, where: str = "", over: str = "$__rate_interval") -> str:
    chosen = ONE.replace("}", f", {where}}}") if where else ONE
    name = metric.name if metric.kind == "counter" else f"{metric.name}_count"
    return f"sum by ({', '.join(by)}) (rate({name}{chosen}[{over}]))"


def grown(metric: Metric, *by: str) -> str:
    """By how much in an hour."""
    return f"sum by ({', '.join(by)}) (increase({metric.name}{ONE}[1h]))"


def quantile(metric: Metric, of: float, *by: str, over: str = "$__rate_interval") -> str:
    return f"histogram_quantile({of}, sum by ({', '.join(['le', *by])}) (rate({metric.name}_bucket{ONE}[{over}])))"


def _legend(by: Sequence[str], else_: str) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in by) or else_


def gauge(title: str, description: str, unit: str, metric: Metric, *by: str) -> Panel:
    return Panel(title, description, unit, [(now(metric, *by), _legend(by, title.lower()))], stacked=bool(by))


def hourly(title: str, description: str, metric: Metric, *by: str) -> Panel:
    return Panel(title, f"{description} In an hour.", "short", [(grown(metric, *by), _legend(by, ""))], stacked=True)


def p95(title: str, description: str, metric: Metric, *by: str) -> Panel:
    return Panel(title, f"{description} P95.", "s", [(quantile(metric, 0.95, *by, over="1h"), _legend(by, "P95"))])


def of_matches(title: str, description: str, unit: str, metric: Metric) -> Panel:
    """Median and worst of a day: there are few matches an hour."""
    series = [(quantile(metric, of, over="1d"), name) for of, name in ((0.5, "median"), (0.95, "P95"))]
    return Panel(title, f"{description} Over a day.", unit, series)


ROWS: dict[str, tuple[Panel, ...]] = {
    "Server": (
        Panel("Version", "Servers that answer.", "short", [(now(metrics.BUILD, "version"), "{{version}}")], "stat"),
        Panel("Requests", "By status.", "reqps", [(rate(metrics.HTTP_REQUESTS, "status"), "{{status}}")], stacked=True),
        Panel(
            "Latency", "Time until an answer begins, without Socket.IO.", "s",
            [(quantile(metrics.HTTP_LATENCY, of), f"P{of * 100:g}") for of in (0.5, 0.95, 0.99)],
        ),
        Panel(
            "Slowest routes", "P95 of the ten slowest.", "s",
            [(f"topk(10, {quantile(metrics.HTTP_LATENCY, 0.95, 'method', 'route')})", "{{method}} {{route}}")],
        ),
        Panel(
            "Loop lag", "How late green threads are woken (eventlet only).", "s",
            [(quantile(metrics.LOOP_LAG, 0.99), "P99")],
        ),
        gauge("Pages", "Connections of Socket.IO.", "short", metrics.SOCKETS),
        Panel("Events", "Told to pages.", "cps", [(rate(metrics.EVENTS, "event"), "{{event}}")], stacked=True),
    ),
    "Jobs": (
        gauge("Jobs", "That wait, pause or run.", "short", metrics.JOBS, "state"),
        gauge("Running", "Jobs that run, by their stage.", "short", metrics.JOBS_RUNNING, "command", "stage"),
        Panel(
            "Oldest waiting", "Age of the oldest job that could begin.", "s",
            [(f"max({metrics.OLDEST_WAITING.name}{ONE})", "oldest")],
        ),
        hourly("Asked for", "Jobs that were asked for.", metrics.JOBS_SUBMITTED, "command"),
        hourly("Over", "Jobs that ended.", metrics.JOBS_ENDED, "outcome"),
        p95("Wait", "From asking to the first attempt.", metrics.JOB_WAIT, "command"),
        p95("Run time", "Of an attempt.", metrics.JOB_RUN, "command"),
        hourly("Failures", "Attempts that failed.", metrics.JOB_FAILURES, "command", "code"),
        Panel(
            "Tried again", "Retries, interruptions and jobs given up in an hour; dead letters that rest.", "short",
            [
                (grown(metrics.JOB_RETRIES), "retries"), (grown(metrics.JOB_INTERRUPTIONS), "interruptions"),
                (grown(metrics.JOB_DEAD_LETTERS), "given up"), (now(metrics.DEAD_LETTERS), "dead letters"),
            ],
        ),
    ),
    "Workers": (
        gauge("Workers", "By lane and state.", "short", metrics.WORKERS, "lane", "state"),
        gauge("Memory", "Resident memory of each worker.", "bytes", metrics.WORKER_MEMORY, "worker"),
        gauge("Device", "Free memory where models run.", "bytes", metrics.DEVICE_MEMORY, "device"),
        Panel(
            "Disk", "Free share of the file system of the output folder.", "percentunit",
            [(f"{metrics.DISK_FREE.name}{ONE} / {metrics.DISK_SIZE.name}{ONE}", "{{instance}}")],
        ),
    ),
    "Quality of matches": (
        of_matches("STFT distance", "To the reference.", "dB", metrics.MATCH_STFT),
        of_matches("Mel distance", "To the reference.", "dB", metrics.MATCH_MEL),
        of_matches("Loudness error", "Beside the reference's, in LU.", "dB", metrics.MATCH_LOUDNESS),
        of_matches("True peak", "Of results, in dBTP.", "dB", metrics.MATCH_PEAK),
        of_matches("Limiter", "Share of samples that it lowered.", "percentunit", metrics.MATCH_LIMITER),
    ),
    "Files and people": (
        Panel(
            "Bytes", "Uploaded and sent.", "Bps",
            [(rate(metrics.UPLOAD_BYTES), "uploads"), (rate(metrics.DOWNLOAD_BYTES), "downloads")],
        ),
        hourly("Uploads", "Kept or refused.", metrics.UPLOADS, "outcome"),
        hourly("Downloads", "Complete or aborted.", metrics.DOWNLOADS, "outcome"),
        hourly("Signed URLs", "Requests by them.", metrics.SIGNED_URLS, "outcome"),
        hourly("Logins", "Attempts.", metrics.LOGINS, "outcome"),
        hourly("Webhooks", "Attempts to deliver one.", metrics.WEBHOOKS, "outcome"),
        gauge("Webhooks that wait", "Still to be delivered.", "short", metrics.WEBHOOKS_WAITING),
    ),
}  # fmt: skip


def dashboard() -> dict[str, Any]:
    """The whole of it, ready to be imported."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS.items():
        place = {"h": 1, "w": 24, "x": 0, "y": y}
        panels.append(
            {"id": len(panels) + 1, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}
        )
        y += 1
        for number, panel in enumerate(row):
            column, line = number % 3, number // 3
            at = {"h": HEIGHT, "w": WIDTH, "x": column * WIDTH, "y": y + line * HEIGHT}
            panels.append({"id": len(panels) + 1, "gridPos": at, **_shown(panel)})
        y += HEIGHT * -(-len(row) // 3)
    return {
        "uid": "audiocraft-webui",
        "title": "audiocraft-webui",
        "description": "Jobs, workers, requests, quality of matches; docs/monitoring.md says what each metric is.",
        "tags": ["audiocraft-webui"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "templating": {
            "list": [
                {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
                {
                    "name": "instance", "label": "Server", "type": "query", "datasource": DATASOURCE, "refresh": 2,
                    "query": f"label_values({metrics.BUILD.name}, instance)", "multi": True, "includeAll": True,
                    "allValue": ".*", "current": {"text": "All", "value": "$__all"},
                },
            ]
        },
        "panels": panels,
    }  # fmt: skip


def _shown(panel: Panel) -> dict[str, Any]:
    custom = {"fillOpacity": 20 if panel.stacked else 0, "stacking": {"mode": "normal" if panel.stacked else "none"}}
    defaults = {"unit": panel.unit, **({"custom": custom} if panel.kind == "timeseries" else {})}
    targets = [
        {"refId": chr(ord("A") + number), "datasource": DATASOURCE, "expr": query, "legendFormat": legend}
        for number, (query, legend) in enumerate(panel.series)
    ]
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
        if panel.kind == "timeseries"
        else {"textMode": "name", "colorMode": "none"},
        "targets": targets,
    }

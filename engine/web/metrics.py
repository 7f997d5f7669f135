"""`GET /metrics`, for Prometheus: only where the setting `metrics` is on, and only for who may know.

Without accounts that is whoever asks from this computer itself; through a proxy everybody seems to, so that then, and
where there are accounts, it takes the `metrics_token` or an administrator.
"""

import contextlib
import hmac
import platform
import shutil
import time
from collections import Counter
from typing import Any

import psutil
from flask import Blueprint, Response, request
from flask_socketio import SocketIO

from engine import __version__, metrics
from engine.app import Application
from engine.errors import AppError, Code
from engine.events import Event
from engine.jobs.load import load
from engine.messages import catalogue
from engine.metrics import Metric
from engine.models.device import expected_device, free_mb
from engine.web.guard import LOOPBACK
from engine.web.me import act_as
from engine.web.webhooks.deliveries import Deliveries

Reading = tuple[Metric, dict[str, str], float]

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def blueprint(application: Application, socketio: SocketIO) -> Blueprint:
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def exposition() -> Response:
        _check(application)
        answer = metrics.counted() + metrics.read(readings(application, socketio))
        return Response(answer, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})

    application.events.subscribe(_count)
    return routes


def _count(event: Event) -> None:
    metrics.EVENTS.add(event=type(event).__name__)


def _check(application: Application) -> None:
    """Raises UNAUTHORIZED, FORBIDDEN."""
    settings = application.settings
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    token = settings.metrics_token
    if token and scheme.lower() == "bearer" and hmac.compare_digest(said.strip().encode(), token.encode()):
        return None
    if application.accounts is not None:
        from engine.web.auth.access import admin_only
        from engine.web.auth.authenticate import proved_caller

        act_as(proved_caller())
        return admin_only(lambda: None)()
    through = any(name in request.headers for name in FORWARDED)
    if through or settings.proxy_hops or settings.allowed_hosts or request.remote_addr not in LOOPBACK:
        raise AppError(Code.UNAUTHORIZED, "metrics_token_wanted")
    return None


def readings(application: Application, socketio: SocketIO) -> list[Reading]:
    """What the gauges show now."""
    return [
        (metrics.BUILD, {"version": __version__, "python": platform.python_version()}, 1),
        *_of_jobs(application),
        *_of_workers(application),
        *_of_disk(application),
        (metrics.WEBHOOKS_WAITING, {}, Deliveries(application.database).waiting()),
        (metrics.SOCKETS, {}, len(socketio.server.eio.sockets)),
    ]


def _of_jobs(application: Application) -> list[Reading]:
    now = load(application.database)
    stages = Counter((command, _stage(said)) for command, said in application.scheduler.views.stages())
    return [
        *((metrics.JOBS, {"state": state, "command": name}, count) for (state, name), count in now.counts.items()),
        *((metrics.JOBS_RUNNING, {"command": name, "stage": stage}, count) for (name, stage), count in stages.items()),
        (metrics.OLDEST_WAITING, {}, now.oldest_s),
        (metrics.DEAD_LETTERS, {}, now.dead_letters),
    ]


def _stage(said: str | None) -> str:
    """The name of a stage, without how far it is; plug-ins may have any."""
    name = (said or "").partition(" ")[0]
    return name if f"stage.{name}" in catalogue("en") else "other" if name else "none"


def _of_workers(application: Application) -> list[Reading]:
    found: list[Reading] = []
    workers = application.scheduler.dispatch.pool.all()
    states = Counter((str(worker.lane), worker.state) for worker in workers)
    found += [(metrics.WORKERS, {"lane": lane, "state": state}, count) for (lane, state), count in states.items()]
    for worker in workers:
        with contextlib.suppress(psutil.Error):
            memory = psutil.Process(worker.process.pid).memory_info().rss
            found.append((metrics.WORKER_MEMORY, {"worker": worker.name, "lane": str(worker.lane)}, memory))
    device = application.settings.device
    found.append((metrics.DEVICE_MEMORY, {"device": expected_device(device)}, free_mb(device) * 2**20))
    return found


def _of_disk(application: Application) -> list[Reading]:
    with contextlib.suppress(OSError):
        disk = shutil.disk_usage(application.settings.output)
        return [(metrics.DISK_FREE, {}, disk.free), (metrics.DISK_SIZE, {}, disk.total)]
    return []


LAG_EVERY_S = 0.5


def watch_loop(socketio: SocketIO) -> None:
    """Measure for ever how late this loop wakes who sleeps in it."""

    def watch() -> Any:
        while True:
            due = time.monotonic() + LAG_EVERY_S
            socketio.sleep(LAG_EVERY_S)
            metrics.LOOP_LAG.observe(max(0.0, time.monotonic() - due))

    socketio.start_background_task(watch)

"""`bench cluster`: what a cluster costs and gives, with a real broker, PostgreSQL and object store on this computer.

Peer: the embedded form, which is given the same short jobs in the same run, in turns: `ours_s` and `peer_s` are for
those of one turn, `overhead_ms` is how much longer a job takes. Then so many jobs wait while four nodes work them off,
so many pages listen at two servers, and the same jobs go to one, two and four nodes: such that wait, as if for a model
on a device, and such that compute. `efficiency_..._4` is the share of four times the speed of one.

Everything that it starts it stops. Times say something on a machine that has nothing else to do: `load` is its load.
"""

import argparse
import contextlib
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from benchmarks import Unavailable
from benchmarks.cluster_pages import TOLD, listen
from benchmarks.server import Server
from engine.app import Application
from engine.cluster.broker_events import BrokerEvents
from engine.command import Lane
from engine.database import Database
from engine.events import Event, JobChanged, Notice
from engine.jobs.job import ACTIVE, Job
from engine.owner import LOCAL
from tests import brokers, stores
from tests.cluster.stand import Stand
from tests.conftest import Running, make_settings
from tests.databases import running_database
from tests.waiting import until

NEEDS = ("test", "cluster")
PARTS = ("overhead", "waiting", "pages", "scaling")
LONGEST_S = 240.0
LIGHT = "light"
NODES = 4
WAITS = {"steps": 5, "step_s": 0.1}
COMPUTES = {"duration": 15.0, "steps": 1}
"""A quarter of a minute of sound: written, measured and drawn."""

TOLD_S = 1.5
"""PostgreSQL's counters have what a connection did once it has rested for a second."""

MakeStand = Callable[[str], Stand]


def _median_ms(seconds: Sequence[float]) -> float:
    return round(1000 * statistics.median(seconds), 1)


def _p95_ms(seconds: Sequence[float]) -> float:
    return round(1000 * sorted(seconds)[int(0.95 * len(seconds))], 1)


class Asked:
    """A running application whose jobs are waited for by what it tells: nobody asks the database meanwhile."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.control, self.queue = running.application.scheduler, running.application.queue
        self._over: set[str] = set()
        self._news = threading.Condition()
        running.application.events.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if isinstance(event, JobChanged) and event.row["status"] not in ACTIVE:
            with self._news:
                self._over.add(event.row["id"])
                self._news.notify_all()

    def over(self, jobs: Sequence[Job]) -> int:
        """How many are over, as far as is known."""
        return len(self._over & {job.id for job in jobs})

    def done(self, jobs: Sequence[Job]) -> list[Job]:
        """Wait until all of them are over, and see that they succeeded."""
        with self._news:
            heard = self._news.wait_for(lambda: self.over(jobs) == len(jobs), LONGEST_S)
        assert heard, f"{self.over(jobs)} of {len(jobs)} jobs are over after {LONGEST_S} s"
        found = [self.queue.get(job.id) for job in jobs]
        assert {job.status for job in found} == {"COMPLETED"}, [job.error for job in found if job.error]
        return found

    def took_s(self, count: int, **params: Any) -> float:
        """From the asking for so many jobs at once to the end of the last one."""
        began = time.time()
        jobs = self.done([self.running.debug(seed=number, **params) for number in range(count)])
        return max(job.finished_at or 0 for job in jobs) - began

    def warm(self, nodes: int = 1) -> None:
        """Have a worker ready in each of so many nodes."""
        owners: set[str | None] = set()
        for turn in range(60):
            if len(owners) >= nodes:
                return
            asked = [self.running.debug(seed=1000 * turn + n, step_s=0.05, prompt="warm") for n in range(2 * nodes)]
            owners |= {job.owner for job in self.done(asked)}
        raise Unavailable("the nodes did not start")


def _transactions(stand: Stand) -> int:
    """How many the database has ended, whoever began them."""
    counted = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    time.sleep(TOLD_S)
    with contextlib.closing(Database(stand.database_url)) as database, database.read() as connection:
        return int(connection.scalar(text(counted)) or 0)


def overhead(stand: Stand, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """The same short jobs, embedded and in a cluster of one server and one node with one slot."""
    embedded = Running(Application.open(make_settings(folder / "embedded")))
    try:
        stand.node()
        forms = {"peer": Asked(embedded), "ours": Asked(stand.server())}
        took: dict[str, list[float]] = {name: [] for name in forms}
        alone: dict[str, list[float]] = {name: [] for name in forms}
        transactions: dict[str, list[int]] = {name: [] for name in forms}
        for form in forms.values():
            form.warm()
        before, began = _transactions(stand), time.perf_counter()
        time.sleep(5)
        idle_a_second = (_transactions(stand) - before) / (time.perf_counter() - began)
        for turn in range(asked.rounds):
            for name, form in forms.items():
                before = _transactions(stand)
                took[name].append(form.took_s(asked.jobs, prompt=f"turn {turn}"))
                transactions[name].append(_transactions(stand) - before)
                alone[name] += [form.took_s(1, prompt=f"alone {turn} {n}") for n in range(5)]
    finally:
        embedded.application.close()
    idle = [idle_a_second * (took_s + TOLD_S) for took_s in took["ours"]]
    of_jobs = [count - at_rest for count, at_rest in zip(transactions["ours"], idle, strict=True)]
    more = [(ours - peer) / asked.jobs for ours, peer in zip(took["ours"], took["peer"], strict=True)]
    return {
        "ours_s": round(statistics.median(took["ours"]), 2), "peer_s": round(statistics.median(took["peer"]), 2),
        "jobs": asked.jobs, "overhead_ms": _median_ms(more),
        "transactions": round(statistics.median(of_jobs) / asked.jobs, 1), "idle_transactions": round(idle_a_second, 1),
        "alone_ms": _median_ms(alone["ours"]), "alone_ms_embedded": _median_ms(alone["peer"]),
    }  # fmt: skip


def waiting(stand: Stand, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """A long queue: how quick it is asked and changed, and how many jobs a second four nodes do of it."""
    server = Asked(stand.server())
    began = time.perf_counter()
    jobs = [server.running.debug(seed=n, steps=1) for n in range(asked.waiting)]
    entered_s = time.perf_counter() - began
    times: dict[str, list[float]] = {"choose": [], "claim_none": [], "move": [], "list": []}
    works: dict[str, Callable[[], object]] = {
        "choose": lambda: server.queue.next_ready(Lane.LIGHT, LIGHT),
        "claim_none": lambda: server.queue.claim(Lane.LIGHT, "model.cpu", "bench"),
        "move": lambda: server.queue.move(list(server.queue.order())[-1], 2),
        "list": server.control.views.all,
    }

    def time_each() -> None:
        for name, work in works.items():
            began = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - began)

    for _ in range(20):
        time_each()
    still = {f"{name}_ms": _median_ms(found) for name, found in times.items()}
    for found in times.values():
        found.clear()
    for _ in range(NODES):
        stand.node()
    until(lambda: server.over(jobs) >= NODES, LONGEST_S)
    first, first_at = server.over(jobs), time.perf_counter()
    while (spent_s := time.perf_counter() - first_at) < asked.seconds and server.over(jobs) < len(jobs) - NODES:
        time_each()
        time.sleep(0.25)
    last = server.over(jobs)
    server.control.cancel_waiting()
    until(lambda: server.over(jobs) == len(jobs), LONGEST_S)
    found_jobs = [server.queue.get(job.id) for job in jobs]
    assert {job.status for job in found_jobs} <= {"COMPLETED", "CANCELED"} and {j.attempt for j in found_jobs} <= {0, 1}
    busy = {f"{name}_ms_busy": _median_ms(found) for name, found in times.items() if name != "claim_none"}
    return {
        "waiting": asked.waiting, "enter_ms": round(1000 * entered_s / asked.waiting, 1), **still, **busy,
        "jobs_per_s": round((last - first) / spent_s, 1), "done": last, "waiting_nodes": NODES,
    }  # fmt: skip


@contextmanager
def _servers(stand: Stand, count: int) -> Iterator[list[Server]]:
    """Servers as processes of their own."""
    flags = [word for name, value in stand.values().items() if name not in ("cluster", "async_mode")
             for word in (f"--{name.replace('_', '-')}", str(value))]  # fmt: skip
    found: list[Server] = []
    try:
        for number in range(count):
            found.append(Server(str(stand.folder / f"web-{number}"), "threading", flags=["--cluster", *flags]))
        yield found
    finally:
        for server in found:
            server.stop()


def _ended(server: Server, job_id: str) -> bool:
    return server.get(f"/api/jobs/{job_id}")["finished_at"] is not None


def pages(stand: Stand, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """How long an event takes from the process where it happens to each page, while jobs run."""
    context = multiprocessing.get_context("spawn")
    ended, (here, there) = context.Event(), context.Pipe()
    bus = BrokerEvents(stand.broker.url)
    with _servers(stand, 2) as servers:
        stand.node()
        stand.node()
        addresses = [server.address for server in servers]
        process = context.Process(target=listen, args=(addresses, asked.pages, ended, there), daemon=True)
        process.start()
        there.close()
        bus.start()
        try:
            began = time.perf_counter()
            assert here.recv() == "connected"
            connected_s = time.perf_counter() - began
            for server in servers:
                first = server.post("/api/jobs", {"command": "debug", "params": {"seed": 10_000, "steps": 1}})["job_id"]
                until(partial(_ended, server, first), LONGEST_S)
            told, number, end = 0, 0, time.monotonic() + asked.seconds
            while time.monotonic() < end:
                if told % 5 == 0:
                    params = {"seed": number, "steps": 5, "step_s": 0.1}
                    servers[number % 2].post("/api/jobs", {"command": "debug", "params": params})
                    number += 1
                bus.publish(Notice("info", TOLD, {"reason": repr(time.time())}, LOCAL))
                told += 1
                time.sleep(1 / asked.notices_per_s)
            time.sleep(2)
            rooms = [psutil.Process(server.pid) for server in servers]
            held = [(room.memory_info().rss / 2**20, room.num_threads()) for room in rooms]
            ended.set()
            waited, came = here.recv()
        finally:
            ended.set()
            bus.stop()
            process.join(30)
    assert waited["end"], "no page was told of the end of a job"
    return {
        "pages": asked.pages, "connected_s": round(connected_s, 1), "notices": told,
        "events_per_s": round(came / asked.seconds),
        "notices_lost": told * asked.pages - len(waited["notice"]),
        "event_ms": _median_ms(waited["notice"]), "event_ms_p95": _p95_ms(waited["notice"]),
        "end_ms": _median_ms(waited["end"]), "end_ms_p95": _p95_ms(waited["end"]), "page_jobs": number,
        "server_rss_mb": round(max(rss for rss, _ in held)), "server_threads": max(threads for _, threads in held),
    }  # fmt: skip


def scaling(stand: Stand, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """The same jobs on one, two and four nodes."""
    server = Asked(stand.server())
    figures: dict[str, Any] = {"scaled_jobs": asked.scaled}
    alone: dict[str, float] = {}
    for nodes in (1, 2, NODES):
        for _ in range(nodes - len(stand.nodes)):
            stand.node()
        server.warm(nodes)
        for kind, params in (("waits", WAITS), ("computes", COMPUTES)):
            took_s = server.took_s(asked.scaled, prompt=f"{kind} {nodes}", **params)
            alone.setdefault(kind, took_s)
            figures[f"{kind}_s_{nodes}"] = round(took_s, 2)
            figures[f"efficiency_{kind}_{nodes}"] = round(alone[kind] / (nodes * took_s), 2)
    return figures


@contextmanager
def _services(asked: argparse.Namespace, folder: Path) -> Iterator[MakeStand]:
    """The broker, the database and the store, and what makes a stand of them. Raises Unavailable."""
    with ExitStack() as opened:
        try:
            broker = opened.enter_context(brokers.running(asked.broker, folder / "broker"))
            (folder / "store").mkdir()
            store = opened.enter_context(stores.running_store("nanio", folder / "store"))
            url = asked.database_url or opened.enter_context(running_database()).url
        except pytest.skip.Exception as missing:
            raise Unavailable(str(missing)) from None
        yield lambda name: Stand(folder / name, broker, store, url)


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench cluster")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this; may be given more than once")
    parser.add_argument("--broker", choices=brokers.BROKERS, default="RabbitMQ")
    parser.add_argument(
        "--database-url", default=os.environ.get("TEST_POSTGRESQL_URL"),
        help="of a PostgreSQL database for this alone: all that is in it is deleted; by default one is started",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=30, help="short jobs of one turn")
    parser.add_argument("--rounds", type=int, default=7, help="turns of short jobs")
    parser.add_argument("--waiting", type=int, default=1000, help="jobs that wait")
    parser.add_argument("--pages", type=int, default=300, help="pages that are connected")
    parser.add_argument(
        "--notices-per-s",
        type=float,
        default=10,
        help="what all pages are told; a fifth as many jobs begin",
    )
    parser.add_argument("--seconds", type=float, default=30, help="so long nodes work off what waits, and pages listen")
    parser.add_argument("--scaled", type=int, default=24, help="jobs for one, two and four nodes")
    asked = parser.parse_args(arguments)
    figures: dict[str, Any] = {"broker": asked.broker}
    works = {"overhead": overhead, "waiting": waiting, "pages": pages, "scaling": scaling}
    with tempfile.TemporaryDirectory() as name, _services(asked, Path(name)) as make_stand:
        for part in asked.part or PARTS:
            stand = make_stand(part)
            try:
                figures |= works[part](stand, Path(name), asked)
            finally:
                stand.close()
            figures[f"load_{part}"] = round(os.getloadavg()[0], 1)
    return figures

"""`bench server-accounts`: what accounts cost, and how evenly the server answers while a hundred people log in.

Peer: the same server without accounts. Requests come over four connections that stay open, in turns to the one server
and the other; with accounts they bear a program's token. `ours_s` and `peer_s` are for a thousand of each kind. Then
ten users log in ten times each, all at once, from a hundred addresses and a process of their own, while a Socket.IO
client beats; so it does while the document of the interface is made and while `/metrics` is read. Gaps say something
on a machine that has nothing else to do: `load` is its load when they were measured, `worst_gap_ms_idle` the gap while
nobody asks for anything.
"""

import argparse
import http.client
import itertools
import json
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import socketio

from benchmarks.server import BEAT_S, Server
from engine.accounts.accounts import Accounts
from engine.accounts.credentials import Kind
from engine.database.opening import open_database
from engine.settings import Settings

PASSWORD = "four words and a number 7"
CONNECTIONS = 4
USERS, LOGINS = 10, 100
PART = {"Range": "bytes=1000000-1065535"}
FLAGS = ("--metrics", "--metrics-token", "bench" * 8, "--proxy-hops", "1")


def _people(folder: str) -> str:
    """Ten users with the same password; a token of the first."""
    settings = Settings(output=Path(folder), accounts=True)
    settings.state_dir.mkdir(parents=True)
    database = open_database(settings)
    accounts = Accounts.open(settings, database)
    users = [accounts.users.add(f"user{number}@example.org", PASSWORD) for number in range(USERS)]
    _, token = accounts.credentials.add(
        users[0].id, Kind.PROGRAM, name="bench", scopes=["read", "jobs"], prefix="awui_"
    )
    database.close()
    return token


class Asking:
    """Requests to one server, over connections that stay open."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        where = urlsplit(address)
        self._connections = [http.client.HTTPConnection(where.netloc, timeout=60) for _ in range(CONNECTIONS)]
        self._headers = headers

    def once(self, path: str, *, method: str = "GET", body: Any = None, number: int = 0, **headers: str) -> bytes:
        sent = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        connection = self._connections[number]
        connection.request(method, path, sent, {**kind, **self._headers, **headers})
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status < 300, (path, answer.status, data[:200])
        return data

    def times(self, path: str, count: int, headers: dict[str, str]) -> list[float]:
        """Seconds of each of `count` requests."""

        def one(number: int) -> list[float]:
            found = []
            for _ in range(count // CONNECTIONS):
                began = time.perf_counter()
                self.once(path, number=number, **headers)
                found.append(time.perf_counter() - began)
            return found

        with ThreadPoolExecutor(CONNECTIONS) as threads:
            return list(itertools.chain.from_iterable(threads.map(one, range(CONNECTIONS))))


def _filled(asking: Asking) -> dict[str, tuple[str, dict[str, str]]]:
    """A library of a hundred tracks and one of a minute; what is asked for, by name."""

    def made(**params: Any) -> str:
        body = {"command": "debug", "params": params}
        job = str(json.loads(asking.once("/api/jobs", method="POST", body=body))["job_id"])
        while json.loads(asking.once(f"/api/v1/jobs/{job}"))["status"] != "COMPLETED":
            time.sleep(0.05)
        return job

    for seed in range(5):
        made(tracks=20, seed=seed)
    job = made(duration=60, seed=9)
    track = json.loads(asking.once(f"/api/v1/jobs/{job}"))["tracks"][0]["id"]
    return {
        "health": ("/api/v1/health", {}), "list": ("/api/v1/tracks?limit=50", {}),
        "status": (f"/api/v1/jobs/{job}", {}), "range": (f"/api/v1/tracks/{track}/audio", PART),
    }  # fmt: skip


def _worst_gap(server: Server, token: str, work: Callable[[], object]) -> float:
    """The longest time between two answered heartbeats while `work` goes on, s."""
    client = socketio.Client()
    client.connect(server.address, auth={"token": token}, transports=["websocket"])
    ended = threading.Event()

    def working() -> None:
        try:
            work()
        finally:
            ended.set()

    thread = threading.Thread(target=working)
    times: list[float] = []
    answered = threading.Event()
    while not ended.is_set() or len(times) < 10:
        answered.clear()
        beat = time.perf_counter()
        client.emit("heartbeat", callback=lambda *_: answered.set())
        assert answered.wait(10), "a heartbeat was not answered"
        times.append(time.perf_counter())
        if len(times) == 5:
            thread.start()
        time.sleep(max(0.0, BEAT_S - (time.perf_counter() - beat)))
    thread.join()
    client.disconnect()
    return max(later - earlier for earlier, later in itertools.pairwise(times))


def _logins(address: str) -> None:
    """A hundred at once, each from an address of its own, for so many may not come from one."""

    def one(number: int) -> None:
        asking = Asking(address, {"X-Forwarded-For": f"203.0.{number}.7"})
        body = {"email": f"user{number % USERS}@example.org", "password": PASSWORD}
        asking.once("/api/session", method="POST", body=body)

    with ThreadPoolExecutor(LOGINS) as threads:
        list(threads.map(one, range(LOGINS)))


def _apart(work: Callable[[str], None], address: str) -> None:
    """In a process of its own: a hundred threads would hold the beats up here."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=(address,))
    process.start()
    process.join()
    assert process.exitcode == 0, "somebody could not log in"


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench server-accounts")
    parser.add_argument("--requests", type=int, default=1000, help="of each kind, to each server")
    parser.add_argument("--rounds", type=int, default=5, help="turns in which they come")
    parser.add_argument("--async-mode", choices=("eventlet", "threading"), default="eventlet")
    asked = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as own, tempfile.TemporaryDirectory() as open_to_all:
        token = _people(own)
        servers = [Server(folder, asked.async_mode, flags=FLAGS) for folder in (own, open_to_all)]
        try:
            asking = [Asking(servers[0].address, {"Authorization": f"Bearer {token}"}), Asking(servers[1].address, {})]
            wanted = [_filled(each) for each in asking]
            took = [0.0, 0.0]
            for name in wanted[0]:
                times: list[list[float]] = [[], []]
                for _, which in itertools.product(range(asked.rounds), (0, 1)):
                    path, headers = wanted[which][name]
                    began = time.perf_counter()
                    times[which] += asking[which].times(path, asked.requests // asked.rounds, headers)
                    took[which] += time.perf_counter() - began
                for which, kind in enumerate(("", "_without")):
                    sorted_ms = sorted(1000 * each for each in times[which])
                    figures[f"{name}_per_s{kind}"] = round(CONNECTIONS * 1000 / statistics.mean(sorted_ms))
                    figures[f"{name}_p95_ms{kind}"] = round(sorted_ms[int(0.95 * len(sorted_ms))], 1)
            scale = 1000 / asked.requests
            figures |= {"ours_s": round(took[0] * scale, 2), "peer_s": round(took[1] * scale, 2)}
            scrape = {"Authorization": f"Bearer {FLAGS[2]}"}
            works: dict[str, Callable[[], object]] = {
                "idle": lambda: time.sleep(3),
                "document": lambda: Asking(servers[0].address, {}).once("/api/v1/openapi.json"),
                "metrics": lambda: [Asking(servers[0].address, scrape).once("/metrics") for _ in range(20)],
                "logins": lambda: _apart(_logins, servers[0].address),
            }
            figures["load"] = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
            for name, work in works.items():
                began = time.perf_counter()
                figures[f"worst_gap_ms_{name}"] = round(1000 * _worst_gap(servers[0], token, work), 1)
                figures[f"{name}_s"] = round(time.perf_counter() - began, 2)
        finally:
            for server in servers:
                server.stop()
    return figures

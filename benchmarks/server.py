"""`bench server`: how quick the server is up, how little it holds, and how evenly it answers while a worker computes.

Peer: the same server made to import the model packages first, as its ancestor did. Heartbeats are round trips of a
Socket.IO client that beats every ten milliseconds; the gap between two answers is what is measured, for both async
modes. Fields end in `_eventlet` and `_threading`.
"""

import argparse
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import socketio

PROJECT = Path(__file__).resolve().parent.parent
PEER = "import torch, librosa, demucs.pretrained, transformers, runpy, sys; sys.argv = sys.argv[1:]; "
PEER += "runpy.run_path(sys.argv[0], run_name='__main__')"
BEAT_S = 0.01


class Server:
    """A started server and the seconds until its first page was there."""

    def __init__(self, folder: str, mode: str, *, like_the_ancestor: bool = False, flags: Sequence[str] = ()) -> None:
        own = ["webui.py", "--no-browser", "--debug", "--port", "0", "--output", folder, "--async-mode", mode, *flags]
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *(["-c", PEER] if like_the_ancestor else []), *own],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self._process.stdout
        found = re.search(r"(http://\S+:\d+)\s*$", self._process.stdout.readline())
        assert found, "the server did not start"
        self.address = found[1]
        urlopen(self.address, timeout=30).read()
        self.first_page_s = time.perf_counter() - began

    @property
    def pid(self) -> int:
        return self._process.pid

    def get(self, path: str) -> Any:
        with urlopen(self.address + path, timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        request = Request(self.address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def _gaps(server: Server, seconds: float) -> list[float]:
    """Seconds between two answered heartbeats, back to back, while a worker computes at full load."""
    client = socketio.Client()
    rows: list[Any] = []
    client.on("job", rows.append)
    client.connect(server.address, transports=["websocket"])
    busy = {"steps": 100_000, "step_s": 0.05, "busy": True}
    job_id = server.post("/api/jobs", {"command": "debug", "params": busy})["job_id"]
    while server.get(f"/api/jobs/{job_id}")["status"] != "RUNNING":
        time.sleep(0.05)
    times, answered, end = [], threading.Event(), time.perf_counter() + seconds
    while time.perf_counter() < end:
        answered.clear()
        beat = time.perf_counter()
        client.emit("heartbeat", callback=lambda *_: answered.set())
        assert answered.wait(10), "a heartbeat was not answered"
        times.append(time.perf_counter())
        time.sleep(max(0.0, BEAT_S - (time.perf_counter() - beat)))
    assert len(rows) > seconds, "the page was not told of the job's progress"
    server.post(f"/api/jobs/{job_id}/cancel", {})
    client.disconnect()
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench server")
    parser.add_argument("--seconds", type=float, default=20, help="length of the heartbeat measurement in each mode")
    parser.add_argument("--starts", type=int, default=5, help="starts of which the median is taken")
    asked = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    for mode in ("eventlet", "threading"):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(folder, mode)
            try:
                gaps = _gaps(server, asked.seconds)
                health = server.get("/api/health")
            finally:
                server.stop()
        figures[f"median_gap_ms_{mode}"] = round(statistics.median(gaps) * 1000, 1)
        figures[f"worst_gap_ms_{mode}"] = round(max(gaps) * 1000, 1)
        figures[f"beats_{mode}"] = len(gaps) + 1
        figures[f"rss_mb_{mode}"] = health["rss_mb"]
        figures[f"model_packages_{mode}"] = health["model_packages"]
    ours: list[float] = []
    peer: list[float] = []
    for _ in range(asked.starts):
        for times, ancestor in ((ours, False), (peer, True)):
            with tempfile.TemporaryDirectory() as folder:
                server = Server(folder, "threading", like_the_ancestor=ancestor)
                times.append(server.first_page_s)
                server.stop()
    return {"ours_s": round(statistics.median(ours), 3), "peer_s": round(statistics.median(peer), 3), **figures}

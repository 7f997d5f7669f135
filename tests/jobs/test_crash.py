"""Two hundred jobs while server and workers are killed and frozen: none is lost, doubled, left or asked for anew."""

import contextlib
import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest
import soundfile

from engine.jobs.job import MAX_INTERRUPTIONS
from engine.jobs.worker_process import START_TIMEOUT_S
from engine.library.record import Record
from tests.conftest import leftovers
from tests.live import Live, start
from tests.waiting import until
from tests.wants import wants

FLAGS = ("--worker-silence-s", "2")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(os.name == "nt", reason=wants("another operating system", "SIGKILL"))
def test_killed_at_random_moments_the_house_keeps_every_job(
    tmp_path: Path, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, kills = (200, 20) if full else (40, 6)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    moments = random.Random(20261121)
    server = start(tmp_path, *FLAGS)
    try:
        wanted: dict[str, int] = {}
        for number in range(jobs):
            tracks, suffix = 1 + number % 2, ("wav", "flac", "mp3")[number % 3]
            params = {
                "tracks": tracks,
                "steps": 4,
                "step_s": 0.1,
                "duration": 0.2,
                "format": suffix,
                "prompt": f"job {number}",
            }
            answer = server.json(
                "POST", "/api/jobs", {"command": "debug", "params": params, "request_id": f"r{number}"}
            )
            wanted[answer["job_id"]] = tracks
        hit = Counter[str]()
        for _ in range(kills):
            _until_one_runs(server)
            time.sleep(moments.uniform(0, 2))  # a moment by chance, not a wait for something
            workers = server.workers()
            victim = moments.choice(["server", "worker", "frozen worker"] if workers else ["server"])
            hit[victim] += 1
            if victim == "worker":
                moments.choice(workers).kill()
            elif victim == "frozen worker":
                moments.choice(workers).suspend()
            else:
                server = _killed_and_started_again(server, tmp_path)
        assert set(hit) == {"server", "worker", "frozen worker"}
        unfinished = [row for row in server.json("GET", "/api/jobs")["jobs"] if row["status"] in ("PENDING", "RUNNING")]
        rows, unlucky = _completed_by_themselves(server, wanted)
        interrupted = [row for row in rows if row["interruptions"]]
        print(f"kills: {dict(hit)}; open after the last: {len(unfinished)}")
        print(f"run again by themselves: {len(interrupted)}, left alone: {unlucky}")
        assert unfinished and interrupted, "the kills came while there was work"
        assert unlucky * (MAX_INTERRUPTIONS + 1) <= kills
        assert server.stop() == 0
        _check_disk(server, wanted, {row["id"]: row["params"]["seed"] for row in rows})
    finally:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)
    assert list(temporary.iterdir()) == []


def _until_one_runs(server: Live) -> None:
    def begun() -> bool:
        return any(row["status"] == "RUNNING" for row in server.json("GET", "/api/jobs")["jobs"])

    until(begun, 2 * START_TIMEOUT_S, 0.1)  # a worker that was frozen while it started is waited for


def _killed_and_started_again(server: Live, folder: Path) -> Live:
    orphans = server.workers()
    server.stop(signal.SIGKILL)
    reborn = start(folder, *FLAGS)
    for orphan in orphans:
        with contextlib.suppress(psutil.NoSuchProcess):
            orphan.resume()  # one that was frozen wakes up beside the new server
    psutil.wait_procs(orphans, timeout=10)
    outlived = [orphan for orphan in orphans if orphan.is_running() and orphan.status() != "zombie"]
    assert outlived == [], "a worker outlived its server"
    return reborn


def _completed_by_themselves(server: Live, wanted: dict[str, int]) -> tuple[list[Any], int]:
    """The rows when all are done, and how many were hit so often that somebody had to retry them."""
    unlucky: set[str] = set()

    def completed() -> list[Any] | None:
        rows = {row["id"]: row for row in server.json("GET", "/api/jobs")["jobs"]}
        assert set(wanted) <= set(rows), "a job was lost"
        for row in (row for row in rows.values() if row["status"] not in ("PENDING", "RUNNING", "COMPLETED")):
            assert row["error"]["detail"]["key"] == "error.interrupted_often", row["error"]
            unlucky.add(row["id"])
            server.json("POST", f"/api/jobs/{row['id']}/retry", {})
        if all(row["status"] == "COMPLETED" for row in rows.values()):
            return list(rows.values())
        return None

    return until(completed, 300, 0.2), len(unlucky)


def _check_disk(server: Live, wanted: dict[str, int], seeds: dict[str, int]) -> None:
    folder = server.settings.audio_dir
    made: Counter[str] = Counter()
    described = set()
    for path in folder.glob("*.json"):
        record = Record.model_validate(json.loads(path.read_text()))
        assert record.parameters.seed == seeds[record.job_id]
        audio = folder / record.file
        assert soundfile.info(audio).frames == record.samples and len(soundfile.read(audio)[0]) == record.samples
        made[record.job_id] += 1
        described.add(record.file)
    assert dict(made) == wanted, "every job left exactly what it was asked for"
    assert {path.name for path in folder.iterdir() if path.suffix != ".json"} == described, "no audio without a record"
    assert leftovers(server.settings) == []

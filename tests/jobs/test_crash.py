"""Two hundred jobs while server and worker are killed again and again: nothing is lost, doubled or left behind."""

import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
import soundfile

from engine.library.record import Record
from tests.conftest import leftovers
from tests.live import Live, start
from tests.wants import wants


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason=wants("another operating system", "SIGKILL"))
def test_killed_at_random_moments_the_house_keeps_every_job(
    tmp_path: Path, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, kills = (200, 20) if full else (50, 6)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    moments = random.Random(20261121)
    server = start(tmp_path, mode="eventlet")
    wanted: dict[str, int] = {}
    for number in range(jobs):
        tracks, suffix = 1 + number % 2, ("wav", "flac", "mp3")[number % 3]
        params = {
            "tracks": tracks,
            "steps": 4,
            "step_s": 0.03,
            "duration": 0.2,
            "format": suffix,
            "prompt": f"job {number}",
        }
        answer = server.json("POST", "/api/jobs", {"command": "debug", "params": params, "request_id": f"r{number}"})
        wanted[answer["job_id"]] = tracks
    hit = Counter[str]()
    for _ in range(kills):
        time.sleep(moments.uniform(0.1, 1.2))
        victims = ["server", "worker"] if psutil.Process(server.process.pid).children() else ["server"]
        victim = moments.choice(victims)
        hit[victim] += 1
        if victim == "worker":
            moments.choice(psutil.Process(server.process.pid).children()).kill()
        else:
            server = _killed_and_started_again(server, tmp_path)
    assert set(hit) == {"server", "worker"}
    unfinished = [row for row in server.json("GET", "/api/jobs")["jobs"] if row["status"] != "COMPLETED"]
    interrupted = _retry_until_complete(server, wanted)
    print(f"kills: {dict(hit)}; interrupted jobs: {interrupted}; unfinished after the last kill: {len(unfinished)}")
    assert unfinished and interrupted, "the kills came while there was work"
    assert server.stop() == 0
    _check_disk(server, wanted)
    assert list(temporary.iterdir()) == []


def _killed_and_started_again(server: Live, folder: Path) -> Live:
    orphans = psutil.Process(server.process.pid).children()
    server.stop(signal.SIGKILL)
    reborn = start(folder, mode="eventlet")
    psutil.wait_procs(orphans, timeout=10)
    outlived = [orphan for orphan in orphans if orphan.is_running() and orphan.status() != "zombie"]
    assert outlived == [], "a worker outlived its server"
    return reborn


def _retry_until_complete(server: Live, wanted: dict[str, int]) -> int:
    """How many jobs had to be retried."""
    retried: set[str] = set()
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        rows = {row["id"]: row for row in server.json("GET", "/api/jobs")["jobs"]}
        assert set(wanted) <= set(rows), "a job was lost"
        failed = [row for row in rows.values() if row["status"] == "FAILED"]
        for row in failed:
            assert row["error"]["code"] in ("INTERRUPTED", "INTERNAL"), row["error"]
            retried.add(row["id"])
            server.json("POST", f"/api/jobs/{row['id']}/retry", {})
        if all(row["status"] == "COMPLETED" for row in rows.values()):
            return len(retried)
        time.sleep(0.2)
    raise TimeoutError("the jobs did not complete")


def _check_disk(server: Live, wanted: dict[str, int]) -> None:
    folder = server.settings.audio_dir
    made: Counter[str] = Counter()
    described = set()
    for path in folder.glob("*.json"):
        record = Record.model_validate(json.loads(path.read_text()))
        audio = folder / record.file
        assert soundfile.info(audio).frames == record.samples and len(soundfile.read(audio)[0]) == record.samples
        made[record.job_id] += 1
        described.add(record.file)
    assert dict(made) == wanted, "every job left exactly what it was asked for"
    assert {path.name for path in folder.iterdir() if path.suffix != ".json"} == described, "no audio without a record"
    assert leftovers(server.settings) == []

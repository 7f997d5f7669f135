"""What the import contracts promise, seen on processes that run."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from engine.settings import PROJECT
from tests.live import live
from tests.wants import wants

HEAVY = ("torch", "numpy", "scipy", "onnxruntime", "soundfile", "soxr", "av", "pedalboard", "llvmlite")
"""Packages with native code; librosa, transformers and the rest load one of them."""


@pytest.mark.skipif(not hasattr(psutil.Process, "memory_maps"), reason=wants("another operating system", "memory maps"))
def test_a_server_that_was_used_holds_no_model_and_no_sound_library(tmp_path: Path) -> None:
    with live(tmp_path) as server:
        row = server.finished(server.ask(beside=True))
        track = row["track_ids"][0]
        for path in ("/", "/i18n/en.json", "/api/state", "/api/match/schema", f"/api/tracks/{track}/peaks"):
            assert server.request("GET", path)[0] == 200, path
        for text in ("/generate calm piano duration=1", f"/mix source=track:{track}"):
            assert server.finished(server.json("POST", "/api/jobs", {"text": text})["job_id"])["status"] == "COMPLETED"
        loaded = {Path(part.path) for part in psutil.Process(server.process.pid).memory_maps()}
        worker = {Path(part.path) for process in server.workers() for part in process.memory_maps()}
    assert any("numpy" in path.parts for path in worker), "this is how a loaded library is seen"
    assert [str(path) for path in loaded if set(path.parts) & {*HEAVY, *(f"{name}.libs" for name in HEAVY)}] == []


def test_the_terminal_imports_none_either(tmp_path: Path) -> None:
    flags = ["debug", "--output", str(tmp_path), "--debug", "--json"]
    code = f"import sys, webui; webui.main({flags!r}); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=dict(os.environ), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    record, modules = done.stdout.strip().splitlines()
    assert '"command": "debug"' in record and modules == "[]"

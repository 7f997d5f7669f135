"""A client that fetches does not outlive who started it."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from engine.models.watched_process import watch
from engine.settings import PROJECT
from tests.waiting import until

OWNER = """
import sys
from pathlib import Path
from engine.models.watched_process import watch
watch(sys.argv[2:], Path(sys.argv[1]), lambda: 0, lambda bytes_here: None)
"""
CLIENT = """
import os, pathlib, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("pids.new").write_text(f"{os.getpid()} {other.pid}")
pathlib.Path("pids.new").replace("pids")
time.sleep(600)
"""


def test_when_its_owner_is_killed_the_client_ends_with_all_it_started(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path), sys.executable, "-c", CLIENT], cwd=PROJECT)
    until(lambda: owner.poll() is not None or (tmp_path / "pids").exists())
    assert owner.poll() is None
    clients = [psutil.Process(int(pid)) for pid in (tmp_path / "pids").read_text().split()]
    owner.kill()
    owner.wait()
    _, alive = psutil.wait_procs(clients, timeout=5)
    for client in alive:
        client.kill()
    assert [client for client in alive if client.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("code", [0, 3])
def test_what_it_says_and_how_it_ends_is_told(tmp_path: Path, code: int) -> None:
    words = f"import sys; print('out'); print('err', file=sys.stderr); sys.exit({code})"
    outcome = watch([sys.executable, "-c", words], tmp_path, lambda: 0, lambda arrived: None)
    assert (outcome.code, outcome.stuck, set(outcome.said.split())) == (code, False, {"out", "err"})


def test_a_client_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-client"):
        watch(["no-such-client"], tmp_path, lambda: 0, lambda arrived: None)

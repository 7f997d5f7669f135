"""A node says whether it is alive, to whatever started it: `./run.sh node --check`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cluster.beat import FILE, SILENT_S, beat, beats, no_more
from engine.settings import PROJECT
from tests.cluster.conftest import Brokers
from tests.cluster.stand import Stand
from tests.conftest import make_settings
from tests.stores import Store
from tests.waiting import until
from tests.wants import wants


@pytest.fixture
def stand(brokers: Brokers, nanio: Store, tmp_path: Path) -> Iterator[Stand]:
    if "TEST_POSTGRESQL_URL" not in os.environ:
        pytest.skip(wants("PostgreSQL"))
    found = Stand(tmp_path, brokers.get("RabbitMQ"), nanio, os.environ["TEST_POSTGRESQL_URL"])
    try:
        found.server()
        yield found
    finally:
        found.close()


def check(output: Path, *arguments: str) -> int:
    """The exit code of `node --check` for the node of this output folder."""
    command = [sys.executable, str(PROJECT / "webui.py"), "node", "--check", *arguments, "--output", str(output)]
    return subprocess.run(command, check=False, timeout=60).returncode


def test_a_node_is_alive_until_it_ends_or_is_killed(stand: Stand) -> None:
    stopped, killed = stand.node(), stand.node()
    for node in (stopped, killed):
        until(lambda node=node: check(node.output, "--pool", "light") == 0, 60)
    assert check(stopped.output) == 1, "one for all jobs has two processes, in folders of their own"
    stopped.send(signal.SIGTERM)
    assert stopped.process.wait(30) == 0 and not (stopped.output / "settings" / FILE).exists()
    killed.kill()
    assert [check(node.output, "--pool", "light") for node in (stopped, killed)] == [1, 1]


def test_one_for_all_jobs_is_alive_when_both_of_its_processes_are(tmp_path: Path) -> None:
    parts = [make_settings(tmp_path, output=tmp_path / "out" / f"node-{lane}") for lane in ("light", "model")]
    for part in parts:
        assert check(tmp_path / "out") == 1
        part.state_dir.mkdir(parents=True)
        beat(part)
    assert check(tmp_path / "out") == 0
    no_more(parts[1])
    assert check(tmp_path / "out") == 1


@pytest.mark.parametrize("age_s", [SILENT_S + 1, -SILENT_S - 1])
def test_one_that_has_been_silent_is_dead(tmp_path: Path, age_s: float) -> None:
    settings = make_settings(tmp_path)
    settings.state_dir.mkdir(parents=True)
    beat(settings)
    assert beats(settings)
    said = json.loads((settings.state_dir / FILE).read_text())
    (settings.state_dir / FILE).write_text(json.dumps(said | {"at": time.time() - age_s}))
    assert not beats(settings)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": 1, "at": "now"}', '{"pid": null, "at": 1}'])
def test_a_file_that_says_nothing_is_no_beat(tmp_path: Path, text: str) -> None:
    settings = make_settings(tmp_path)
    settings.state_dir.mkdir(parents=True)
    (settings.state_dir / FILE).write_text(text)
    assert not beats(settings)

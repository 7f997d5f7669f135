"""A command of another package: it does all that a built-in one does, and a broken one hurts nobody."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import socketio
import soundfile

from engine.commands import BUILT_IN, GROUP, HIDDEN, RESERVED, built_in, command
from engine.jobs.follow_ups import NO_TRACK
from engine.jobs.job import Request
from engine.jobs.queue import QueueEntry
from engine.settings import PROJECT
from tests.command_contract import check_command
from tests.conftest import Running
from tests.live import Live, live
from tests.waiting import until
from webui import SUBCOMMANDS

PLUGIN = PROJECT / "tests" / "plugin"
BROKEN = {
    "absent": "audiocraft_not_there:COMMAND",
    "ends": "audiocraft_broken.ends:COMMAND",
    "fetch": "audiocraft_tone:COMMAND",
    "nothing": "audiocraft_broken:COMMAND",
    "report": "audiocraft_tone:COMMAND",
    "tone": "zz_audiocraft_later:COMMAND",
    "Up": "audiocraft_tone:COMMAND",
    "wild": "audiocraft_broken:WILD",
}
SOURCE = """
from collections.abc import Callable
from engine.command import Command, Lane
from engine.parameters import Params

class Wild(Params):
    field: Callable[[], int] = int

COMMAND = None
WILD = Command("wild", "", Wild, "", lambda p: Lane.LIGHT, lambda p: "")
"""


def write_broken_plugins(site: Path, entries: dict[str, str]) -> None:
    """An installed package `audiocraft-broken` with these entry points, name -> value."""
    (site / "audiocraft_broken").mkdir(parents=True)
    (site / "audiocraft_broken" / "__init__.py").write_text(SOURCE)
    (site / "audiocraft_broken" / "ends.py").write_text("raise SystemExit(3)")
    facts = site / "audiocraft_broken-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: audiocraft-broken\nVersion: 1.0\n")
    lines = [f"[{GROUP}]", *(f"{name} = {value}" for name, value in entries.items())]
    (facts / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A path with the example and a package whose every entry point is at fault."""
    site = tmp_path_factory.mktemp("site")
    write_broken_plugins(site, BROKEN)
    return os.pathsep.join([str(PLUGIN), str(site)])


@pytest.fixture(scope="module")
def server(path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        with live(tmp_path_factory.mktemp("plugins")) as running:
            yield running


def python(code: str, path: str) -> str:
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([path, str(PROJECT)])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_offers_it_after_the_programs_own_in_every_language(server: Live) -> None:
    offered = {command["name"]: command for command in server.json("GET", "/api/state")["commands"]}
    assert list(offered) == [*BUILT_IN, *HIDDEN, "tone"]
    assert offered["tone"]["text_field"] == "name"
    assert offered["tone"]["schema"]["properties"]["frequency_hz"]["maximum"] == 20_000
    assert server.json("GET", "/i18n/ru.json")["param.tone.frequency_hz.title"] == "Частота"
    assert server.json("GET", "/i18n/zh.json")["command.tone.summary"] == "生成纯音。"


def test_it_runs_as_a_job_in_a_worker(server: Live) -> None:
    body = {"text": "/tone a name frequency_hz=1000 format=flac"}
    row = server.finished(server.json("POST", "/api/jobs", body)["job_id"])
    assert row["status"] == "COMPLETED", row["error"]
    record = server.json("GET", f"/api/tracks/{row['track_ids'][0]}")
    assert (record["command"], record["prompt"], record["model"]) == ("tone", "a name", "tone")
    assert record["audio_url"] and soundfile.info(server.settings.audio_dir / f"{record['name']}.flac").frames == 44100
    refused = server.json("POST", "/api/jobs", {"command": "tone", "params": {"frequency_hz": 1}})
    assert refused["error"]["code"] == "INVALID_INPUT"


def test_it_is_a_command_of_the_terminal(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", path)
    command = [sys.executable, "webui.py", "tone", "--frequency-hz", "500", "--output", str(tmp_path), "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert soundfile.info(tmp_path / "audio" / record["file"]).frames == 44100


def test_broken_ones_are_notices_and_left_out(server: Live) -> None:
    notices: list[dict[str, Any]] = []
    client = socketio.Client()
    client.on("notice", notices.append)
    client.connect(server.address)
    try:
        until(lambda: len(notices) == len(BROKEN), 20)
    finally:
        client.disconnect()
    assert {notice["values"]["name"] for notice in notices} == set(BROKEN)
    assert all(n["key"] == "error.plugin_refused" and "audiocraft-broken" in n["message"] for n in notices)
    log = (server.settings.logs_dir / "server.jsonl").read_text(encoding="utf-8")
    assert all(f'"plugin": "{name}"' in log for name in BROKEN)
    refused = server.json("POST", "/api/jobs", {"command": "ends", "params": {}})["error"]
    assert refused["detail"]["key"] == "error.plugin_refused" and "SystemExit" in refused["message"]


SAMPLES: dict[str, dict[str, Any]] = {
    "generate": {"prompt": "calm piano"},
    "upscale": {"source": NO_TRACK},
    "split": {"source": NO_TRACK},
    "tag": {"source": NO_TRACK},
    "analyze": {"source": NO_TRACK},
    "drama": {"text": "Anna: Who is there?"},
    "mix": {"source": NO_TRACK},
    "match": {"source": NO_TRACK, "reference": NO_TRACK},
    "fetch": {"model": "generaluser"},
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_ones_keep_the_contract_of_a_command(name: str) -> None:
    asked = command(name)
    check_command(asked, asked.params.checked(SAMPLES[name]))


def test_the_example_keeps_the_contract_of_a_command(path: str) -> None:
    code = """
from engine.commands import command
from tests.command_contract import check_command
asked = command("tone")
check_command(asked, asked.params())
print("kept")
"""
    assert python(code, path).strip() == "kept"


def test_a_job_whose_plugin_is_gone_fails_and_others_go_on(running: Running) -> None:
    gone = replace(command("debug", debug=True), name="gone")
    job = running.application.queue.enqueue(QueueEntry(Request("gone", {}), gone, gone.params()))
    running.application.scheduler.dispatch.wake()
    assert running.done(running.debug()).status == "COMPLETED"
    error = running.done(job).error
    assert error and error["detail"]["key"] == "error.unknown_command"


def test_the_registry_is_light(path: str) -> None:
    heavy = {"numpy", "torch", "soundfile", "scipy", "av", "flask", "sqlalchemy"}
    code = f"import sys, engine.commands as c; c.commands(debug=True); print(sorted({heavy} & set(sys.modules)))"
    assert python(code, path).strip() == "[]"


def test_words_of_the_command_line_are_no_names_for_commands() -> None:
    assert set(RESERVED) == set(SUBCOMMANDS)
    assert not set(RESERVED) & set(built_in(debug=True))

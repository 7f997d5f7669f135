"""The whole library on real weights: a server that is killed goes on where it was, and so does the terminal."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from engine.settings import PROJECT
from engine.tag.ears import wanted
from engine.tag.facts import TAGGER_VERSION, TrackFacts
from engine.tag.params import TagParams
from tests.conftest import make_settings
from tests.live import Live, live, start
from tests.made_tracks import make_tracks
from tests.tag.conftest import Weights
from tests.waiting import until

TRACKS = 8


def tagged(server: Live) -> int:
    return int(server.json("GET", "/api/tagging")["tagged"])


def test_a_killed_server_goes_on_and_no_track_is_tagged_twice(tmp_path: Path, weights: Weights) -> None:
    settings = make_settings(tmp_path)
    make_tracks(settings.audio_dir, TRACKS)
    for model in wanted(TagParams(source="track:" + "0" * 32), settings.models):
        shutil.copytree(weights(model)[0].parent, settings.models / model)
    server = start(tmp_path)
    until(lambda: server.json("GET", "/api/tracks")["total"] == TRACKS)
    assert server.json("POST", "/api/tagging", {"action": "start"})["state"] == "running"
    until(lambda: tagged(server) >= 2, 120)
    assert server.json("GET", "/api/state")["jobs"] == []
    server.stop(signal.SIGKILL)
    assert json.loads((settings.state_dir / "tagging.json").read_text())["state"] == "running"

    (more,) = make_tracks(tmp_path / "more", 1, first_at=1_800_000_000.0)
    with live(tmp_path) as server:
        before = tagged(server)
        assert 2 <= before < TRACKS
        done = {"state": "idle", "total": TRACKS, "tagged": TRACKS, "failed": 0}
        until(lambda: server.json("GET", "/api/tagging") == done, 120)
        assert server.request("POST", "/api/tagging", {"action": "fly"})[0] == 400
    facts = [json.loads(path.read_text(encoding="utf-8")) for path in settings.audio_dir.glob("*.json")]
    assert [len(record["annotations"]) for record in facts] == [1] * TRACKS
    analysis = TrackFacts.model_validate(facts[0]["facts"]).analysis
    assert analysis and analysis.version == TAGGER_VERSION and "musicnn" in analysis.models

    told = more.model_copy(update={"id": "a" * 32, "name": "one_more", "file": "one_more.wav"})
    shutil.copyfile(tmp_path / "more" / more.file, settings.audio_dir / told.file)
    (settings.audio_dir / "one_more.json").write_text(told.model_dump_json(), encoding="utf-8")
    flags = ["--output", str(settings.output), "--models", str(settings.models)]
    command = [sys.executable, "webui.py", "tag-library", *flags]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert (said.returncode, said.stdout) == (0, f"Tagged: {TRACKS + 1} of {TRACKS + 1}; failed: 0\n"), said.stderr

"""Each user's own library is tagged: what one starts or pauses is nothing to another."""

import json
from pathlib import Path

import pytest

from engine.events import Notice, TaggingChanged
from engine.jobs import tagging
from engine.jobs.job import Request
from engine.owner import LOCAL
from engine.tag.facts import TAGGER_VERSION
from tests.conftest import make_settings
from tests.jobs.test_tagging import SLOW, opened
from tests.made_tracks import make_tracks

BEN = "b" * 32


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of five tracks, the two newest of them Ben's, and a job that stands for `/tag`."""
    audio_dir = make_settings(tmp_path).audio_dir
    for record in make_tracks(audio_dir, 5)[3:]:
        bens = record.model_copy(update={"user": BEN})
        (audio_dir / f"{record.name}.json").write_text(bens.model_dump_json(), encoding="utf-8")
    become(monkeypatch)
    return tmp_path


def become(monkeypatch: pytest.MonkeyPatch, **params: object) -> None:
    def request(track_id: str, *, with_stems: bool) -> Request:
        heard = {"tagger": TAGGER_VERSION, "tracks": 0, "steps": 1, "seed": 1, **params}
        return Request("debug", {"source": f"track:{track_id}", **heard}, background=True)

    monkeypatch.setattr(tagging, "asked", request)


def test_a_user_tags_their_own_library_and_nobody_else_hears_of_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, fail="MODEL_MISSING")
    life = opened(folder)
    try:
        bens, locals_ = life.application.of(BEN).tagging, life.application.of(LOCAL).tagging
        assert bens.act("start").user == BEN
        life.until(lambda: [event.user for event in life.events if isinstance(event, Notice)] == [BEN], 120)  # why
        assert bens.now().state == "paused"
        life.until(lambda: not life.application.queue.background(), 120)
        become(monkeypatch)
        bens.act("start")
        life.until(lambda: bens.now() == TaggingChanged("idle", 2, 2, 0, BEN), 120)
        assert locals_.now() == TaggingChanged("idle", 3, 0, 0, LOCAL)
        told = [event for event in life.events if isinstance(event, TaggingChanged) and event.user != BEN]
        assert all(event.state == "idle" and event.tagged == 0 for event in told)
        kept = life.settings.state_of(BEN) / "tagging.json"
        life.until(lambda: json.loads(kept.read_text())["state"] == "idle")
        assert not (life.settings.state_dir / "tagging.json").exists()
    finally:
        life.application.close()


def test_a_pause_is_its_users_and_each_goes_on_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch, **SLOW)
    life = opened(folder)
    for user in (LOCAL, BEN):
        life.application.of(user).tagging.act("start")
    assert life.application.of(BEN).tagging.act("pause").state == "paused"
    assert life.application.of(LOCAL).tagging.now().state == "running"
    assert {job.user for job in life.application.queue.background() if job.status == "PENDING"} <= {LOCAL}
    life.application.close()
    become(monkeypatch)
    life = opened(folder)
    try:
        life.application.of(LOCAL).tagging.act("stop")
        life.until(lambda: not life.application.of(LOCAL).queue.background(), 120)
        life.application.of(LOCAL).tagging.act("start")
        life.until(lambda: life.application.of(LOCAL).tagging.now() == TaggingChanged("idle", 3, 3, 0, LOCAL), 120)
        assert life.application.of(BEN).tagging.now().state == "paused"
    finally:
        life.application.close()

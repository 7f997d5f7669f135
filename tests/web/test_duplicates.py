"""What lies in the library more than once is found by fingerprints, and told as groups of tracks."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection

from engine.app import Application
from engine.database import Database
from engine.library import heard_index
from engine.library.index import TrackIndex
from engine.tag.fingerprint import Fingerprint
from engine.web.server import create_web
from tests.conftest import make_settings
from tests.database.conftest import database, url
from tests.live import live
from tests.made_tracks import make_tracks
from tests.tagged import record as made_of
from tests.waiting import until

__all__ = ["database", "url"]


def fingerprinted(words: str) -> dict[str, Any]:
    return {"fingerprint": {"words": words, "duration_s": 25.0}}


def test_copies_are_groups_with_the_oldest_first(tmp_path: Path) -> None:
    audio_dir = make_settings(tmp_path).audio_dir
    records = make_tracks(audio_dir, 8)
    random = np.random.default_rng(1)
    words = random.integers(0, 2**32, (3, 200), dtype=np.uint32)
    noisy = words[1] ^ (random.random(200) < 0.5).astype(np.uint32)  # one bit of each second word
    texts = [Fingerprint(one, 25.0).text() for one in (words[0], words[1], noisy, words[2], words[0][40:], words[0])]
    for record, text in zip(records, [*texts, "no base64!"], strict=False):
        told = record.model_copy(update={"facts": {"fingerprint": {"words": text, "duration_s": 25.0}}})
        (audio_dir / f"{record.name}.json").write_text(told.model_dump_json(), encoding="utf-8")
    ids = [record.id for record in records]
    with live(tmp_path) as server:
        until(lambda: server.json("GET", "/api/tracks")["total"] == 8)
        found = server.json("GET", "/api/duplicates")
        assert (found["total"], found["unknown"]) == (2, 1)
        told = [[(ids.index(row["id"]), row["similarity"]) for row in group] for group in found["groups"]]
        assert told == [[(0, 1.0), (4, 1.0), (5, 1.0)], [(1, 1.0), (2, told[1][1][1])]]
        assert 0.95 < told[1][1][1] < 0.99
        assert found["groups"][0][0]["title"] == records[0].title
        assert server.json("GET", "/api/duplicates") == found
        assert server.request("DELETE", f"/api/tracks/{ids[5]}")[0] == 200
        assert server.request("DELETE", f"/api/tracks/{ids[2]}")[0] == 200
        (group,) = server.json("GET", "/api/duplicates")["groups"]
        assert [row["id"] for row in group] == [ids[0], ids[4]]
        assert server.json("GET", "/api/health")["model_packages"] == []


def test_rows_of_all_groups_are_asked_for_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make_settings(tmp_path, async_mode="threading")
    words = Fingerprint(np.random.default_rng(1).integers(0, 2**32, 200, dtype=np.uint32), 25.0).text()
    for made in make_tracks(settings.audio_dir, 5):
        told = made.model_copy(update={"facts": fingerprinted(words)})
        (settings.audio_dir / f"{made.name}.json").write_text(told.model_dump_json(), encoding="utf-8")
    application = Application.open(settings)
    try:
        application.library.sync()
        monkeypatch.setattr(heard_index, "AT_ONCE", 2)
        monkeypatch.setattr("engine.library.index.AT_ONCE", 2)
        monkeypatch.setattr(TrackIndex, "row", None)
        (group,) = create_web(application)[0].test_client().get("/api/duplicates").json["groups"]
    finally:
        application.close()
    assert [row["title"].rpartition(" ")[2] for row in group] == list("01234")


def test_what_is_known_of_a_large_library_does_not_hold_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, open_now = TrackIndex(database), set[Connection]()
    tracks = [made_of(f"t{at}", fingerprinted(f"words {at}")) for at in range(5)]
    for at, one in enumerate(tracks):
        index.enter(one.model_copy(update={"created_at": float(-at)}), 1)
    read = database.read

    def noted() -> Connection:
        opened = read()
        open_now.add(opened)
        return opened

    monkeypatch.setattr(heard_index, "AT_ONCE", 2)
    monkeypatch.setattr(database, "read", noted)
    found = []
    for pair in index.heard.fingerprints():
        found.append(pair)
        assert all(connection.closed for connection in open_now)
    assert found == [(one.id, f"words {at}") for at, one in reversed(list(enumerate(tracks)))]
    for some in index.heard.facts([one.id for one in tracks]):
        assert 1 <= len(some) <= 2 and all(connection.closed for connection in open_now)

"""What a drama is handed over as: books are made once, kept with their track, and never hold a request up for long."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.errors import AppError, Code
from engine.library.opening import open_storage
from engine.library.track_files import derived_key
from engine.web.kept_exports import KeptExports
from tests.browser.drama_tracks import drama, make_drama
from tests.conftest import make_settings
from tests.live import Live, live
from tests.waiting import until

TRACK = "a" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("exports")
    make_drama(make_settings(folder).audio_dir, drama())
    with live(folder) as running:
        yield running


def kept(server: Live) -> list[Path]:
    return sorted(path for path in server.settings.peaks_dir.glob("*.exports/*") if path.is_file())


def test_a_book_is_made_once_and_kept_until_its_track_changes_or_goes(server: Live) -> None:
    [row] = until(lambda: server.json("GET", "/api/tracks?limit=1&command=drama")["tracks"])
    track = row["id"]
    address = f"/api/tracks/{track}/drama"
    assert until(lambda: server.json("POST", f"{address}/book.m4b")["ready"], 120) is True
    [file] = kept(server)
    made = file.stat().st_mtime_ns
    status, headers, book = server.request("GET", f"{address}/book.m4b")
    assert (status, book[4:8], headers["Content-Type"]) == (200, b"ftyp", "audio/mp4") and book == file.read_bytes()
    assert "attachment" in headers["Content-Disposition"] and ".m4b" in headers["Content-Disposition"]
    status, _, part = server.request("GET", f"{address}/book.m4b", headers={"Range": "bytes=4-7"})
    assert (status, part) == (206, b"ftyp")
    assert server.request("POST", f"{address}/book.m4b")[0] == 200
    assert kept(server) == [file] and file.stat().st_mtime_ns == made
    status, _, archive = server.request("GET", f"{address}/lines.zip")
    assert status == 200 and archive[:2] == b"PK" and len(kept(server)) == 2
    assert server.json("PATCH", f"/api/tracks/{track}", {"title": "Another night"})["title"] == "Another night"
    assert "Another night" in server.request("GET", f"{address}/book.m4b")[1]["Content-Disposition"]
    assert len(kept(server)) == 2 and file not in kept(server)
    assert server.request("GET", f"{address}/subtitles.srt")[0] == 200 and len(kept(server)) == 2
    for form in ("subtitles.srt", "book.exe"):
        assert server.request("POST", f"{address}/{form}")[0] == 404
    assert server.request("DELETE", f"/api/tracks/{track}")[0] == 200
    assert kept(server) == [] and not list(server.settings.peaks_dir.glob("*.exports"))


class Shelf:
    """Exports of a library with one track, without a server."""

    def __init__(self, folder: Path) -> None:
        settings = make_settings(folder)
        settings.peaks_dir.mkdir(parents=True)
        self.storage, self.deleted, self.made = open_storage(settings), False, 0
        self.library: Any = SimpleNamespace(derived_key=self._derived_key)
        self.exports = KeptExports(self.storage, settings.peaks_dir)
        self.go_on = threading.Event()

    def _derived_key(self, track_id: str, name: str) -> str:
        if self.deleted:
            raise AppError(Code.NOT_FOUND, "track_not_found")
        return derived_key(track_id, name)

    def make(self, target: Path) -> None:
        self.made += 1
        assert self.go_on.wait(30)
        target.write_bytes(b"book")

    def ready(self, patience_s: float | None, digest: str = "d") -> str | None:
        return self.exports.ready(self.library, TRACK, "book.m4b", digest, self.make, patience_s)


def test_who_asks_while_it_is_made_waits_for_the_same_one_or_asks_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.ready(0) is None and shelf.ready(0.01) is None and shelf.made == 1
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(shelf.ready, None) for _ in range(3)]
        shelf.go_on.set()
        keys = {each.result(30) for each in asked}
    assert len(keys) == 1 and shelf.made == 1 and shelf.storage.fetch(str(keys.pop())).read_bytes() == b"book"
    assert shelf.ready(None, "other") and [entry.size for entry in shelf.storage.list(f"peaks/{TRACK}.exports/")] == [4]


def test_an_error_is_told_once_to_whoever_asks_next(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)

    def fail(target: Path) -> None:
        raise AppError(Code.DISK_FULL, "disk_full")

    good, shelf.make = shelf.make, fail  # type: ignore[method-assign]
    shelf.go_on.set()
    with pytest.raises(AppError) as told:
        until(lambda: shelf.ready(0))
    assert told.value.code is Code.DISK_FULL
    shelf.make = good  # type: ignore[method-assign]
    assert shelf.ready(None)


def test_nothing_is_kept_of_a_track_that_was_deleted_meanwhile(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.ready(0) is None
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(shelf.ready, None)
        until(lambda: shelf.made == 1)
        until(asked.running)
        shelf.deleted = True
        shelf.go_on.set()
        with pytest.raises(AppError) as gone:
            asked.result(30)
    assert gone.value.code is Code.NOT_FOUND
    assert until(lambda: not list(shelf.storage.list(f"peaks/{TRACK}.exports/")) and not shelf.exports._making)

"""A library is searched by words and by likeness: what is found, in which order, and what happens as it changes."""

import json
import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from engine.database import Database
from engine.errors import AppError, Code
from engine.library.index import TrackIndex
from engine.library.record import Record
from engine.tag.search import library_search, tasks
from engine.tag.search.library_search import LibrarySearch
from engine.tag.search.params import SearchParams
from engine.tag.tasks import TagTasks
from tests.conftest import Running, make_settings
from tests.database.conftest import database, url
from tests.tagged import listened, record

__all__ = ["database", "url"]

HERE = cast(TagTasks, tasks)
"""The tasks, done at once and not by a worker."""


@pytest.fixture
def index(database: Database) -> TrackIndex:
    return TrackIndex(database)


@pytest.fixture
def search(index: TrackIndex, tmp_path: Path) -> LibrarySearch:
    return LibrarySearch(index, HERE, tmp_path / "search", tmp_path / "models")


@pytest.fixture
def pieces(index: TrackIndex) -> dict[str, Record]:
    """A small library; what it holds by name."""
    heard: dict[str, tuple[tuple[str, ...], float, str]] = {
        "nocturne": (("piano", "chillout"), 70, "A minor"),
        "etude": (("piano",), 140, "C minor"),
        "stomper": (("rock", "guitar"), 120, "E minor"),
        "club": (("techno", "dance"), 128, "A minor"),
        "opera": (("opera", "female vocals"), 90, "C major"),
    }
    made = {}
    for at, (name, (tags, bpm, key)) in enumerate(heard.items()):
        made[name] = record(name, listened(at, *tags, bpm=bpm, key=key))
    made["unheard"] = record("unheard", {}, prompt="calm piano")
    for at, one in enumerate(made.values()):
        index.enter(one, at)
    return made


def titles(page: dict[str, Any]) -> list[str]:
    return [row["title"] for row in page["tracks"]]


def asked(search: LibrarySearch, limit: int = 100, offset: int = 0, **values: Any) -> dict[str, Any]:
    return search.page(SearchParams.checked(values), limit=limit, offset=offset)


@pytest.mark.parametrize("words", ["piano", "пианино", "钢琴"])
def test_words_of_any_language_find_what_sounds_so(
    search: LibrarySearch, pieces: dict[str, Record], words: str
) -> None:
    found = asked(search, q=words, meaning=True)
    first = [title for title in titles(found) if title != "unheard"][:2]
    assert set(first) == {"nocturne", "etude"} and found["untagged"] == 1
    (row,) = [row for row in found["tracks"] if row["title"] == "etude"]
    assert row["why"] == [{"label": "instruments/piano", "share": 1.0}] and "likeness" not in row
    assert ("unheard" in titles(asked(search, q=words))) == (words == "piano")


def test_tracks_that_have_the_words_in_their_text_are_found_as_well(
    search: LibrarySearch, pieces: dict[str, Record]
) -> None:
    found = asked(search, q="calm piano", meaning=True)
    assert set(titles(found)[:2]) == {"unheard", "nocturne"}
    (row,) = [row for row in found["tracks"] if row["title"] == "unheard"]
    assert row["why"] == []


def test_tracks_like_one_are_found_and_itself_is_not(search: LibrarySearch, pieces: dict[str, Record]) -> None:
    found = asked(search, like=[pieces["club"].id])
    assert set(titles(found)) == {"nocturne", "etude", "stomper", "opera"}
    cosines = [row["likeness"] for row in found["tracks"]]
    assert cosines == sorted(cosines, reverse=True) and all(row["why"] == [] for row in found["tracks"])
    away = asked(search, like=[pieces["club"].id], unlike=[found["tracks"][0]["id"]])
    assert titles(away) != titles(found) and found["tracks"][0]["title"] not in titles(away)
    assert titles(asked(search, like=[pieces["club"].id], q="stomp")) == ["stomper"]
    both = asked(search, like=[pieces["club"].id], q="piano", meaning=True)
    assert {"nocturne", "etude"} <= set(titles(both))


def test_what_filters_the_list_filters_what_is_found(
    search: LibrarySearch, index: TrackIndex, pieces: dict[str, Record]
) -> None:
    index.enter(pieces["etude"].model_copy(update={"favourite": True}), 9)
    assert titles(asked(search, q="piano", meaning=True, favourite=True)) == ["etude"]
    assert "etude" not in titles(asked(search, q="piano", meaning=True, high_bpm=100))
    assert set(titles(asked(search, like=[pieces["etude"].id], key="Am", compatible=True))) == {
        "nocturne", "stomper", "club", "opera",
    }  # fmt: skip
    assert titles(asked(search, like=[pieces["etude"].id], command="split")) == []
    assert titles(asked(search, q="piano 140 bpm", meaning=True)) == ["etude"]
    assert titles(asked(search, q="120 bpm", meaning=True)) == ["stomper"]
    assert set(titles(asked(search, q="ля минор", meaning=True))) == {"nocturne", "club"}


def test_what_changes_is_found_as_it_is_now(
    search: LibrarySearch, index: TrackIndex, pieces: dict[str, Record]
) -> None:
    assert "stomper" not in titles(asked(search, q="piano", meaning=True, limit=2))
    now = pieces["stomper"].model_copy(update={"facts": listened(9, "piano")})
    index.enter(now, 10)
    index.remove([(pieces["nocturne"].id, "nocturne")])
    new = record("sonata", listened(11, "piano"))
    index.enter(new, 11)
    assert set(titles(asked(search, q="piano", meaning=True))) >= {"stomper", "etude", "sonata"}
    assert "nocturne" not in titles(asked(search, q="piano", meaning=True))
    with pytest.raises(AppError) as refused:
        asked(search, like=[pieces["nocturne"].id])
    assert refused.value.code is Code.NOT_FOUND
    assert "stomper" in titles(asked(search, like=[pieces["nocturne"].id, new.id]))  # one of them is enough


def test_a_track_that_nobody_has_listened_to_is_like_none(search: LibrarySearch, pieces: dict[str, Record]) -> None:
    with pytest.raises(AppError) as refused:
        asked(search, like=[pieces["unheard"].id])
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "like_unheard")
    assert "unheard" in refused.value.sentence("en")


@pytest.mark.parametrize("count", [1, 2, 7])
def test_what_all_of_a_small_library_is_is_found_as_well(search: LibrarySearch, index: TrackIndex, count: int) -> None:
    for at in range(count):
        index.enter(record(f"t{at}", listened(at, "piano")), at)
    assert asked(search, q="пианино", meaning=True)["total"] == count
    assert asked(search, q="techno", meaning=True)["total"] == 0


def test_an_empty_library_and_words_that_mean_nothing_find_nothing(search: LibrarySearch, index: TrackIndex) -> None:
    assert asked(search, q="calm piano", meaning=True) == {"tracks": [], "total": 0, "offset": 0, "untagged": 0}
    index.enter(record("one", listened(1, "piano")), 1)
    for words in ("qwertyuiop", "!!! ???", "\u202e🎹", "no no no", "не без 不", "x" * 500):
        assert asked(search, q=words, meaning=True)["tracks"] == []
    assert asked(search, q="   ", meaning=True)["total"] == 1  # no words: the plain list


def test_pages_never_repeat_nor_skip_a_track_though_the_library_changes(
    search: LibrarySearch, index: TrackIndex
) -> None:
    chance = random.Random(1)
    names = ("piano", "guitar", "rock", "techno")
    library = {one.id: one for at in range(60) if (one := record(f"t{at}", listened(at, chance.choice(names))))}
    for one in library.values():
        index.enter(one, 1)
    for seed in range(12):
        chance.seed(seed)
        limit = chance.randint(1, 20)
        wanted = [{"q": "piano", "meaning": True}, {"like": [next(iter(library))]}][seed % 2]
        first = asked(search, **wanted, limit=limit)
        whole = asked(search, **wanted, limit=1000)
        seen = [row["id"] for row in first["tracks"]]
        while len(seen) < first["total"]:
            change = chance.choice(("mark", "add", "nothing"))
            if change == "mark":
                one = chance.choice(list(library.values()))
                index.enter(one.model_copy(update={"favourite": chance.random() < 0.5}), 2)
            elif change == "add":
                new = record(f"n{seed}-{len(seen)}", listened(chance.randrange(1000), "piano"))
                index.enter(new, 3)
            page = asked(search, **wanted, limit=limit, offset=len(seen))
            assert page["total"] == first["total"] and page["tracks"]
            seen += [row["id"] for row in page["tracks"]]
        assert seen == [row["id"] for row in whole["tracks"]] and len(set(seen)) == len(seen)


def test_two_searches_at_once_do_not_push_each_other_out_halfway(
    search: LibrarySearch, pieces: dict[str, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = threading.Thread(target=lambda: asked(search, q="rock", meaning=True))

    class Kept(OrderedDict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            super().__setitem__(key, value)
            if other.ident is None:
                other.start()
                other.join(timeout=1)

    monkeypatch.setattr(library_search, "KEPT", 1)
    monkeypatch.setattr(search, "_kept", Kept())
    assert titles(asked(search, q="piano", meaning=True))
    other.join()
    assert len(search._kept) == 1


def test_a_track_that_goes_while_somebody_turns_pages_leaves_no_hole(search: LibrarySearch, index: TrackIndex) -> None:
    for at in range(20):
        index.enter(record(f"t{at}", listened(at, "piano" if at % 2 else "rock")), 1)
    first = asked(search, q="piano", meaning=True, limit=4)
    rest = asked(search, q="piano", meaning=True, limit=100, offset=4)
    gone = rest["tracks"][2]
    index.remove([(gone["id"], gone["name"])])
    again = asked(search, q="piano", meaning=True, limit=100, offset=4)
    assert again["total"] == first["total"] - 1
    assert titles(again) == [title for title in titles(rest) if title != gone["title"]]


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-7]),
    "garbage": lambda file: file.write_bytes(b"\0garbage" * 50),
    "empty": lambda file: file.write_bytes(b""),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("file", [tasks.LIFTS, tasks.VECTORS, tasks.DESCRIBED, tasks.BASE])
@pytest.mark.parametrize("damage", DAMAGE)
def test_rows_that_were_damaged_are_made_anew(
    index: TrackIndex, pieces: dict[str, Record], tmp_path: Path, damage: str, file: str
) -> None:
    def opened() -> LibrarySearch:
        return LibrarySearch(index, HERE, tmp_path / "search", tmp_path / "models")

    before = titles(asked(opened(), q="piano", meaning=True))
    (rows,) = (tmp_path / "search").iterdir()
    (tmp_path / "search" / ".left").mkdir()
    DAMAGE[damage](rows / file)
    tasks._mapped.cache_clear()
    after = opened()
    assert titles(asked(after, q="piano", meaning=True)) == before
    assert len(titles(asked(after, like=[pieces["club"].id]))) == 4
    (rows,) = (tmp_path / "search").iterdir()
    assert {path.name for path in rows.iterdir()} == {
        tasks.LIFTS, tasks.VECTORS, tasks.DESCRIBED, tasks.MARKS, tasks.BASE,
    }  # fmt: skip


@pytest.mark.parametrize("removed", [False, True])
def test_rows_that_are_overwritten_while_they_are_searched_are_made_anew(
    index: TrackIndex, pieces: dict[str, Record], tmp_path: Path, removed: bool
) -> None:
    search = LibrarySearch(index, HERE, tmp_path / "search", tmp_path / "models")
    before = titles(asked(search, q="piano", meaning=True))
    (rows,) = (tmp_path / "search").iterdir()
    for file in rows.iterdir():
        with file.open("r+b") as opened:
            opened.write(bytes(file.stat().st_size))
        if removed:
            file.unlink()
    search._kept.clear()
    assert titles(asked(search, q="piano", meaning=True)) == before


def test_rows_of_the_last_run_are_not_made_again(index: TrackIndex, pieces: dict[str, Record], tmp_path: Path) -> None:
    asked(LibrarySearch(index, HERE, tmp_path / "search", tmp_path / "models"), q="piano", meaning=True)
    (rows,) = (tmp_path / "search").iterdir()
    asked(LibrarySearch(index, HERE, tmp_path / "search", tmp_path / "models"), q="piano", meaning=True)
    assert [*(tmp_path / "search").iterdir()] == [rows]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Running]:
    from engine.app import Application

    settings = make_settings(tmp_path)
    settings.audio_dir.mkdir(parents=True)
    for at in range(6):
        one = record(f"t{at}", listened(at, "piano" if at % 2 else "rock"))
        (settings.audio_dir / f"{one.name}.json").write_text(json.dumps(one.model_dump(mode="json")))
        (settings.audio_dir / one.file).write_bytes(b"RIFF")
    application = Application.open(settings)
    application.library.sync()
    try:
        yield Running(application)
    finally:
        application.close()


@pytest.mark.parametrize("task", ["make_rows", "rank"])
def test_a_worker_that_is_killed_in_the_middle_is_made_good(house: Running, task: str) -> None:
    """The first worker that is handed the task dies of it."""
    application, killed = house.application, []

    def kill_once(worker: Any, message: Any) -> None:
        send(worker, message)
        if getattr(message, "task", "") == f"tag.{task}" and not killed:
            killed.append(worker.process.pid)
            worker.process.kill()

    from engine.jobs.worker_process import WorkerProcess

    send = WorkerProcess.send
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkerProcess, "send", kill_once)
        found = asked(application.search, q="piano", meaning=True)
    assert killed and set(titles(found)[:3]) == {"t1", "t3", "t5"}
    assert len(list((house.settings.state_dir / "search").iterdir())) == 1

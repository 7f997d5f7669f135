"""A search goes through the tracks of whoever asks, as if there were no others."""

from pathlib import Path
from typing import Any

import pytest

from engine.errors import AppError, Code
from engine.library.index import TrackIndex
from engine.library.record import Record
from engine.settings import Settings
from engine.state.files import StateFiles
from engine.tag.search import library_search
from engine.tag.search.library_search import LibrarySearch
from engine.tag.search.playlists import Playlists
from tests.database.conftest import database, url
from tests.tag.search.test_library_search import HERE, asked, titles
from tests.tagged import listened, record

__all__ = ["database", "url"]

ANNA, BORIS, UNKNOWN = "local", "b0" * 16, "f" * 32


@pytest.fixture
def index(database: Any) -> TrackIndex:
    return TrackIndex(database)


@pytest.fixture
def pieces(index: TrackIndex) -> dict[str, Record]:
    """Anna has pianos of which musicnn is half sure, Boris many of which it is sure, and neither knows of the other."""
    made = {f"anna {at}": record(f"anna {at}", listened(at, "piano"), user=ANNA) for at in range(3)}
    made |= {f"boris {at}": record(f"boris {at}", listened(at, "piano"), user=BORIS) for at in range(8)}
    made["anna silent"] = record("anna silent", {}, user=ANNA)
    made |= {f"boris silent {at}": record(f"boris silent {at}", {}, user=BORIS) for at in range(2)}
    for at, one in enumerate(made.values()):
        index.enter(one, at)
    return made


@pytest.fixture
def search(index: TrackIndex, tmp_path: Path) -> LibrarySearch:
    return LibrarySearch(index, HERE, tmp_path / "search", tmp_path / "models")


def test_every_public_part_is_one_users() -> None:
    assert {name for name in vars(LibrarySearch) if name[0] != "_"} == {"of", "page"}
    assert {name for name in vars(Playlists) if name[0] != "_"} == {"of", "all", "find", "add", "change", "remove"}


@pytest.mark.parametrize("words", ["piano", "anna", ""])
@pytest.mark.parametrize("meaning", [True, False])
def test_nothing_of_anothers_is_found_nor_counted(
    search: LibrarySearch, pieces: dict[str, Record], words: str, meaning: bool
) -> None:
    for user, name, silent, all_of_them in ((ANNA, "anna", 1, 4), (BORIS, "boris", 2, 10), ("nobody", "", 0, 0)):
        found = asked(search.of(user), q=words, meaning=meaning)
        assert all(title.startswith(name) for title in titles(found)), user
        assert found["total"] == len(found["tracks"]) <= all_of_them
        assert found.get("untagged", silent) == silent
    if words == "piano" and meaning:
        assert len(titles(asked(search.of(ANNA), q=words, meaning=True))) == 3


def test_as_many_are_ranked_as_if_there_were_no_others(
    search: LibrarySearch, pieces: dict[str, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_search, "MOST", 2)
    for user, name in ((ANNA, "anna"), (BORIS, "boris")):
        found = asked(search.of(user), like=[pieces[f"{name} 0"].id])
        assert found["total"] == 2 and all(title.startswith(name) for title in titles(found))


def test_pages_of_one_question_are_each_users_own(search: LibrarySearch, pieces: dict[str, Record]) -> None:
    question = {"q": "piano", "meaning": True}
    first = {user: titles(asked(search.of(user), limit=1, **question)) for user in (ANNA, BORIS)}
    rest = {user: titles(asked(search.of(user), limit=100, offset=1, **question)) for user in (ANNA, BORIS)}
    for user, name, count in ((ANNA, "anna", 3), (BORIS, "boris", 8)):
        assert sorted({*first[user], *rest[user]}) == [f"{name} {at}" for at in range(count)]


def test_nothing_is_like_anothers(search: LibrarySearch, pieces: dict[str, Record]) -> None:
    theirs, mine = pieces["boris 1"].id, pieces["anna 0"].id
    for unknown in (theirs, UNKNOWN):
        with pytest.raises(AppError) as refused:
            asked(search.of(ANNA), like=[unknown])
        assert (refused.value.code, refused.value.key) == (Code.NOT_FOUND, "track_not_found")

    def likeness(**question: Any) -> list[tuple[str, float]]:
        return [(row["id"], row["likeness"]) for row in asked(search.of(ANNA), **question)["tracks"]]

    alone = likeness(like=[mine])
    assert likeness(like=[mine, theirs]) == likeness(like=[mine], unlike=[theirs]) == alone != []


def test_playlists_are_each_users_own(settings: Settings) -> None:
    anna = Playlists(StateFiles(settings), ANNA)
    boris = anna.of(BORIS)
    calm = anna.add({"title": "calm", "search": {"q": "calm"}})
    loud = boris.add({"title": "loud", "search": {"q": "loud"}})
    assert (anna.all(), boris.all()) == ([calm], [loud])
    for verb in (
        lambda own, one: own.find(one),
        lambda own, one: own.change(one, {"title": "mine"}),
        lambda own, one: own.remove(one),
    ):
        for unknown in (loud.id, UNKNOWN):
            with pytest.raises(AppError) as refused:
                verb(anna, unknown)
            assert (refused.value.code, refused.value.key) == (Code.NOT_FOUND, "playlist_not_found")
    assert Playlists(StateFiles(settings), ANNA).all() == [calm] and boris.all() == [loud]

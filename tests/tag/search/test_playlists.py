"""Smart playlists are kept, whatever happens to their file, and refuse what is no search."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import AppError, Code
from engine.owner import LOCAL
from engine.state.files import StateFiles
from engine.tag.search.playlists import MOST, Playlists
from tests.conftest import make_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = make_settings(tmp_path).state_dir
    folder.mkdir(parents=True)
    return folder / "playlists.json"


@pytest.fixture
def playlists(tmp_path: Path) -> Playlists:
    return Playlists(StateFiles(make_settings(tmp_path)), LOCAL)


def test_playlists_are_kept_changed_and_removed(path: Path, playlists: Playlists) -> None:
    assert playlists.all() == []
    calm = playlists.add({"title": " Тихо\n", "search": {"q": "calm", "meaning": "1", "key": "Am", "low_bpm": "60"}})
    loud = playlists.add({"title": "loud", "search": {}})
    assert calm.title == "Тихо"
    assert calm.search == {"q": "calm", "meaning": True, "key": ["A minor"], "low_bpm": 60.0}
    assert playlists.all() == [calm, loud]
    assert playlists.change(calm.id, {"title": "calm"}).search == calm.search
    assert playlists.change(calm.id, {"search": {"tag": ["mood/calm"]}}).title == "calm"
    playlists.remove(loud.id)
    assert [(one.title, one.search) for one in playlists.all()] == [("calm", {"tag": ["mood/calm"]})]
    assert [file.name for file in path.parent.iterdir()] == ["playlists.json"]


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {"title": "x"}, {"search": {}}, {"title": "", "search": {}}, {"title": "\u200b", "search": {}},
        {"title": 1, "search": {}}, {"title": "x" * 201, "search": {}}, {"title": "x", "search": []},
        {"title": "x", "search": None}, {"title": "x", "search": {"shelf": 1}}, {"title": "x", "search": {"key": "H"}},
        {"title": "x", "search": {"like": ["../../etc"]}}, {"title": "x", "search": {}, "id": "1"},
        {"title": "x", "search": {"unlike": ["0" * 32]}}, {"title": "x", "search": {"q": "x" * 501}},
    ],
)  # fmt: skip
def test_what_is_no_playlist_is_refused(path: Path, playlists: Playlists, body: Any) -> None:
    kept = playlists.add({"title": "kept", "search": {}})
    with pytest.raises(AppError) as refused:
        playlists.add(body)
    assert refused.value.code is Code.INVALID_INPUT
    assert all("{limit" not in refused.value.sentence(language) for language in ("en", "ru", "zh"))
    for change in (body if isinstance(body, dict) and "id" in body else {"title": ""}, {"shelf": 1}, {}):
        with pytest.raises(AppError) as refused:
            playlists.change(kept.id, change)
        assert refused.value.code is Code.INVALID_INPUT
    assert playlists.all() == [kept]


def test_what_is_not_there_is_not_found_and_there_is_an_end_to_keeping(path: Path, playlists: Playlists) -> None:
    for act in (playlists.find, playlists.remove, lambda one: playlists.change(one, {"title": "x"})):
        with pytest.raises(AppError) as refused:
            act("0" * 32)
        assert refused.value.code is Code.NOT_FOUND
    path.write_text(json.dumps([{"id": f"{at:032x}", "title": "x", "search": {}} for at in range(MOST)]))
    with pytest.raises(AppError) as refused:
        playlists.add({"title": "x", "search": {}})
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "playlists_full")


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'[{"id": 1}'])
def test_a_file_that_cannot_be_read_is_put_aside(path: Path, playlists: Playlists, damage: bytes) -> None:
    path.write_bytes(damage)
    assert playlists.all() == []
    made = playlists.add({"title": "new", "search": {}})
    assert playlists.all() == [made]
    (aside,) = path.parent.glob("playlists.damaged-*.json")
    assert aside.read_bytes() == damage


def test_playlists_of_a_later_version_stay_in_the_file(path: Path, playlists: Playlists) -> None:
    foreign: list[Any] = [{"id": "0" * 32, "title": "later", "search": {"weather": "rain"}}, 7, {"id": "x"}]
    path.write_text(json.dumps(foreign))
    assert playlists.all() == []
    made = playlists.add({"title": "new", "search": {}})
    assert [one for one in json.loads(path.read_text()) if one in foreign] == foreign and playlists.all() == [made]


def test_what_was_changed_by_hand_is_cleaned_or_left_out(path: Path, playlists: Playlists) -> None:
    titles = ["x\r\nSet-Cookie: a=b", "a\ud800", "\u200b", 5]
    kept = [{"id": f"{at:032x}", "title": title, "search": {}} for at, title in enumerate(titles)]
    kept.append({"id": "f" * 32, "title": "x", "search": {"q": "\ud800"}})
    path.write_text(json.dumps(kept))
    found = playlists.all()
    assert [one.title for one in found[:2]] == ["x Set-Cookie: a=b", "a"]
    assert all(json.dumps(one.search, ensure_ascii=False).encode() for one in found) and len(found) <= 3


def test_two_damaged_files_of_a_second_are_both_put_aside(path: Path, playlists: Playlists) -> None:
    for damage in ("1", "2"):
        path.write_text(damage)
        assert playlists.all() == []
    assert sorted(file.read_text() for file in path.parent.glob("playlists.damaged-*.json")) == ["1", "2"]

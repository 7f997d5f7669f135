"""What was found goes into a track's own file over REST: looked at first, written whole or not at all, undone."""

import contextlib
import http.client
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import psutil
import pytest
from flask.testing import FlaskClient

from engine.app import Application
from engine.audio.decode import read
from engine.audio.tags import read_tags, replace_values, write_tags
from engine.errors import Code
from engine.events import TrackAdded
from engine.jobs.file_tags import TagsAsked
from engine.library.library import HISTORY_OF_TAGS
from engine.library.record import Annotation, Record, TagsWritten
from engine.parameters import Format
from engine.web.server import create_web
from tests.conftest import Running, leftovers, make_settings
from tests.live import live
from tests.made_tracks import make_tracks, silence
from tests.small_disk import small_disk
from tests.waiting import until

FACTS = {
    "tempo": {"bpm": 97.5, "confidence": 0.9, "source": "model"},
    "key": {"name": "A minor", "camelot": "8A", "open_key": "1m", "source": "chroma"},
    "tags": [{"name": name, "category": kind, "score": 0.4, "source": "musicnn"}
             for kind, name in (("genre", "hip-hop"), ("genre", "jazz"), ("mood", "calm"), ("era", "1980s"))],
}  # fmt: skip
SAID = {"bpm": ["98"], "fbpm": ["97.5"], "key": ["Am"], "genre": ["Hip-Hop", "Jazz"], "mood": ["Calm"]}

ALL = ["tempo", "key", "genre", "mood"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    application = Application.open(make_settings(tmp_path_factory.mktemp("application"), async_mode="threading"))
    try:
        yield Running(application)
    finally:
        application.close()


@pytest.fixture(scope="module")
def client(running: Running) -> FlaskClient:
    return create_web(running.application)[0].test_client()


def tagged(running: Running, **params: Any) -> Record:
    """A track of which something is known."""
    track = running.made("debug", duration=0.3, **params)
    return running.application.library.annotate(track.id, Annotation.now("tag", FACTS, job_id="0" * 32))


def look(client: FlaskClient, track: Record, **asked: Any) -> Any:
    return client.post(f"/api/tracks/{track.id}/file-tags/preview", json={"mode": "keep", **asked}).json


def write(client: FlaskClient, track: Record, **asked: Any) -> Any:
    """Look and write: the answer."""
    digest = look(client, track, **asked)["digest"]
    return client.post(f"/api/tracks/{track.id}/file-tags", json={"mode": "keep", **asked, "digest": digest})


def said(running: Running, track: Record) -> dict[str, list[str]]:
    return read_tags(running.audio(track.id)).values


@pytest.mark.parametrize("kind", list(Format))
def test_it_is_looked_at_written_and_undone_and_the_sound_stays(
    running: Running, client: FlaskClient, kind: Format
) -> None:
    track = tagged(running, format=kind)
    path, place = running.audio(track.id), f"/api/tracks/{track.id}"
    held, heard, before = said(running, track), read(path)[0], mutagen.File(path).tags
    derived = {name: client.get(f"{place}/{name}").data for name in ("peaks", "cover")}
    etag = client.get(f"{place}/audio").headers["ETag"]

    shown = look(client, track)
    assert [field["field"] for field in shown["fields"]] == ["tempo", "key", "genre", "mood"]
    assert all(field["changes"] and not any(field["before"].values()) for field in shown["fields"])
    assert shown["fields"][0]["after"] == {"bpm": ["98"], "fbpm": ["97.5"]}
    assert said(running, track) == held, "looking changes nothing"

    running.events.clear()
    assert write(client, track).status_code == 200
    assert said(running, track) == held | SAID
    np.testing.assert_array_equal(read(path)[0], heard)
    assert [event.row["id"] for event in running.events if isinstance(event, TrackAdded)] == [track.id]
    download = client.get(f"{place}/audio?download=1")
    assert download.data == path.read_bytes() and download.headers["ETag"] != etag
    assert derived == {name: client.get(f"{place}/{name}").data for name in derived}

    record = running.application.library.record(track.id)
    assert record.facts == track.facts and record.levels == track.levels and record.annotations == track.annotations
    assert [written.values for written in record.file_tags] == [SAID]
    assert running.application.library.sync().changed == [], "the index knows the record as it is now"
    assert not any(field["changes"] for field in look(client, track)["fields"])

    assert set(client.post(f"{place}/file-tags/undo").json["tags"]) == set(SAID)
    assert said(running, track) == held
    assert (mutagen.File(path).tags or None) == (before or None), "frame by frame, comment by comment"
    np.testing.assert_array_equal(read(path)[0], heard)
    assert client.post(f"{place}/file-tags/undo").status_code == 404
    assert leftovers(running.settings) == []


def test_the_modes_and_single_fields_do_what_the_preview_says(running: Running, client: FlaskClient) -> None:
    track = tagged(running, format="mp3")
    replace_values(running.audio(track.id), {"genre": ["Polka", "hip hop"], "bpm": ["120"], "mood": ["wild"]})
    held = said(running, track)
    for mode, fields, new in (
        ("keep", None, {"key": ["Am"]}),
        ("merge", None, {"key": ["Am"], "genre": ["Polka", "hip hop", "Jazz"], "mood": ["wild", "Calm"]}),
        ("merge", ["genre", "tempo"], {"genre": ["Polka", "hip hop", "Jazz"]}),
        ("overwrite", None, SAID),
        ("overwrite", ["key"], {"key": ["Am"]}),
        ("overwrite", [], {}),
    ):
        asked = {"mode": mode} if fields is None else {"mode": mode, "fields": fields}
        shown = look(client, track, **asked)["fields"]
        assert [f["field"] for f in shown] == [f for f in ALL if fields is None or f in fields]
        told = {n: texts for f in shown for n, texts in f["after"].items() if f["changes"]}
        answer = write(client, track, **asked)
        assert {n: texts for f in answer.json["fields"] for n, texts in f["after"].items()} == told
        assert said(running, track) == held | new
        undo = client.post(f"/api/tracks/{track.id}/file-tags/undo")
        assert undo.status_code == (200 if new else 404) and said(running, track) == held
    assert write(client, track, fields=["key"], key_form="camelot").status_code == 200
    assert said(running, track)["key"] == ["8A"]


def test_several_writings_are_undone_one_after_the_other(running: Running, client: FlaskClient) -> None:
    track = tagged(running, format="flac")
    states = [said(running, track)]
    for fields in (["key"], ["tempo"], ["genre"]):
        write(client, track, fields=fields)
        states.append(said(running, track))
    while len(states) > 1:
        states.pop()
        client.post(f"/api/tracks/{track.id}/file-tags/undo")
        assert said(running, track) == states[-1]


def test_only_the_last_writings_are_kept(running: Running) -> None:
    track = tagged(running)
    for number in range(HISTORY_OF_TAGS + 3):
        written = TagsWritten(id=uuid.uuid4().hex, at=time.time(), values={"key": [str(number)]}, replaced=[])
        running.application.library.note_tags(track.id, written)
    kept = running.application.library.record(track.id).file_tags
    assert [each.values["key"] for each in kept] == [[str(number)] for number in range(3, HISTORY_OF_TAGS + 3)]


def test_what_was_changed_since_the_preview_is_not_written_over(running: Running, client: FlaskClient) -> None:
    track = tagged(running, format="flac")
    place, library = f"/api/tracks/{track.id}/file-tags", running.application.library
    digest = look(client, track)["digest"]
    replace_values(running.audio(track.id), {"key": ["Em"]})
    held = running.audio(track.id).read_bytes()
    answer = client.post(place, json={"mode": "keep", "digest": digest})
    assert (answer.status_code, answer.json["error"]["detail"]["key"]) == (400, "error.tags_changed")
    digest = look(client, track)["digest"]
    library.annotate(track.id, Annotation.now("tag", {"tempo": {"bpm": 120, "source": "user"}}))
    assert client.post(place, json={"mode": "keep", "digest": digest}).status_code == 400, "facts count as well"
    for digest in (None, "", "0" * 32, 5, ["x"]):
        answer = client.post(place, json={"mode": "keep", "digest": digest})
        assert answer.status_code == 400
    assert running.audio(track.id).read_bytes() == held and library.record(track.id).file_tags == []
    write_tags(running.audio(track.id), {"title": "elsewhere"})
    assert write(client, track).status_code == 200, "another tag is no matter"
    assert said(running, track)["title"] == ["elsewhere"]


def test_the_users_correction_goes_into_the_file(running: Running, client: FlaskClient) -> None:
    track = tagged(running, format="ogg")
    write(client, track)
    client.post(f"/api/tracks/{track.id}/annotations", json={"tempo": {"bpm": 120}, "key": {"name": "9A"}})
    assert not any(field["changes"] for field in look(client, track)["fields"]), "keep keeps"
    write(client, track, mode="merge")
    now = said(running, track)
    assert (now["bpm"], now["key"], "fbpm" in now) == (["120"], ["Em"], False)
    client.post(f"/api/tracks/{track.id}/file-tags/undo")
    assert said(running, track).items() >= SAID.items()


def test_a_locked_track_is_protected_from_deletion_alone(running: Running, client: FlaskClient) -> None:
    track = tagged(running)
    running.application.library.edit(track.id, locked=True)
    assert write(client, track).status_code == 200 and running.application.library.record(track.id).locked
    assert client.post(f"/api/tracks/{track.id}/file-tags/undo").status_code == 200


def test_a_new_title_or_artist_and_the_tags_do_not_undo_each_other(running: Running, client: FlaskClient) -> None:
    track = tagged(running, format="mp3")
    write(client, track)
    client.patch(f"/api/tracks/{track.id}", json={"title": "Моё", "artist": "Анна"})
    assert said(running, track).items() >= (SAID | {"title": ["Моё"], "artist": ["Анна"]}).items()
    client.post(f"/api/tracks/{track.id}/file-tags/undo")
    now = said(running, track)
    assert (now["title"], now["artist"]) == (["Моё"], ["Анна"]) and not SAID.keys() & now.keys()


def test_a_file_that_does_not_come_to_its_place_is_as_if_nothing_had_been(
    running: Running, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = tagged(running)
    held, storage = running.audio(track.id).read_bytes(), running.application.storage

    def refuse(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    digest = look(client, track)["digest"]
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(storage, "put", refuse)
        running.application.file_tags.write(track.id, TagsAsked(), digest)
    assert running.audio(track.id).read_bytes() == held
    assert running.application.library.record(track.id).file_tags == [] and leftovers(running.settings) == []


def test_a_power_cut_between_record_and_file_loses_nothing(running: Running, client: FlaskClient) -> None:
    """The record was written, the file was not: undoing finds nothing to do and is done."""
    track = tagged(running)
    held = running.audio(track.id).read_bytes()
    values = {name: list(texts) for name, texts in SAID.items()}
    written = TagsWritten(id=uuid.uuid4().hex, at=time.time(), values=values, replaced=[])
    running.application.library.note_tags(track.id, written)
    assert client.post(f"/api/tracks/{track.id}/file-tags/undo").json == {"tags": []}
    assert running.audio(track.id).read_bytes() == held
    assert running.application.library.record(track.id).file_tags == []


def test_many_tracks_get_an_answer_each(running: Running, client: FlaskClient) -> None:
    first, second, bare = tagged(running), tagged(running, format="flac"), running.made("debug", duration=0.1)
    ids = [first.id, second.id, bare.id, "0" * 32, first.id]
    shown = client.post("/api/file-tags", json={"tracks": ids, "mode": "merge", "preview": True}).json["tracks"]
    assert [each["id"] for each in shown] == ids[:4]
    assert [each["error"]["detail"]["key"] for each in shown[2:]] == ["error.nothing_for_tags", "error.track_not_found"]
    digests = {each["id"]: each["digest"] for each in shown[:2]}
    replace_values(running.audio(second.id), {"mood": ["wild"]})
    asked = {"tracks": ids, "mode": "merge", "preview": False, "digests": digests}
    answer = client.post("/api/file-tags", json=asked, headers={"X-Language": "ru"}).json["tracks"]
    assert [field["field"] for field in answer[0]["fields"]] == ALL and said(running, first).items() >= SAID.items()
    assert answer[1]["error"]["message"].startswith("Файл или найденное изменились")
    assert answer[2]["error"]["detail"]["key"] == "error.file_tags_preview_first"
    assert said(running, second).get("key") is None


@pytest.mark.parametrize(
    "body",
    [
        [], {}, {"mode": "all"}, {"mode": ["keep"]}, {"mode": "keep", "more": 1},
        {"mode": "keep", "fields": "key"}, {"mode": "keep", "fields": [{}]}, {"mode": "keep", "fields": ["title"]},
        {"mode": "keep", "key_form": {}},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(client: FlaskClient, body: Any) -> None:
    track = f"/api/tracks/{'0' * 32}/file-tags"
    for place in (f"{track}/preview", track, "/api/file-tags"):
        answer = client.post(place, json=body)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, Code.INVALID_INPUT), place
        assert client.post(place).json["error"]["code"] == Code.UNSUPPORTED_MEDIA, place


@pytest.mark.parametrize(
    "more",
    [{}, {"tracks": "all"}, {"tracks": ["../x"]}, {"tracks": [None]}, {"tracks": ["0" * 32] * 101},
     {"tracks": [], "preview": "no"}, {"tracks": [], "digests": []}],
)  # fmt: skip
def test_lists_that_make_no_sense_are_refused(client: FlaskClient, more: Any) -> None:
    assert client.post("/api/file-tags", json={"mode": "keep", **more}).status_code == 400


def test_what_cannot_be_put_back_is_not_written(running: Running, client: FlaskClient) -> None:
    track = tagged(running, format="flac")
    many = [f"Genre {number}" for number in range(10_000)]
    replace_values(running.audio(track.id), {"genre": many})
    shown = next(field for field in look(client, track, mode="merge")["fields"] if field["field"] == "genre")
    assert shown["after"]["genre"] == [*many, "Hip-Hop", "Jazz"]
    assert write(client, track, mode="overwrite").status_code == 200
    client.post(f"/api/tracks/{track.id}/file-tags/undo")
    assert said(running, track)["genre"] == many
    replace_values(running.audio(track.id), {"genre": ["x" * 2**19]})
    assert look(client, track)["error"]["detail"]["key"] == "error.tags_too_long"


def test_a_file_that_has_gone_is_said_so(running: Running, client: FlaskClient) -> None:
    track = tagged(running)
    running.audio(track.id).unlink()
    assert look(client, track)["error"]["code"] == Code.NOT_FOUND
    assert client.post(f"/api/tracks/{'0' * 32}/file-tags/undo").status_code == 404


def test_a_full_disk_is_said_so_and_nothing_is_lost(tmp_path: Path) -> None:
    with small_disk(tmp_path, 24) as disk:
        application = Application.open(make_settings(disk.root, async_mode="threading"))
        try:
            running = Running(application)
            track = tagged(running)
            client, held = create_web(application)[0].test_client(), running.audio(track.id).read_bytes()
            files, digest = disk.files(), look(client, track)["digest"]
            with disk.left(0):
                answer = client.post(f"/api/tracks/{track.id}/file-tags", json={"mode": "keep", "digest": digest})
                assert (answer.status_code, answer.json["error"]["code"]) == (507, Code.DISK_FULL)
            assert running.audio(track.id).read_bytes() == held and disk.files() == files
            assert write(client, track).status_code == 200
        finally:
            application.close()


def test_a_server_that_is_killed_while_it_writes_leaves_the_file_whole(tmp_path: Path) -> None:
    """Killed as soon as the copy is begun: the file says the old or the new, and undoing leads back to the old."""
    settings = make_settings(tmp_path, async_mode="threading")
    (made,) = make_tracks(settings.audio_dir, 1)
    path, record = settings.audio_dir / made.file, settings.audio_dir / f"{made.name}.json"
    path.write_bytes(silence(8_000_000))
    record.write_text(made.model_copy(update={"facts": FACTS}).model_dump_json(), encoding="utf-8")
    held = path.read_bytes()
    with live(tmp_path) as server:
        until(lambda: server.json("GET", "/api/tracks")["tracks"])
        place = f"/api/tracks/{made.id}/file-tags"
        digest = server.json("POST", f"{place}/preview", {"mode": "keep"})["digest"]
        body = {"mode": "keep", "digest": digest}

        def ask() -> None:
            with contextlib.suppress(OSError, http.client.HTTPException):  # it is killed before it answers
                server.request("POST", place, body)

        asking = threading.Thread(target=ask)
        asking.start()
        until(lambda: list(settings.peaks_dir.glob(".*.tmp")))
        workers = server.workers()
        server.stop(signal.SIGKILL)
        for worker in workers:
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.kill()
        asking.join()
    application = Application.open(settings)
    try:
        application.library.sync()
        now = read_tags(path).values
        assert now in ({}, SAID)
        assert path.read_bytes()[44 : len(held)] == held[44:], "the sound as it was"
        history = application.library.record(made.id).file_tags
        assert len(history) == 1 if now else len(history) < 2
        if history:
            application.file_tags.undo(made.id)
        assert read_tags(path).values == {} and leftovers(settings) == []
    finally:
        application.close()


def _acts(client: FlaskClient, track: Record) -> dict[str, Callable[[], Any]]:
    place = f"/api/tracks/{track.id}"
    return {
        "write": lambda: write(client, track),
        "undo": lambda: client.post(f"{place}/file-tags/undo"),
        "say": lambda: client.patch(place, json={"title": "Another"}),
    }


WORK = {"write": "replace_tags", "undo": "restore_tags", "say": "write_tags"}


def in_between(running: Running, monkeypatch: pytest.MonkeyPatch, act: str, deed: Callable[[], Any], when: str) -> None:
    """`deed` is done once, before or after the worker makes the copy for `act`."""
    tasks, done = running.application.file_tags._tasks, []
    work = getattr(tasks, WORK[act])

    def interrupted(*arguments: Any) -> Any:
        if when == "before" and not done:
            done.append(deed())
        made = work(*arguments)
        if not done:
            done.append(deed())
        return made

    monkeypatch.setattr(tasks, WORK[act], interrupted, raising=False)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("act", WORK)
def test_a_track_that_is_deleted_meanwhile_stays_deleted(
    running: Running, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, act: str, when: str
) -> None:
    track = tagged(running, format="flac")
    if act == "undo":
        write(client, track)
    in_between(running, monkeypatch, act, lambda: running.application.library.delete(track.id), when)
    answer = _acts(client, track)[act]()
    assert (answer.status_code, answer.json["error"]["code"]) == (404, Code.NOT_FOUND)
    assert [path.name for path in running.settings.audio_dir.iterdir() if path.stem.startswith(track.name)] == []
    assert leftovers(running.settings) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("act", WORK)
def test_a_track_whose_files_are_renamed_meanwhile_gets_the_tags_under_the_new_name(
    running: Running, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, act: str, when: str
) -> None:
    track = tagged(running, format="flac")
    held, library = said(running, track), running.application.library
    if act == "undo":
        write(client, track)
    in_between(running, monkeypatch, act, lambda: library.rename_artist(track.id, f"{act} {when}"), when)
    assert _acts(client, track)[act]().status_code == 200
    assert library.record(track.id).name != track.name
    new = {"write": SAID, "undo": {}, "say": {"title": ["Another"]}}[act]
    assert said(running, track) == held | new
    assert [path.name for path in running.settings.audio_dir.iterdir() if path.stem.startswith(track.name)] == []


def test_of_two_titles_the_file_says_the_one_that_the_track_has(
    running: Running, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = tagged(running)
    say, titles = running.application.file_tags.say, ["second"]

    def late(track_id: str, names: Any) -> None:
        """The request for the first title is overtaken by another one before it comes to the file."""
        if titles:
            client.patch(f"/api/tracks/{track_id}", json={"title": titles.pop()})
        say(track_id, names)

    monkeypatch.setattr(running.application.file_tags, "say", late)
    client.patch(f"/api/tracks/{track.id}", json={"title": "first"})
    assert running.application.library.record(track.id).title == "second" == said(running, track)["title"][0]

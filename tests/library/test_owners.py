"""What is another user's is as if it were not there, through everything that can be asked of a library."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from engine.database import Database
from engine.database.connect import MIGRATIONS
from engine.errors import AppError, Code
from engine.library.atomic import write_json
from engine.library.index import TrackIndex
from engine.library.library import Library
from engine.library.opening import open_storage
from engine.library.publish import OUTCOME, note_owner
from engine.library.record import Annotation, Postprocess, Record, TagsWritten
from engine.library.search import Search
from engine.library.sync import SyncReport
from engine.library.uploads import Uploads
from engine.owner import LOCAL
from engine.settings import Settings
from tests.conftest import make_settings
from tests.made_tracks import make_tracks, silence
from tests.tagged import record as made
from tests.two_users import ANNA, ANNOTATION, BORIS, WRITTEN, World, world

UNKNOWN = "f" * 32
FACT = Annotation(id="d" * 32, command="tag", at=2.0, facts={"sound": {"singing": 0.5}})
TAGS = TagsWritten(id="e" * 32, at=2.0, values={}, replaced=[])

Asked = Callable[[Any, str], Any]

LIBRARY_BY_TRACK: dict[str, Asked] = {
    "record": lambda own, track: own.record(track),
    "row": lambda own, track: own.row(track),
    "tag_version": lambda own, track: own.tag_version(track),
    "audio_key": lambda own, track: own.audio_key(track),
    "derived_key": lambda own, track: own.derived_key(track, ".json"),
    "beside_key": lambda own, track: [own.beside_key(track, kind) for kind in ("midi", "picture", "project")],
    "stem_key": lambda own, track: own.stem_key(track, "drums"),
    "readable": lambda own, track: own.readable(track),
    "input_key": lambda own, track: own.input_key(f"track:{track}"),
    "check_input": lambda own, track: own.check_input(f"track:{track}", script=False),
    "record_behind": lambda own, track: own.record_behind(f"track:{track}"),
    "input_title": lambda own, track: own.input_title(f"track:{track}"),
    "called": lambda own, track: own.called(f"track:{track}"),
    "input": lambda own, track: own.input(f"track:{track}"),
    "annotate": lambda own, track: own.annotate(track, FACT),
    "add_score": lambda own, track: own.add_score(track, Path("none.mid")),
    "edit": lambda own, track: own.edit(track, favourite=True, locked=True, public=True),
    "rename": lambda own, track: own.rename(track, "mine"),
    "rename_artist": lambda own, track: own.rename_artist(track, "me"),
    "undo": lambda own, track: own.undo(track, ANNOTATION),
    "with_audio": lambda own, track: own.with_audio(track, Path.read_bytes),
    "replace_audio": lambda own, track: own.replace_audio(track, copied(own, track)),
    "note_tags": lambda own, track: own.note_tags(track, TAGS),
    "forget_tags": lambda own, track: own.forget_tags(track, WRITTEN),
    "set_postprocess": lambda own, track: own.set_postprocess(track, lambda: Postprocess(status="done")),
    "delete": lambda own, track: own.delete(track),
}
LISTS: dict[str, Callable[[Any], Any]] = {
    "rows": lambda own: [own.rows(), own.rows(Search(q="calm"), limit=1, offset=1)],
    "count": lambda own: [own.count(), own.count(Search(tags=("mood/calm",)))],
    "counts": lambda own: [own.counts("command"), own.counts("model")],
    "tag_counts": lambda own: own.tag_counts(),
    "tagged": lambda own: own.tagged(1),
    "untagged": lambda own: own.untagged(1, limit=100),
}
LIBRARY_LISTS = LISTS | {"fingerprints": lambda own: list(own.fingerprints())}
LIBRARY_ALL: dict[str, Callable[[Any], Any]] = {"delete_all": lambda own: sorted(own.delete_all())}
LIBRARY_PARTS = {"of", "user", "tracks"}
"""`tracks` is the index, below."""
OF_THE_SERVER = {"publish", "set_aside", "index", "sync", "orphans"}

INDEX_BY_TRACK: dict[str, Asked] = {
    "row": lambda own, track: own.row(track),
    "find": lambda own, track: own.find(track),
    "tag_version": lambda own, track: own.tag_version(track),
}
INDEX_LISTS = LISTS | {
    "ids": lambda own: [list(own.ids(Search())), list(own.ids(Search(q="calm"), 1))],
    "known": lambda own: sorted(own.known()),
    "unlocked": lambda own: sorted(own.unlocked()),
    "heard": lambda own: [
        list(own.heard.fingerprints()),
        [track for some in own.heard.digests() for track, _ in some],
        own.heard.unheard([]),
    ],
}
INDEX_AMONG: dict[str, Callable[[Any, list[str]], Any]] = {
    "rows_of": lambda own, tracks: [row["id"] for row in own.rows_of(tracks)],
    "there": lambda own, tracks: own.there(tracks),
    "heard": lambda own, tracks: [track for some in own.heard.facts(tracks) for track, *_ in some],
    "remove": lambda own, tracks: own.remove([(track, name) for name, row in names(own).items() for track in [row]]),
}
INDEX_PARTS = {"of", "user", "where", "is_whole", "revision", "changed_elsewhere", "enter"}
"""`revision` only grows, as `changed_elsewhere` has it do; `enter` takes what a record says."""
HEARD_PARTS = {"enter", "remove", "digests", "facts", "fingerprints", "unheard"}
"""The first two are the index's own, within its transactions."""

UPLOADS_BY_ID: dict[str, Asked] = {
    "facts": lambda own, upload: own.facts(upload),
    "key": lambda own, upload: own.key(upload),
    "keep_levels": lambda own, upload: own.keep_levels(upload, {"loudness_lufs": -14.0}),
    "delete": lambda own, upload: own.delete(upload),
}
UPLOADS_NAMES: dict[str, Asked] = {
    "kind": lambda own, upload: own.kind(upload),
    "name": lambda own, upload: own.name(upload),
    "title": lambda own, upload: own.title(upload),
    "levels": lambda own, upload: own.levels(upload),
}
"""What is not known is said to be nothing."""
UPLOADS_LISTS: dict[str, Callable[[Any], Any]] = {
    "all": lambda own: [(facts["name"], facts["user"]) for facts in own.all()],
    "size": lambda own: own.size(),
}
UPLOADS_ALL: dict[str, Callable[[Any], Any]] = {"delete_all": lambda own: own.delete_all(set())}
UPLOADS_PARTS = {"of", "user", "add", "sweep"}
"""`sweep` removes halves, whosever they were."""


def copied(own: Library, track: str) -> Path:
    """A file to put in the place of another."""
    root: Path = own._files.storage.fetch(own._whole.audio_key(own._whole.rows()[0]["id"])).parent
    path = root / f".{uuid.uuid4().hex}.tmp"
    path.write_bytes(silence(10))
    return path


def names(own: TrackIndex) -> dict[str, str]:
    """Every track that there is, by name, whosever it is."""
    whole = TrackIndex(own._database)
    return {name: row["id"] for name, row in whole.known().items()}


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def said(ask: Callable[[], Any]) -> Any:
    """What is answered, or the error as a client sees it."""
    try:
        return ask()
    except AppError as error:
        return error.body("en")


@pytest.fixture
def both(settings: Settings) -> Iterator[World]:
    found = world(settings, ANNA, BORIS)
    yield found
    found.database.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[World]:
    """The same without Boris."""
    found = world(make_settings(tmp_path / "alone"), ANNA)
    yield found
    found.database.close()


def test_every_public_part_has_a_rule(both: World) -> None:
    own = both.library.of(ANNA)
    assert public(own) == {*LIBRARY_BY_TRACK, *LIBRARY_LISTS, *LIBRARY_ALL, *LIBRARY_PARTS}
    assert public(both.library) - public(own) == OF_THE_SERVER
    assert public(own.tracks) == {*INDEX_BY_TRACK, *INDEX_LISTS, *INDEX_AMONG, *INDEX_PARTS}
    assert public(own.tracks.heard) == HEARD_PARTS
    assert public(both.uploads.of(ANNA)) == {
        *UPLOADS_BY_ID, *UPLOADS_NAMES, *UPLOADS_LISTS, *UPLOADS_ALL, *UPLOADS_PARTS,
    }  # fmt: skip


def files(folder: Path) -> dict[str, bytes]:
    """All that is there, but for the index and its companions."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith((".", "library.db"))
    }


def refused_as_unknown(own: Any, folder: Path, rules: dict[str, Asked], theirs: str) -> None:
    before = files(folder)
    for name, ask in rules.items():
        answer = said(lambda: ask(own, theirs))  # noqa: B023
        assert answer == said(lambda: ask(own, UNKNOWN)), name  # noqa: B023
        assert answer["code"] == Code.NOT_FOUND, name
    assert files(folder) == before


def test_a_track_of_anothers_is_refused_by_every_method_as_one_that_nobody_knows(both: World) -> None:
    theirs = both.records[BORIS][0].id
    for own in (both.library.of(ANNA), both.library.of("nobody")):
        refused_as_unknown(own, both.settings.output, LIBRARY_BY_TRACK, theirs)
        refused_as_unknown(own.tracks, both.settings.output, INDEX_BY_TRACK, theirs)


def test_to_their_owner_the_same_methods_answer(both: World) -> None:
    """Or the refusals above would say nothing."""
    own, mine = both.library.of(BORIS), both.records[BORIS][0].id
    for name, ask in LIBRARY_BY_TRACK.items():
        if name != "delete":
            ask(own, mine)
            assert own.record(mine).user == own.row(mine)["user"] == BORIS, name
    own.edit(mine, locked=False)
    own.delete(mine)
    assert both.library.count() == 5


def test_no_list_and_no_count_differs_by_what_another_has(both: World, alone: World) -> None:
    own, only = both.library.of(ANNA), alone.library.of(ANNA)
    for name, ask in LIBRARY_LISTS.items():
        assert ask(own) == ask(only) != ask(both.library), name
    for name, ask in INDEX_LISTS.items():
        assert ask(own.tracks) == ask(only.tracks), name
    assert (own.tracks.is_whole(), only.tracks.is_whole()) == (False, True)
    everything = [record.id for user in (BORIS, ANNA) for record in both.records[user]]
    mine = {record.id for record in both.records[ANNA]}
    for name, among in INDEX_AMONG.items():
        assert set(among(own.tracks, everything)) == mine, name
    assert both.library.count() == len(both.records[BORIS])  # `remove` has taken Anna's alone
    assert ask_all(both, LIBRARY_LISTS, "nobody") == [[[], []], [0, 0], [{}, {}], {}, 0, [], []]


def ask_all(both: World, rules: dict[str, Callable[[Any], Any]], user: str) -> list[Any]:
    return [ask(both.library.of(user)) for ask in rules.values()]


def test_whoever_deletes_all_deletes_their_own(both: World) -> None:
    assert LIBRARY_ALL["delete_all"](both.library.of(BORIS)) == sorted(record.id for record in both.records[BORIS])
    assert UPLOADS_ALL["delete_all"](both.uploads.of(BORIS)) == 2
    assert both.library.count() == both.library.of(ANNA).count() == 3
    assert both.uploads.size()[0] == both.uploads.of(ANNA).size()[0] == 2
    assert both.library.sync() == SyncReport([], [], [], [])


def test_an_upload_of_anothers_is_refused_as_one_that_nobody_knows(both: World, alone: World) -> None:
    theirs = both.uploaded[BORIS][0]
    own = both.uploads.of(ANNA)
    refused_as_unknown(own, both.settings.output, UPLOADS_BY_ID, theirs)
    both.uploads.keep_levels(theirs, {"loudness_lufs": -20.0})
    for name, ask in UPLOADS_NAMES.items():
        assert ask(own, theirs) == ask(own, UNKNOWN) != ask(both.uploads.of(BORIS), theirs), name
    for name, listed in UPLOADS_LISTS.items():
        assert listed(own) == listed(alone.uploads.of(ANNA)) != listed(both.uploads), name
    for ask in UPLOADS_BY_ID.values():
        ask(both.uploads.of(BORIS), theirs)


def test_no_job_takes_anothers_track_or_upload_for_its_input(both: World) -> None:
    own = both.library.of(ANNA)
    for key in (f"track:{both.records[BORIS][0].id}", f"upload:{both.uploaded[BORIS][0]}"):
        for ask in (own.input_key, own.input, lambda key: own.check_input(key, script=False)):
            with pytest.raises(AppError) as refused:
                ask(key)
            assert refused.value.code is Code.NOT_FOUND
        both.library.of(BORIS).input(key)


def test_the_index_made_anew_keeps_the_owners(both: World) -> None:
    with both.database.write() as connection:
        connection.execute(text("DELETE FROM tracks"))
    anew = Library(both.settings, both.database, both.storage, both.uploads)
    assert len(anew.sync(full=True).added) == 6
    for user in (ANNA, BORIS):
        assert {row["id"] for row in anew.of(user).rows()} == {record.id for record in both.records[user]}


def test_what_went_is_told_with_whose_it_was(both: World) -> None:
    gone = both.records[BORIS][1]
    for path in both.settings.audio_dir.glob(f"{gone.name}.*"):
        path.unlink()
    found = both.library.sync()
    assert (found.removed, found.owners) == ([gone.id], {gone.id: BORIS})


def test_a_record_or_upload_without_an_owner_is_the_local_users(both: World) -> None:
    record = both.records[BORIS][0]
    file = both.settings.audio_dir / f"{record.name}.json"
    old = {name: value for name, value in json.loads(file.read_text()).items() if name not in ("user", "public")}
    file.write_text(json.dumps(old))
    both.library.sync(full=True)
    assert both.library.of(LOCAL).record(record.id).user == LOCAL
    upload = both.uploaded[BORIS][0]
    facts = both.settings.uploads_dir / f"{upload}.json"
    facts.write_text(json.dumps({k: v for k, v in json.loads(facts.read_text()).items() if k != "user"}))
    again = Uploads(both.storage, both.settings.uploads_dir, lambda path, name: {})
    assert again.of(LOCAL).key(upload) and said(lambda: again.of(BORIS).key(upload))["code"] == Code.NOT_FOUND


def test_an_index_of_before_there_were_owners_is_the_local_users(settings: Settings) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    database = Database(settings.index_url)
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
    (record,) = make_tracks(settings.audio_dir, 1)
    with database.write() as connection:
        columns = (
            "id, name, file, job_id, command, model, prompt, format, duration_s, created_at, favourite, locked, "
            "record_mtime_ns"
        )
        values = {"id": record.id, "name": record.name, "file": record.file, "job": record.job_id}
        connection.execute(
            text(f"INSERT INTO tracks ({columns}) VALUES (:id, :name, :file, :job, 'debug', 'm', 'p', 'wav', 1, 1, "
                 "false, false, 1)"), values,
        )  # fmt: skip
    database.migrate()
    storage = open_storage(settings)
    library = Library(settings, database, storage, Uploads(storage, settings.uploads_dir, lambda path, name: {}))
    row = library.of(LOCAL).row(record.id)
    assert (row["user"], row["public"]) == (LOCAL, False) and library.of(BORIS).count() == 0
    database.close()


def finished(both: World, says: str, annotates: str = "") -> tuple[Path, Record]:
    """A job folder whose worker says whose the result is, and adds a fact to a track."""
    folder = both.settings.jobs_dir / f"{uuid.uuid4().hex}.1"
    folder.mkdir(parents=True)
    (folder / "0.wav").write_bytes(silence(10))
    write_json(folder / "0.peaks.json", {"peaks": [[0], [0]]})
    record = made("new", {}, user=says)
    entry = {"staged": "0.wav", "peaks": "0.peaks.json", "record": record.model_dump(mode="json")}
    annotations = [{"track": annotates, "annotation": FACT.model_dump(mode="json")}] if annotates else []
    write_json(folder / OUTCOME, {"job_id": record.job_id, "tracks": [entry], "annotations": annotations})
    return folder, record


def test_the_servers_word_says_whose_a_result_is_and_not_the_workers(both: World) -> None:
    theirs = both.records[ANNA][0].id
    folder, record = finished(both, ANNA, annotates=theirs)
    published = both.library.publish(folder, BORIS)
    assert [made.user for made in published.tracks] == [BORIS] and published.annotated == []
    both.library.sync()
    assert both.library.of(BORIS).record(record.id).user == BORIS
    assert FACT.id not in {known.id for known in both.library.record(theirs).annotations}


@pytest.mark.parametrize("noted", [BORIS, None])
def test_a_result_of_a_job_that_nobody_knows_any_more_is_whose_the_server_noted(noted: str | None, both: World) -> None:
    folder, _ = finished(both, "somebody")
    if noted:
        note_owner(folder, noted)
    (record,) = both.library.publish(folder).tracks
    assert record.user == (noted or LOCAL)


def test_names_of_files_are_unique_over_all_users(both: World) -> None:
    """An artist's name that two users give must not put one's files over the other's."""
    mine, theirs = both.records[ANNA][1], both.records[BORIS][1]
    both.library.of(BORIS).rename_artist(theirs.id, "me")
    both.library.of(ANNA).rename_artist(mine.id, "me")
    both.library.sync(full=True)
    assert both.library.record(mine.id).name != both.library.record(theirs.id).name
    assert both.library.count() == 6


def test_a_public_track_is_read_by_others_and_changed_by_its_owner(both: World) -> None:
    track = both.records[BORIS][0].id
    own = both.library.of(ANNA)
    assert both.library.of(BORIS).edit(track, public=True)["public"] is True
    assert own.readable(track).record(track).public and own.readable(track).user == BORIS
    before = {name: said(lambda: ask(own, track)) for name, ask in LIBRARY_BY_TRACK.items() if name != "readable"}  # noqa: B023
    assert {answer["code"] for answer in before.values()} == {Code.NOT_FOUND}
    assert track not in {row["id"] for row in own.rows()}
    both.library.of(BORIS).edit(track, public=False)
    assert said(lambda: own.readable(track)) == said(lambda: own.readable(UNKNOWN))

"""What the index keeps of how tracks sound: filters by tempo, key and tags, on every kind of database."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from engine.database import Database, heard
from engine.errors import AppError, Code
from engine.library.annotations import annotated, undone
from engine.library.heard import heard as heard_of
from engine.library.index import TrackIndex
from engine.library.record import Annotation, Record
from engine.library.search import Search
from engine.speech.keys import Tonality, tonality
from engine.tag.search.params import SearchParams
from tests.database.conftest import database, url
from tests.tagged import record, tagged

__all__ = ["database", "url"]


def key(name: str) -> Tonality:
    found = tonality(name)
    assert found
    return found


@pytest.fixture
def index(database: Database) -> Iterator[TrackIndex]:
    index = TrackIndex(database)
    rows = {
        "calm": tagged(70.5, "A minor", "mood/calm", "instruments/piano"),
        "fast": tagged(174, "Cm", "genre/drum and bass"),
        "major": tagged(120, "C major", "mood/calm", "genre/100%_pop"),
        "hum": tagged(None, None),
        "unheard": {},
    }
    for name, facts in rows.items():
        index.enter(record(name, facts), 1)
    yield index


def found(index: TrackIndex, **wanted: Any) -> set[str]:
    search = Search(**wanted)
    names = {row["name"] for row in index.rows(search)}
    assert index.count(search) == len(names)
    return names


def test_tracks_are_filtered_by_tempo_key_and_tags(index: TrackIndex) -> None:
    assert found(index, low_bpm=70.5, high_bpm=120) == {"calm", "major"}
    assert found(index, low_bpm=121) == {"fast"} and found(index, high_bpm=1) == set()
    assert found(index, keys=(key("C minor"), key("A minor"))) == {"fast", "calm"}
    assert found(index, tags=("mood/calm",)) == {"calm", "major"}
    assert found(index, tags=("Mood/CALM", "instruments/piano")) == {"calm"}
    assert found(index, tags=("mood/cal",)) == found(index, tags=("ood/calm",)) == found(index, tags=("%",)) == set()
    assert found(index, tags=("genre/100%_pop",)) == {"major"} and found(index, tags=("genre/100__pop",)) == set()
    rows = {row["name"]: (row["bpm"], row["key"]) for row in index.rows()}
    assert rows["calm"] == (70.5, "A minor") and rows["fast"] == (174, "C minor") and rows["hum"] == (None, None)
    assert "tags" not in index.rows()[0]


def test_keys_that_mix_with_one_are_found_as_well(index: TrackIndex) -> None:
    def named(**values: Any) -> set[str]:
        return {row["name"] for row in index.rows(SearchParams.checked(values).search())}

    assert named(key="Am") == {"calm"}
    assert named(key="8A", compatible=True) == {"calm", "major"}
    assert named(key=["ля минор", "Cm"]) == {"calm", "fast"}


def test_a_track_that_changes_or_goes_takes_what_is_known_of_it_along(index: TrackIndex, database: Database) -> None:
    def kept() -> dict[str, Any]:
        with database.read() as connection:
            return {row.track_id: json.loads(row.facts) for row in connection.execute(select(heard))}

    first = record("one", {"vectors": {"musicnn": "AAAA"}, "sound": {"singing": 0.5}, "fingerprint": {"words": "AAAA"}})
    index.enter(first, 1)
    assert kept()[first.id]["vectors"] == {"musicnn": "AAAA"} and kept()[first.id]["loudness_lufs"] == -14.0
    with database.read() as connection:
        digest, fingerprint = connection.execute(
            select(heard.c.digest, heard.c.fingerprint).where(heard.c.track_id == first.id)
        ).one()
    index.enter(first.model_copy(update={"favourite": True}), 2)
    with database.read() as connection:
        again = connection.execute(select(heard.c.digest, heard.c.fingerprint).where(heard.c.track_id == first.id))
        assert again.one() == (digest, fingerprint) and fingerprint == "AAAA"
    other = record("one", {"sound": {"singing": 1.0}})  # another track under the name of the first
    index.enter(other, 3)
    assert first.id not in kept() and kept()[other.id]["sound"] == {"singing": 1.0}
    assert index.remove([(other.id, "another name")]) == [] and other.id in kept()
    assert index.remove([(other.id, "one")]) == [other.id] and other.id not in kept()


@pytest.mark.parametrize(
    "facts",
    [
        {"tempo": 120, "key": "E minor", "tags": "calm", "vectors": [1], "measures": None, "fingerprint": {"words": 1}},
        {"tempo": {"bpm": float("inf")}, "key": {"name": "H sharp"}, "tags": [1, {"name": "x"}], "vectors": {"a": 1}},
        {"tempo": {"bpm": True}, "key": {"name": {}}, "tags": [{"name": 1, "category": "mood"}], "analysis": {}},
        {"tags": [{"name": "a\nb", "category": "mood"}] * 10_000, "analysis": {"version": "1"}},
        {"analysis": {"version": 2**40}, "sound": {"singing": "much"}},
    ],
)
def test_facts_of_any_form_are_entered(database: Database, facts: dict[str, Any]) -> None:
    index = TrackIndex(database)
    index.enter(record("odd", facts), 1)
    assert (index.rows()[0]["bpm"], index.rows()[0]["key"]) == (None, None)


def test_a_composed_track_is_known_without_listening(database: Database) -> None:
    index = TrackIndex(database)
    composed = {"model": "composer", "details": {"tempo_bpm": 96, "key": "G# minor"}}
    index.enter(record("composed", {}, **composed), 1)
    index.enter(record("corrected", tagged(48, "A minor"), **composed), 1)
    rows = {row["name"]: (row["bpm"], row["key"]) for row in index.rows()}
    assert rows == {"composed": (96, "G# minor"), "corrected": (48, "A minor")}


def test_an_index_of_an_older_version_is_filled_from_the_records(url: str, tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    from engine.app import Application
    from engine.database.connect import MIGRATIONS
    from engine.library.atomic import write_json
    from tests.conftest import make_settings

    settings = make_settings(tmp_path, database_url=url)
    settings.audio_dir.mkdir(parents=True)
    track = record("old", tagged(100, "E minor", "mood/calm"))
    write_json(settings.audio_dir / "old.json", track.model_dump(mode="json"))
    (settings.audio_dir / "old.wav").write_bytes(b"RIFF")
    database, config = Database(url), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0007")
        tx.execute(
            text(
                "INSERT INTO tracks (id, title, name, file, job_id, command, model, prompt, format, duration_s,"
                " created_at, favourite, locked, record_mtime_ns, search) VALUES (:id, 'old', 'old', 'old.wav', 'j',"
                " 'debug', 'debug', '', 'wav', 1.0, 1.0, false, false, :mtime, 'old')"
            ),
            {"id": track.id, "mtime": (settings.audio_dir / "old.json").stat().st_mtime_ns},
        )
    database.close()
    application = Application.open(settings)
    try:
        assert application.library.row(track.id)["bpm"] is None  # there before it is complete
        assert application.library.sync().changed == [track.id]
        assert application.library.row(track.id)["bpm"] == 100
        assert application.library.count(Search(tags=("mood/calm",))) == 1
    finally:
        application.close()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"low_bpm": -1}, "low_bpm"), ({"high_bpm": "fast"}, "high_bpm"), ({"low_bpm": float("nan")}, "low_bpm"),
        ({"key": "H"}, "key"), ({"key": ["Am"] * 21}, "key"), ({"tag": ["x" * 81]}, "tag.0"),
        ({"sort": "; DROP"}, "sort"), ({"compatible": "perhaps"}, "compatible"), ({"shelf": 1}, "shelf"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_for_is_refused(values: dict[str, Any], field: str) -> None:
    with pytest.raises(AppError) as refused:
        SearchParams.checked(values)
    assert refused.value.code is Code.INVALID_INPUT
    assert [problem["field"] for problem in refused.value.detail["fields"]] == [field]
    assert all("{" not in refused.value.sentence(language) for language in ("en", "ru", "zh"))


def test_what_the_user_took_away_is_kept_for_the_search_until_it_is_undone() -> None:
    sad, calm, dark = ({"name": name, "category": "mood", "source": "musicnn"} for name in ("sad", "calm", "dark"))
    track = record("a", {"tags": [sad, calm], "tempo": {"bpm": 120}})
    own = Annotation.now("tag", {"tags": [calm, dark]})
    corrected = annotated(annotated(track, own), Annotation.now("tag", {"tags": [calm]}))

    def removed(track: Record) -> Any:
        known = heard_of(track)
        return known and [tag["name"] for tag in json.loads(known.facts).get("removed", ())]

    assert removed(track) == [] and removed(corrected) == ["sad", "dark"]
    once = undone(corrected, own.id, 1.0)
    assert removed(once) == ["sad"] and removed(undone(once, once.annotations[-1].id, 2.0)) == []

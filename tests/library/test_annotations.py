"""Facts of tracks that exist: added by jobs, kept with their history, undone in any order, found by the search."""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.app import Application
from engine.errors import AppError, Code
from engine.events import TrackAdded
from engine.library.annotations import HISTORY, HISTORY_BYTES, annotated, undone
from engine.library.atomic import write_json
from engine.library.publish import OUTCOME
from engine.library.record import Annotation, Record, record_schema
from engine.library.search import Search
from engine.library.track_files import MAX_RECORD_BYTES
from engine.tag.facts import MOST_BEATS
from engine.web.server import create_web
from tests.conftest import Running, make_settings
from tests.stemmed import make_stemmed, noise


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    application = Application.open(make_settings(tmp_path_factory.mktemp("application"), async_mode="threading"))
    try:
        yield Running(application)
    finally:
        application.close()


def record(**values: Any) -> Record:
    known = Record.model_construct(facts={}, annotations=[])
    return known.model_copy(update=values)


def annotation(**facts: Any) -> Annotation:
    return Annotation(id=uuid.uuid4().hex, command="tag", job_id="0" * 32, at=1.0, facts=facts)


NAMES = st.sampled_from(["tags", "tempo_bpm", "key"])
VALUES = st.one_of(st.none(), st.integers(0, 3), st.just(["a", "b"]))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # these run beside tests that compute
@given(st.lists(st.dictionaries(NAMES, VALUES, min_size=1), max_size=8), st.lists(st.integers(0, 7), max_size=8))
def test_what_is_undone_was_never_there(made: list[dict[str, Any]], undo: list[int]) -> None:
    """In whatever order: the facts are those of the annotations that are left, one after the other."""
    track, entries = record(), [Annotation.now("tag", facts) for facts in made]
    for entry in entries:
        track = annotated(track, entry)
    for place in undo:
        if place < len(entries):
            track = undone(track, entries[place].id, 2.0)
    left: dict[str, Any] = {}
    for place, facts in enumerate(made):
        left |= {} if place in undo else facts
    assert track.facts == {name: value for name, value in left.items() if value is not None}
    assert [known.id for known in track.annotations] == [entry.id for entry in entries]
    for entry in reversed(entries):
        track = undone(track, entry.id, 3.0)
    assert track.facts == {}


def test_the_same_annotation_counts_once_even_when_it_was_undone() -> None:
    entry = annotation(tags=["a"])
    once = annotated(record(), entry)
    assert annotated(once, entry) == once
    gone = undone(once, entry.id, 2.0)
    assert annotated(gone, entry) == gone and undone(gone, entry.id, 3.0) == gone and gone.facts == {}
    with pytest.raises(AppError) as refused:
        undone(gone, "f" * 32, 3.0)
    assert (refused.value.code, refused.value.key) == (Code.NOT_FOUND, "annotation_not_found")


def test_the_history_has_an_end_and_the_facts_have_none() -> None:
    track = annotated(record(), annotation(first=1))
    for number in range(HISTORY):
        track = annotated(track, Annotation.now("tag", {"tempo_bpm": number}))
    assert len(track.annotations) == HISTORY and track.facts == {"first": 1, "tempo_bpm": HISTORY - 1}


def test_the_history_is_small_and_keeps_what_says_that_a_fact_is_the_users() -> None:
    track = annotated(record(), Annotation.now("tag", {"key": "A minor"}))
    big = "x" * (HISTORY_BYTES // 5)
    for number in range(12):
        track = annotated(track, Annotation.now("tag", {"tempo": f"{number}{big}"}))
    assert sum(len(json.dumps(known.model_dump(mode="json"))) for known in track.annotations) <= HISTORY_BYTES
    assert track.annotations[0].facts == {"key": "A minor"} and len(track.annotations) == 3
    assert track.facts["key"] == "A minor" and track.facts["tempo"][:3] == "11x"
    back = undone(track, track.annotations[-1].id, 2.0)
    assert back.facts["tempo"][:3] == "10x"


def test_of_what_jobs_of_one_command_found_the_latest_is_kept_and_every_correction() -> None:
    track = annotated(record(), Annotation.now("tag", {"key": "A minor"}))
    made = [Annotation.now("tag", {"beats_s": [number]}, job_id=f"{number:032x}") for number in range(6)]
    for each in made:
        track = annotated(track, each)
    track = annotated(track, Annotation.now("debug", {"other": 1}, job_id="f" * 32))
    kept = track.annotations
    assert [known.job_id for known in kept] == [None, *(each.job_id for each in made[-3:]), "f" * 32]
    back = undone(undone(undone(track, made[5].id, 1.0), made[4].id, 1.0), made[3].id, 1.0)
    assert back.facts == {"key": "A minor", "beats_s": [2], "other": 1}, "undoing reaches back so far"


def test_what_the_user_corrected_stays_though_a_job_that_ran_meanwhile_found_something_else() -> None:
    own = Annotation.now("tag", {"key": "A minor"})
    track = annotated(annotated(record(), annotation(key="C major", tags=["a"])), own)
    later = annotation(key=None, tags=["b"])
    found = annotated(track, later)
    assert found.facts == {"key": "A minor", "tags": ["b"]} and found.annotations[-1].facts == {"tags": ["b"]}
    assert annotated(found, later) == found
    assert undone(found, own.id, 2.0).facts == {"key": "C major", "tags": ["b"]}
    assert annotated(undone(track, own.id, 2.0), later).facts == {"tags": ["b"]}, "no longer the user's"


def annotated_by_job(life: Running, track: Record, tags: str) -> dict[str, Any]:
    job = life.done(life.debug(source=f"track:{track.id}", annotate=tags, tracks=0))
    assert (job.status, job.track_ids) == ("COMPLETED", []), job.error
    return {"command": "debug", "job_id": job.id, "undone_at": None, "facts": {"tags": tags.split()}}


def test_a_job_annotates_its_source_and_the_user_undoes_it(life: Running) -> None:
    track = make_stemmed(life.settings, {"drums": noise(0.1, 1)}, name="Ёлка")
    library = life.application.library
    library.sync()
    first = annotated_by_job(life, track, "calm Фортепиано") | {"replaced": {}}
    second = annotated_by_job(life, track, "loud") | {"replaced": first["facts"]}
    client = create_web(life.application)[0].test_client()
    place = f"/api/tracks/{track.id}/annotations"
    body = client.get(place).json
    assert body["facts"] == {"tags": ["loud"]}
    assert [{key: entry[key] for key in first} for entry in body["annotations"]] == [first, second]
    written = json.loads((life.settings.audio_dir / "Ёлка.json").read_text(encoding="utf-8"))
    jsonschema.validate(written, record_schema())
    assert written["schema_version"] == 3 and written["facts"] == body["facts"]
    assert library.count(Search(q="LOUD ёлка")) == 1 and library.count(Search(q="фортепиано")) == 0
    life.events.clear()
    undo = client.post(f"{place}/{body['annotations'][1]['id']}/undo")
    assert undo.json["facts"] == first["facts"] and undo.json["annotations"][1]["undone_at"] <= time.time()
    assert [event.row["id"] for event in life.events if isinstance(event, TrackAdded)] == [track.id]
    assert library.count(Search(q="фортепиано")) == 1
    assert library.sync().changed == []
    assert client.post(f"{place}/{'0' * 32}/undo").status_code == 404


def test_what_is_no_track_cannot_be_annotated(life: Running, tmp_path: Path) -> None:
    make_stemmed(life.settings, {"drums": noise(0.1, 1)}, name="upload")
    with (life.settings.audio_dir / "upload.wav").open("rb") as stream:
        key = life.application.uploads.add(stream, "a.wav")["key"]
    job = life.done(life.debug(source=key, annotate="x"))
    assert job.status == "FAILED" and job.error and job.error["code"] == Code.NOT_FOUND


def test_a_repeated_publication_annotates_once_and_a_deleted_track_stays_away(life: Running, tmp_path: Path) -> None:
    library = life.application.library
    track = make_stemmed(life.settings, {"drums": noise(0.1, 1)}, name="twice")
    library.sync()
    entry = annotation(tempo_bpm=120.5).model_dump(mode="json")
    gone = {"track": "a" * 32, "annotation": entry}
    outcome = {"tracks": [], "annotations": [{"track": track.id, "annotation": entry}, gone]}
    write_json(tmp_path / OUTCOME, {"job_id": "0" * 32, **outcome})
    for _ in range(2):
        assert library.publish(tmp_path).annotated == [track.id]
    assert library.record(track.id).facts == {"tempo_bpm": 120.5}
    assert len(library.record(track.id).annotations) == 1


def test_a_score_is_put_beside_a_track_once_and_never_over_another(life: Running, tmp_path: Path) -> None:
    library = life.application.library
    track = make_stemmed(life.settings, {"drums": noise(0.1, 1)}, name="unwritten")
    library.sync()
    outcome = {"tracks": [], "scores": [{"track": track.id, "midi": "score-0.mid"}]}
    write_json(tmp_path / OUTCOME, {"job_id": "0" * 32, **outcome})
    (tmp_path / "score-0.mid").write_bytes(b"MThd first")
    for _ in range(2):  # as after a crash: the file was moved the first time
        assert library.publish(tmp_path).annotated == [track.id]
    assert library.record(track.id).midi == "unwritten.mid"
    (tmp_path / "score-0.mid").write_bytes(b"MThd second")
    library.publish(tmp_path)
    assert (life.settings.audio_dir / "unwritten.mid").read_bytes() == b"MThd first"


def test_a_user_corrects_facts_and_what_is_no_correction_changes_nothing(life: Running) -> None:
    track = make_stemmed(life.settings, {"drums": noise(0.1, 1)}, name="mine")
    life.application.library.sync()
    client, place = create_web(life.application)[0].test_client(), f"/api/tracks/{track.id}/annotations"
    answer = client.post(place, json={"tempo": {"bpm": 97.5}})
    assert answer.json["facts"]["tempo"]["bpm"] == 97.5 and answer.json["annotations"][0]["job_id"] is None
    assert client.post(place, json={"vectors": {}}).status_code == 400
    assert client.post(place, json={"tempo": {"bpm": "fast"}}).status_code == 400
    half = client.post(place, data=r'{"key": {"name": "\ud800"}}', content_type="application/json")
    assert (half.status_code, half.json["error"]["code"]) == (400, Code.INVALID_INPUT)
    assert client.post(f"/api/tracks/{'0' * 32}/annotations", json={"tempo": {"bpm": 90}}).status_code == 404
    assert client.get(place).json == answer.json


def test_a_record_never_grows_beyond_what_can_be_read(life: Running) -> None:
    track = make_stemmed(life.settings, {"drums": noise(0.1, 1)}, name="grown")
    library = life.application.library
    library.sync()
    client, place = create_web(life.application)[0].test_client(), f"/api/tracks/{track.id}/annotations"
    assert client.post(place, json={"tempo": {"bpm": 100, "beats_s": [1] * 480_000}}).status_code == 413
    for number in range(20):
        beats = [10_000 + 0.25 * beat for beat in range(MOST_BEATS)]
        answer = client.post(place, json={"tempo": {"bpm": 100 + number, "beats_s": beats}})
        assert answer.status_code == 200 and answer.json["facts"]["tempo"]["bpm"] == 100 + number
    path = life.settings.audio_dir / "grown.json"
    assert path.stat().st_size < MAX_RECORD_BYTES
    before = path.read_bytes()
    with pytest.raises(AppError) as refused:
        library.annotate(track.id, annotation(text="x" * MAX_RECORD_BYTES))
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "record_too_large")
    assert path.read_bytes() == before and "text" not in library.record(track.id).facts


def test_a_tempo_that_is_none_or_no_tempo_is_corrected_and_an_endless_one_refused(life: Running) -> None:
    track = make_stemmed(life.settings, {"drums": noise(0.1, 1)}, name="nonsense")
    path = life.settings.audio_dir / "nonsense.json"
    for tempo in ("fast", {"bpm": "x"}, {"bpm": 10**400}, [1]):
        write_json(path, track.model_dump(mode="json") | {"facts": {"tempo": tempo}})
        assert life.application.library.sync(full=True).broken == []
        client, place = create_web(life.application)[0].test_client(), f"/api/tracks/{track.id}/annotations"
        assert client.post(place, json={"tempo": {"bpm": 10**400}}).status_code == 400
        assert client.post(place, json={"tempo": {"bpm": 97.5}}).json["facts"]["tempo"]["bpm"] == 97.5


def test_records_of_the_first_version_are_read(life: Running) -> None:
    track = make_stemmed(life.settings, {"drums": noise(0.1, 1)}, name="old")
    path = life.settings.audio_dir / "old.json"
    old = track.model_dump(mode="json") | {"schema_version": 1}
    del old["facts"], old["annotations"], old["title"], old["made_title"]
    write_json(path, old)
    assert life.application.library.sync().broken == []
    read = life.application.library.record(track.id)
    assert (read.facts, read.annotations, read.schema_version) == ({}, [], 3)
    assert read.title == read.made_title == "stems to mix" == life.application.library.row(track.id)["title"]
    annotated_by_job(life, track, "new")
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), record_schema())

"""Which objects the sweep of orphans takes from a bucket that is shared with others, and which it leaves there."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from engine.app import Application
from engine.cluster.orphan_sweep import KEPT_S, OrphanSweep
from engine.library.publish import Published
from engine.library.record import Record
from tests.conftest import Running
from tests.stores import Store

UNKNOWN = "0" * 32


class Bucket:
    """An application on a bucket, with one track of a job."""

    def __init__(self, running: Running) -> None:
        self.running, self.storage = running, running.application.storage
        job = running.done(running.debug(beside=True))
        self.record: Record = running.record(job)
        self.tracks = self.keys()

    def keys(self) -> set[str]:
        return {entry.key for part in ("audio/", "stems/", "peaks/", "uploads/") for entry in self.storage.list(part)}

    def put(self, *keys: str) -> set[str]:
        for key in keys:
            self.storage.write(key, b"sound")
        return set(keys)

    def left(self, name: str, job_id: str, track_id: str = "") -> Record:
        """What a node that died after the record's object has left."""
        record = self.record.model_copy(
            update={"id": track_id or uuid.uuid4().hex, "name": name, "file": f"{name}.wav", "job_id": job_id}
        )
        self.put(*self.of(record))
        self.storage.write(f"audio/{name}.json", record.model_dump_json().encode())
        return record

    def of(self, record: Record) -> set[str]:
        beside = {f"audio/{record.name}.{suffix}" for suffix in ("wav", "mid", "json")}
        return beside | {
            f"stems/{record.name}/high.wav",
            f"peaks/{record.id}.json",
            f"peaks/{record.id}.stems/high.json",
        }

    def sweep(self, later_s: float = KEPT_S + 60) -> set[str]:
        application = self.running.application
        parts = (application.database, application.storage, application.library, application.queue.knows)
        return OrphanSweep(*parts, now=lambda: time.time() + later_s, again_s=0).sweep()


@pytest.fixture
def bucket(nanio: Store, tmp_path: Path) -> Iterator[Bucket]:
    application = Application.open(nanio.settings(tmp_path))
    try:
        yield Bucket(Running(application))
    finally:
        application.close()


def test_what_no_track_names_goes_after_a_day_and_the_tracks_stay(bucket: Bucket) -> None:
    whole = bucket.of(bucket.left("lost", bucket.record.job_id))
    begun = bucket.put("audio/begun.flac", "stems/begun/high.wav", f"peaks/{uuid.uuid4().hex}.stems/high.json")
    assert bucket.sweep(later_s=0) == bucket.sweep(later_s=KEPT_S - 600) == set()
    assert bucket.sweep() == whole | begun
    assert bucket.keys() == bucket.tracks
    assert bucket.sweep() == set()


def test_what_another_database_knows_is_left_alone_with_all_that_belongs_to_it(bucket: Bucket) -> None:
    others = bucket.of(bucket.left("others", UNKNOWN))
    renamed = bucket.left("renamed", bucket.record.job_id, track_id=bucket.record.id)
    broken = bucket.put("audio/broken.json", "audio/broken.wav")
    assert bucket.sweep() == set()
    assert bucket.keys() == bucket.tracks | others | bucket.of(renamed) | broken


def test_what_lies_beside_tracks_and_is_none_is_left_alone(bucket: Bucket, nanio: Store) -> None:
    put = bucket.put(
        "audio/README", "audio/notes.txt", "audio/deeper/sound.wav", "peaks/upload-1.json", "uploads/other"
    )
    client, url = nanio.client, bucket.running.settings.storage_url
    assert url
    name = url.removeprefix("s3://").partition("/")[0]
    client.put_object(Bucket=name, Key="audio/processed/lost.wav", Body=b"beside our prefix")
    assert bucket.sweep() == set() and put <= bucket.keys()
    assert client.get_object(Bucket=name, Key="audio/processed/lost.wav")["Body"].read() == b"beside our prefix"


def test_what_is_published_between_two_looks_stays(bucket: Bucket) -> None:
    late, library = bucket.left("late", bucket.record.job_id), bucket.running.application.library
    looks = []

    def looked(*values: Any, **named: Any) -> set[str]:
        found = look(*values, **named)
        looks.append(found)
        if len(looks) == 1:
            with bucket.running.application.database.write() as tx:
                library.index(tx, Published([late], [0], []))
        return found

    look = library.orphans
    with mock.patch.object(library, "orphans", looked):
        assert bucket.sweep() == set()
    assert looks == [bucket.of(late), set()]
    assert bucket.keys() == bucket.tracks | bucket.of(late)


def test_segments_of_a_job_that_is_over_go_at_once(bucket: Bucket) -> None:
    (key,) = bucket.put(f"segments/{bucket.record.job_id}/{UNKNOWN}.1")
    assert bucket.sweep(0) == set() and bucket.storage.stat(key) is None
    assert bucket.keys() == bucket.tracks

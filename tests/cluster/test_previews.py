"""What can be heard of a job before it is done: pieces in the storage, and from a node to a program at any server."""

import dataclasses
import io
import os
import random
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.cluster.shared_previews import PART, PIECE_BYTES, SharedPreviews
from engine.errors import AppError, Code
from engine.jobs.job import Job
from engine.jobs.preview import FILE, PreviewFacts
from engine.library.storage import LocalStorage, Storage
from engine.web.server import create_web
from tests.cluster.conftest import Brokers
from tests.cluster.stand import Stand
from tests.stores import Store
from tests.waiting import until
from tests.wants import wants

RATE_HZ, CHANNELS = 32_000, 2


class Bench:
    """A node's job folder with a job in it, and what a server of the same storage reads."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        self.storage, self.jobs_dir = storage, folder / "jobs"
        self.told: list[PreviewFacts] = []
        values = dict.fromkeys(field.name for field in dataclasses.fields(Job))
        self.job = Job(**{**values, "id": "a" * 32, "attempt": 1})  # type: ignore[arg-type]
        self.folder = self.jobs_dir / self.job.folder_name
        self.folder.mkdir(parents=True)
        self.node = SharedPreviews(storage, self.jobs_dir, every_s=0.01)
        self.node.start(lambda job_id, facts: self.told.append(facts))
        self.server = SharedPreviews(storage, folder / "elsewhere")
        self.written = b""

    def add(self, data: bytes) -> PreviewFacts:
        with (self.folder / FILE).open("ab") as file:
            file.write(data)
        self.written += data
        facts = PreviewFacts(len(self.written) // (2 * CHANNELS), RATE_HZ, CHANNELS)
        self.node.grew(self.job, facts)
        return facts

    def stored(self) -> list[str]:
        return sorted(entry.key for entry in self.storage.list(f"{PART}/{self.job.folder_name}/"))


@contextmanager
def bench(storage: Storage, folder: Path) -> Iterator[Bench]:
    found = Bench(storage, folder)
    yield found
    found.node.stop()


@pytest.fixture(params=["bucket", "folder"])
def previews(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    shared = request.param == "bucket"
    storage = request.getfixturevalue("nanio").shared() if shared else LocalStorage(tmp_path / "shared")
    with bench(storage, tmp_path) as found:
        yield found


def test_what_was_told_can_be_read_from_any_sample_on(previews: Bench) -> None:
    chance = random.Random(5)
    for size in (4, 40_000, PIECE_BYTES, 3 * PIECE_BYTES + 8, 12):
        facts = previews.add(chance.randbytes(size))
        until(lambda facts=facts: facts in previews.told)
        for start in (0, 1, facts.samples // 2, facts.samples - 1, PIECE_BYTES // 4 - 1):
            read = previews.server.piece(previews.job, facts, start)
            assert read == previews.written[4 * start :]
    last = previews.told[-1]
    assert previews.server.piece(previews.job, last, last.samples) == b""
    assert previews.server.piece(previews.job, last, -1) == b""
    assert len(previews.stored()) == -(-len(previews.written) // PIECE_BYTES)


def test_a_sound_that_begins_anew_in_another_form_takes_the_place_of_the_first(previews: Bench) -> None:
    first = previews.add(b"first" * 400_000)
    until(lambda: first in previews.told)
    (previews.folder / FILE).write_bytes(b"again" * 4)
    again = PreviewFacts(10, 48_000, 1)
    previews.node.grew(previews.job, again)
    until(lambda: again in previews.told)
    assert previews.server.piece(previews.job, again, 0) == b"again" * 4


def test_nothing_is_left_of_a_job_that_is_over(previews: Bench) -> None:
    facts = previews.add(b"\1" * (PIECE_BYTES + 4))
    until(lambda: facts in previews.told)
    previews.add(b"\1" * 4)
    previews.node.ended(previews.job)
    until(lambda: not previews.stored())
    assert previews.server.piece(previews.job, facts, 0) == b""
    previews.add(b"\1" * 4)
    until(lambda: previews.stored())
    previews.node.ended(previews.job)
    previews.node.stop()
    assert previews.stored() == [], "what is over goes before a node does"


def test_whoever_finds_a_node_lost_takes_away_what_it_stored(previews: Bench) -> None:
    facts = previews.add(b"\1" * 40)
    until(lambda: facts in previews.told)
    previews.server.start(lambda job_id, facts: None)
    previews.server.ended(previews.job)
    previews.server.ended(previews.job, elsewhere=True)
    until(lambda: not previews.stored())
    previews.server.stop()


def test_a_store_that_is_away_is_waited_for(nanio: Store, tmp_path: Path) -> None:
    with bench(nanio.storage(tmp_path, patience_s=0.1), tmp_path) as found:
        first = found.add(b"\1" * 40)
        until(lambda: first in found.told)
        nanio.kill()
        second = found.add(b"\2" * 40)
        with pytest.raises(AppError) as refused:
            found.server.piece(found.job, first, 0)
        assert refused.value.code is Code.UNAVAILABLE
        assert second not in found.told
        nanio.start()
        until(lambda: second in found.told)
        assert found.server.piece(found.job, second, 0) == b"\1" * 40 + b"\2" * 40


@pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))
def test_a_job_of_a_node_is_heard_at_a_server_and_nothing_is_left(
    brokers: Brokers, nanio: Store, tmp_path: Path
) -> None:
    stand = Stand(tmp_path, brokers.get("RabbitMQ"), nanio, os.environ["TEST_POSTGRESQL_URL"])
    try:
        server = stand.server()
        stand.node()
        client = create_web(server.application)[0].test_client()
        job = server.debug(seed=7, steps=600, step_s=0.1, duration=60, live=True)
        place = f"/api/jobs/{job.id}"
        known = until(lambda: client.get(place).get_json()["preview"], 60)
        assert (known["rate_hz"], known["channels"]) == (44_100, 2)
        heard = client.get(f"{place}/preview").data
        assert len(heard) >= 4 * known["samples"] and any(heard)
        assert client.get(f"{place}/preview?from=1000").data[: len(heard) - 4000] == heard[4000:]
        program = client.get(f"/api/v1/jobs/{job.id}/preview")
        with wave.open(io.BytesIO(program.data)) as sound:
            assert sound.readframes(sound.getnframes())[: len(heard)] == heard
        until(lambda: len(client.get(f"{place}/preview").data) > len(heard), 60)
        stand.holder(job).kill()
        stand.node()
        until(lambda: server.job(job).attempt == 2 and client.get(place).get_json()["preview"], 60)
        until(lambda: not [name for name in stand.objects() if f"{job.id}.1/" in name], 30)
        assert client.get(f"{place}/preview?from=999999999").data == b""
        server.application.scheduler.cancel(job.id)
        assert server.done(job).status == "CANCELED"
        until(lambda: not [name for name in stand.objects() if name.startswith(PART)], 30)
    finally:
        stand.close()

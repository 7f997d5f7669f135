"""A long track made by two nodes: what one piece is, whoever dies meanwhile."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
from sqlalchemy import select

from engine.database import Database, job_segments
from engine.jobs.job import Job, Request
from engine.jobs.shared_segments import FOLDER
from engine.library.inputs import Input
from engine.match.params import MatchParams
from engine.match.run import run
from tests.cluster.conftest import Brokers, standing
from tests.cluster.stand import Stand
from tests.conftest import Running
from tests.fake_job import FakeJob
from tests.match.test_segments import SOURCE, WHOLE, music, null_db
from tests.stores import Store
from tests.waiting import until
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))

RATE_HZ = 8_000
"""Few samples a second, so that many minutes take few."""
MINUTES = 5


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("song") / "song.wav"
    soundfile.write(path, music(MINUTES * 60 * RATE_HZ, 1, RATE_HZ).T, RATE_HZ, subtype="FLOAT")
    return path


@pytest.fixture(scope="module")
def stand(brokers: Brokers, nanio: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("cluster")
    with standing(folder, brokers.get("RabbitMQ"), nanio, servers=1, nodes=2) as found:
        yield found


@pytest.fixture
def server(stand: Stand) -> Running:
    """With two nodes whose workers have started."""
    server = stand.servers[0]
    alive = [node for node in stand.nodes if node.process.poll() is None]
    for _ in range(2 - len(alive)):
        stand.node()

    def both() -> bool:
        jobs = [server.debug(steps=10, step_s=0.1) for _ in range(2)]
        server.done(*jobs)
        return len({server.job(job).owner for job in jobs}) == 2

    until(both, 60)
    return server


def matched(running: Running, song: Path, **wishes: Any) -> Job:
    params = {"source": running.upload(song), "style": WHOLE.model_dump_json(), "format": "wav", "bit_depth": "32f"}
    return running.application.scheduler.submit(Request("match", {**params, **wishes}))


def sound(running: Running, job: Job) -> Any:
    (track,) = running.job(job).track_ids
    return soundfile.read(running.audio(track), dtype="float32", always_2d=True)[0].T


@pytest.fixture(scope="module")
def whole(song: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The result in one piece, by the same runner."""
    job = FakeJob(tmp_path_factory.mktemp("alone"))
    job.inputs[SOURCE] = Input(song)
    run(MatchParams(source=SOURCE, style=WHOLE.model_dump_json(), format="wav", bit_depth="32f"), job)
    return job.tracks[0]["audio"]


def rows(stand: Stand, job: Job) -> list[Any]:
    columns = [job_segments.c[name] for name in ("stage", "status", "owner", "claims", "start_s", "end_s")]
    segments = select(*columns).where(job_segments.c.job_id == job.id, job_segments.c.start_s.is_not(None))
    with contextlib.closing(Database(stand.database_url)) as database, database.read() as connection:
        return list(connection.execute(segments.order_by(job_segments.c.start_s)).mappings())


def helper(stand: Stand, server: Running, job: Job) -> str:
    """The owner that makes a segment of a job of another node's, as soon as there is one."""

    def found() -> str | None:
        owner = server.job(job).owner
        others = [row["owner"] for row in rows(stand, job) if row["status"] == "RUNNING"]
        making = [each for each in others if each not in (owner, job.id)]
        return making[0] if making else None

    return str(until(found, 120))


def left(stand: Stand) -> set[str]:
    return {key for key in stand.objects() if key.startswith(f"{FOLDER}/")}


def node_of(stand: Stand, owner: str) -> Any:
    return next(node for node in stand.nodes if node.process.pid == int(owner.rpartition(":")[2]))


def test_two_nodes_make_what_one_piece_is(stand: Stand, server: Running, song: Path, whole: Any) -> None:
    job = server.done(matched(server, song), timeout_s=300)
    assert (job.status, job.attempt) == ("COMPLETED", 1), job.error
    found = rows(stand, job)
    assert len(found) >= MINUTES - 1 and {row["status"] for row in found} == {"COMPLETED"}
    assert len({row["owner"] for row in found}) == 2, "both have worked"
    assert found[0]["start_s"] == 0 and found[-1]["end_s"] == MINUTES * 60
    assert {row["stage"] for row in found} == {"RENDERING"}
    shown = [row for row in server.application.queue.segments(job.id) if row["start_s"] is not None]
    assert [row["start_s"] for row in shown] == [row["start_s"] for row in found]
    assert null_db(sound(server, job), whole) < -100
    assert not left(stand)


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
def test_a_node_that_helps_may_die(stand: Stand, server: Running, song: Path, whole: Any) -> None:
    job = matched(server, song)
    node_of(stand, helper(stand, server, job)).kill()
    done = server.done(job, timeout_s=300)
    assert (done.status, done.attempt, done.lost_nodes) == ("COMPLETED", 1, 0), done.error
    found = rows(stand, job)
    assert {row["status"] for row in found} == {"COMPLETED"} and max(row["claims"] for row in found) == 2
    assert null_db(sound(server, job), whole) < -100


def test_the_node_of_the_job_may_die(stand: Stand, server: Running, song: Path, whole: Any) -> None:
    job = matched(server, song)
    helper(stand, server, job)
    node_of(stand, str(server.job(job).owner)).kill()
    done = server.done(job, timeout_s=300)
    assert (done.status, done.attempt, done.lost_nodes) == ("COMPLETED", 2, 1), done.error
    assert null_db(sound(server, job), whole) < -100
    assert not left(stand)


def test_who_helps_stops_when_the_job_is_canceled(stand: Stand, server: Running, song: Path) -> None:
    job = matched(server, song)
    helping = helper(stand, server, job)
    server.application.scheduler.cancel(job.id)
    assert server.done(job, timeout_s=60).status == "CANCELED"
    assert all(row["status"] in ("COMPLETED", "CANCELED") for row in rows(stand, job))
    later = [server.debug(steps=10, step_s=0.1) for _ in range(2)]
    server.done(*later)
    assert node_of(stand, helping).process.poll() is None
    assert {server.job(one).attempt for one in later} == {1}

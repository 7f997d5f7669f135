"""Servers take jobs, nodes run them: over a real broker, PostgreSQL and a bucket, with nodes that die, freeze and come
back."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.events import JobChanged
from engine.jobs.queue import EXPIRES_S, HEARTBEAT_S
from tests.cluster.conftest import Brokers, standing
from tests.cluster.stand import Stand
from tests.conftest import Running
from tests.stores import Store
from tests.waiting import until
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))


@pytest.fixture(scope="module")
def stand(brokers: Brokers, nanio: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("cluster")
    with standing(folder, brokers.get("RabbitMQ"), nanio, servers=1, nodes=2) as found:
        yield found


@pytest.fixture
def server(stand: Stand) -> Running:
    stand.servers[0].events.clear()
    return stand.servers[0]


def test_a_node_makes_what_a_server_was_asked_for(stand: Stand, server: Running) -> None:
    job = server.done(server.debug(prompt="a tone", seed=5, steps=10, step_s=0.05, beside=True))
    assert job.status == "COMPLETED" and job.pool == "light" and job.attempt == 1, job.error
    record = server.record(job)
    assert record.prompt == "a tone" and server.audio(record.id).stat().st_size > 1000
    assert not list(Path(server.settings.audio_dir).iterdir()), "nothing lies with the server"


def test_many_jobs_are_done_once_each_and_both_nodes_work(stand: Stand, server: Running) -> None:
    jobs = [server.debug(seed=1000 + n, step_s=0.05) for n in range(24)]
    server.done(*jobs)
    done = [server.job(job) for job in jobs]
    assert {job.status for job in done} == {"COMPLETED"} and {job.attempt for job in done} == {1}
    tracks = [track for job in done for track in job.track_ids]
    assert len(tracks) == len(set(tracks)) == 24
    assert len(Counter(job.owner for job in done)) == 2
    for track in tracks:
        assert server.audio(track).exists()


def test_another_node_goes_on_when_one_is_killed(stand: Stand, server: Running) -> None:
    job = server.debug(seed=77, steps=20, step_s=0.2)
    stand.holder(job).kill()
    done = server.done(job, timeout_s=90)
    assert done.status == "COMPLETED" and (done.attempt, done.lost_nodes, done.interruptions) == (2, 1, 0)
    assert len(done.track_ids) == 1
    stand.node()


def test_a_frozen_node_is_replaced_and_fenced_when_it_comes_back(stand: Stand, server: Running) -> None:
    job = server.debug(seed=78, steps=20, step_s=0.2)
    frozen = stand.holder(job)
    frozen.send(signal.SIGSTOP)
    froze_at = time.time()
    done = server.done(job, timeout_s=90)
    assert done.status == "COMPLETED" and (done.attempt, done.lost_nodes) == (2, 1)
    replaced_s = (done.started_at or 0) - froze_at
    print(f"a frozen node was replaced after {replaced_s:.1f} s")
    assert EXPIRES_S - HEARTBEAT_S - 1 < replaced_s < 3 * EXPIRES_S
    frozen.send(signal.SIGCONT)
    later = [server.debug(seed=2000 + n) for n in range(6)]
    server.done(*later)
    again = server.job(job)
    assert (again.attempt, again.track_ids) == (2, done.track_ids)
    until(lambda: "a job is no longer ours" in frozen.said())


def test_a_node_that_is_stopped_hands_back_what_it_runs(stand: Stand, server: Running) -> None:
    job = server.debug(seed=79, steps=30, step_s=0.1)
    leaving = stand.holder(job)
    leaving.send(signal.SIGTERM)
    assert leaving.process.wait(30) == 0
    done = server.done(job, timeout_s=60)
    assert done.status == "COMPLETED" and (done.lost_nodes, done.interruptions, done.attempt) == (0, 0, 2)
    stand.node()


def test_a_second_server_sees_hears_and_cancels_the_same(stand: Stand, server: Running) -> None:
    other = stand.server()
    job = server.debug(seed=90, steps=1000, step_s=0.05)
    other.until(lambda: any(_runs(event, job.id) for event in other.events))
    row = until(lambda: (found := other.application.scheduler.views.row(other.job(job)))["progress"] > 0 and found)
    assert row["stage"] == "WORKING"
    other.application.scheduler.cancel(job.id)
    assert server.done(job).status == "CANCELED"


def _runs(event: object, job_id: str) -> bool:
    return isinstance(event, JobChanged) and event.row["id"] == job_id and event.row["progress"] > 0

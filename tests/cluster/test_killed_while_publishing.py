"""A node is killed at each step of publishing: whoever goes on leaves one track, and every object that it names."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from sqlalchemy import func, make_url, select

from engine.cluster.orphan_sweep import KEPT_S, SWEEPING, OrphanSweep
from engine.database import Database
from engine.database.tables import nodes, tracks
from engine.events import TrackAdded
from engine.jobs.job import Job
from engine.library.s3.places import place_of
from tests.cluster.conftest import Brokers
from tests.cluster.doomed_node import STEPS
from tests.cluster.relay import Relay
from tests.cluster.stand import Stand
from tests.conftest import Running
from tests.stores import Store
from tests.waiting import until
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))

LEFT = {"sound": 1, "score": 2, "stem": 3, "stems": 4, "peaks": 4, "record": 5, "objects": 5, "transaction": 0}
"""Step -> objects under the name of the track that its node did not finish."""
FEW = ("stem", "record", "transaction")
"""Steps that are tried without --full."""


def doomed(step: str) -> list[str]:
    return ["-m", "tests.cluster.doomed_node", step]


@dataclass
class Fate:
    """What became of the jobs whose nodes died: `held`, ids of those that the node of each step ran."""

    stand: Stand
    server: Running
    held: dict[str, set[str]]

    def of(self, step: str) -> Job:
        (job_id,) = self.held[step]
        return self.server.application.queue.get(job_id)


@pytest.fixture(scope="module")
def fate(
    brokers: Brokers, nanio: Store, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Fate]:
    """A node for each step, and a job for each node; then one that lives."""
    url, steps = os.environ["TEST_POSTGRESQL_URL"], STEPS if pytestconfig.getoption("--full") else FEW
    stand = Stand(tmp_path_factory.mktemp("doomed"), brokers.get("RabbitMQ"), nanio, url)
    try:
        server = stand.server()
        dying = {step: stand.node(program=doomed(step)) for step in steps}
        until(lambda: _known(server) == len(steps), 120)
        jobs = [
            server.debug(prompt=f"Number {n}", seed=n, steps=20, step_s=0.1, beside=True) for n in range(len(steps))
        ]
        held = defaultdict[str, set[str]](set)

        def all_died() -> bool:
            owners = {str(row.owner).rpartition(":")[2]: row.id for row in map(server.job, jobs)}
            for step, node in dying.items():
                if job_id := owners.get(str(node.process.pid)):
                    held[step].add(job_id)
            return all(node.process.poll() is not None for node in dying.values())

        until(all_died, 120)
        stand.node()
        server.done(*jobs, timeout_s=120)
        yield Fate(stand, server, held)
    finally:
        stand.close()


def _known(server: Running) -> int:
    with server.application.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(nodes)) or 0


def named_by(server: Running, job: Job) -> set[str]:
    """Every object of the one track that a job has made."""
    (track_id,) = job.track_ids
    library = server.application.library
    record = library.record(track_id)
    assert record.job_id == job.id and len(record.stems) == 2
    keys = [library.audio_key(track_id), library.beside_key(track_id, "midi"), f"audio/{record.name}.json"]
    stems = [library.stem_key(track_id, stem.name) for stem in record.stems]
    derived = [f"peaks/{track_id}.json", *(f"peaks/{track_id}.stems/{stem.name}.json" for stem in record.stems)]
    return {place_of(key) for key in (*keys, *stems, *derived)}


@pytest.mark.parametrize("step", STEPS)
def test_one_track_and_all_that_it_names_is_left_of_a_job_whose_node_died(fate: Fate, step: str) -> None:
    if step not in fate.held:
        pytest.skip(wants("full counts"))
    job, objects = fate.of(step), fate.stand.objects()
    again = step != "transaction"
    assert (job.status, job.attempt, job.lost_nodes, job.interruptions) == ("COMPLETED", 1 + again, int(again), 0)
    named = named_by(fate.server, job)
    assert named <= objects
    name = f"/{job.command}_{job.params['seed']}_"
    assert len([key for key in objects - named if name in key]) == LEFT[step], "it died where it was to"


def test_no_track_is_there_twice(fate: Fate) -> None:
    with fate.server.application.database.read() as connection:
        known = sorted(connection.scalars(select(tracks.c.job_id)))
    assert known == sorted(fate.of(step).id for step in fate.held)


def test_what_dead_nodes_left_is_swept_a_day_later_and_nothing_else(fate: Fate) -> None:
    application = fate.server.application
    parts = (application.database, application.storage, application.library, application.queue.knows)
    before = fate.stand.objects()
    named = set[str]().union(*(named_by(fate.server, fate.of(step)) for step in fate.held))
    assert OrphanSweep(*parts, again_s=0).sweep() == set(), "a node may still be at it"
    tomorrow = OrphanSweep(*parts, now=lambda: time.time() + KEPT_S + 60, again_s=0)
    with closing(Database(fate.stand.database_url)) as other, other.alone(SWEEPING) as alone:
        assert alone and tomorrow.sweep() == set(), "another server is at it"
    assert fate.stand.objects() == before
    assert {place_of(key) for key in tomorrow.sweep()} == before - named
    assert fate.stand.objects() == named


def of_models(fate: Fate, seed: int) -> Job:
    """A job for the nodes of another pool."""
    return fate.server.debug(seed=seed, steps=20, step_s=0.1, beside=True, lane="model")


def test_a_node_that_is_started_again_completes_what_it_had_made(fate: Fate) -> None:
    node = fate.stand.node("model.cpu", program=doomed("objects"))
    job = of_models(fate, 100)
    until(lambda: node.process.poll() is not None, 60)
    fate.stand.node("model.cpu", name=node.name)
    done = fate.server.done(job)
    assert (done.status, done.attempt, done.lost_nodes) == ("COMPLETED", 1, 0)
    assert {key for key in fate.stand.objects() if "/debug_100_" in key} < named_by(fate.server, done)
    fate.stand.nodes[-1].kill()


def test_a_transaction_whose_answer_is_lost_counts_and_is_told(fate: Fate) -> None:
    url = make_url(fate.stand.database_url)
    cable = Relay(url.port or 5432)
    there = url.set(host="127.0.0.1", port=cable.port).update_query_dict({"sslmode": "disable"})
    try:
        node = fate.stand.node("model.cpu", database_url=there.render_as_string(hide_password=False))
        fate.server.events.clear()
        job = of_models(fate, 101)
        cable.lose(b"COMMIT\0", after=b"INSERT INTO tracks")
        done = fate.server.done(job)
        assert cable.lost.is_set()
        assert (done.status, done.attempt, done.lost_nodes) == ("COMPLETED", 1, 0)
        assert named_by(fate.server, done) <= fate.stand.objects()
        heard = fate.server.events
        fate.server.until(lambda: [e.row["id"] for e in heard if isinstance(e, TrackAdded)] == done.track_ids)
        later = fate.server.done(of_models(fate, 102))
        assert later.status == "COMPLETED" and later.owner == done.owner, "its node goes on"
    finally:
        node.kill()
        cable.close()

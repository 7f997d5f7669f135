"""Everything dies at random while jobs run: none is lost, none is done twice, no record is without its sound."""

import random
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.database import tracks
from engine.jobs.job import ACTIVE, Job
from tests.brokers import running
from tests.cluster.stand import Stand
from tests.conftest import Running
from tests.databases import running_database
from tests.stores import Store
from tests.waiting import until

SHORT = {"jobs": 30, "nodes": 4, "broker": 1, "database": 1, "store": 1}
FULL = {"jobs": 500, "nodes": 100, "broker": 5, "database": 5, "store": 3}
AWAY_S = 4.0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_whatever_dies_no_job_is_lost_or_done_twice(tmp_path: Path, nanio: Store, full: bool) -> None:
    counts, chance = FULL if full else SHORT, random.Random(7)
    with ExitStack() as opened:
        broker = opened.enter_context(running("RabbitMQ", tmp_path / "broker"))
        database = opened.enter_context(running_database())
        stand = Stand(tmp_path / "stand", broker, nanio, database.url)
        opened.callback(stand.close)
        server = stand.server()
        for _ in range(3):
            stand.node()
        jobs = [server.debug(seed=n, steps=10, step_s=0.05, beside=n % 5 == 0) for n in range(counts["jobs"])]
        deeds = [name for name, count in counts.items() for _ in range(count) if name != "jobs"]
        chance.shuffle(deeds)
        for number, deed in enumerate(deeds):
            _done(server, jobs, len(jobs) * number // (len(deeds) + 1))
            if deed == "nodes":
                chance.choice([node for node in stand.nodes if node.process.poll() is None]).kill()
                stand.node()
            elif deed == "broker":
                broker.kill()
                broker.start()
            elif deed == "store":
                nanio.kill()
                nanio.start()
            else:
                database.stop()
                began = time.monotonic()
                until(lambda began=began: time.monotonic() - began > AWAY_S, 60)
                database.start()
        server.done(*jobs, timeout_s=60 + 10 * len(jobs))
        _all_is_whole(stand, server, jobs)


def _done(server: Running, jobs: list[Job], count: int) -> None:
    """Wait until so many are over."""
    until(
        lambda: sum(job.status not in ACTIVE for job in server.application.queue.recent(len(jobs))) >= count, 600, 0.1
    )


def _all_is_whole(stand: Stand, server: Running, jobs: list[Job]) -> None:
    done = [server.job(job) for job in jobs]
    assert {job.status for job in done} == {"COMPLETED"}, {job.status: job.error for job in done}
    assert {len(job.track_ids) for job in done} == {1} and max(job.interruptions for job in done) == 0
    with server.application.database.read() as connection:
        known = {row.id: row for row in connection.execute(select(tracks))}
    assert set(known) == {job.track_ids[0] for job in done}
    for track_id in known:
        record = server.application.library.record(track_id)
        assert server.audio(track_id).stat().st_size > 1000
        for stem in record.stems:
            assert server.application.storage.stat(server.application.library.stem_key(track_id, stem.name))

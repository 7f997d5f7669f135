"""Segments of long sounds in a worker: made for a job of its own with the help of others, or for a job of another."""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.lib import format as npy
from sqlalchemy.exc import InterfaceError, OperationalError

from engine.context import JobContext, MadeSegment, Segment
from engine.errors import AppError, Canceled, Code
from engine.faults import disk_errors
from engine.jobs.job import SegmentWork
from engine.jobs.shared_segments import SharedSegments

if TYPE_CHECKING:
    from engine.context import Audio

Maker = Callable[[dict[str, Any], Callable[["Audio"], object]], dict[str, Any]]
"""Makes a segment of some work, writes its blocks and returns what it found."""

POLL_S = 0.25
PAUSE_S = 1.0
"""Between attempts while the database is away."""

T = TypeVar("T")

log = logging.getLogger(__name__)


def with_others(
    job: JobContext,
    shared: SharedSegments,
    segments: Sequence[Segment],
    maker: Maker,
    at: tuple[str, float],
    planned: Callable[[], object],
    pause: Callable[[float], object],
) -> Iterator[MadeSegment]:
    """All of them, in order: this worker makes those that nobody else has begun.

    `at`: the stage of the job, and how far it is. `planned()` is called when others may take some, `pause(s)` waits, or
    until the job is canceled. Raises Canceled and what `maker` raises.
    """

    asked = partial(patiently, job, pause)
    drawn = {uuid.uuid4().hex: segment for segment in segments}
    ids = asked(lambda: shared.plan(job.job_id, job.attempt, *at, drawn))
    if not ids:  # somebody else has the job by now
        raise Canceled
    planned()
    own: dict[str, tuple[Path, dict[str, Any]]] = {}
    for segment_id, segment in zip(ids, segments, strict=True):
        while segment_id not in own and (row := asked(lambda: shared.made(segment_id))) is None:  # noqa: B023 - at once
            work = asked(lambda: shared.take(job.job_id, job.attempt))
            if work is None:
                pause(POLL_S)
                continue
            made = written(job.temp_dir / work.id, maker, work.work)
            if asked(lambda: shared.complete(work, made[1])):  # noqa: B023 - at once
                own[work.id] = made
        if segment_id in own:
            file, facts = own.pop(segment_id)
        else:
            assert row is not None
            file, facts = _fetched(shared, row.key) or job.temp_dir / segment_id, row.facts
            if not file.exists():  # whoever had this job before has cleared up behind us
                file, facts = written(file, maker, segment.work)
        yield MadeSegment(read(file), facts)
        if file.parent == job.temp_dir:
            file.unlink()


def for_another(
    job: JobContext, shared: SharedSegments, work: SegmentWork, maker: Maker, pause: Callable[[float], object]
) -> None:
    """One segment of a job that runs elsewhere, into the storage."""
    file, facts = written(job.temp_dir / work.id, maker, work.work)
    job.check_canceled()
    shared.store(work, file)
    if not patiently(job, pause, lambda: shared.complete(work, facts)):
        log.warning("a segment is no longer ours", extra={"job_id": work.job_id})


def patiently(job: JobContext, pause: Callable[[float], object], verb: Callable[[], T]) -> T:
    """What the database answers, once it does. Raises Canceled."""
    while True:
        job.check_canceled()
        try:
            return verb()
        except (OperationalError, InterfaceError) as error:
            log.warning("the database is away: %s", error)
            pause(PAUSE_S)


def _fetched(shared: SharedSegments, key: str) -> Path | None:
    try:
        return shared.storage.fetch(key)
    except AppError as error:
        if error.code is not Code.NOT_FOUND:
            raise
        return None


def written(file: Path, maker: Maker, work: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """The file, blocks in NumPy's own format one after the other, and what was found. Raises DISK_FULL."""
    with file.open("wb") as out:

        def write(block: "Audio") -> None:
            with disk_errors():
                npy.write_array(out, np.ascontiguousarray(block, np.float32), allow_pickle=False)

        return file, maker(work, write)


def read(file: Path) -> "Iterator[Audio]":
    """The blocks that were written."""
    size = file.stat().st_size
    with file.open("rb") as blocks:
        while blocks.tell() < size:
            yield npy.read_array(blocks, allow_pickle=False)

"""The queue as a seam: what every form of it can do. Its SQL form is `engine.jobs.sql_queue`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Self

from sqlalchemy import Connection

from engine.command import Command, Lane
from engine.jobs.job import Job, JobStatus, Request
from engine.parameters import Params

MAX_WAITING = 1000

LOCAL_POOL = "local"
"""The one pool of the embedded form: whoever serves a lane may take every job of it."""

ALL = "all"
"""The scope of a hold on every waiting job of a user; any other scope is a batch's id."""

HEARTBEAT_S = 2.0
EXPIRES_S = 12.0
"""A claim whose owner has been silent for so long may be taken from it."""


class Hold(NamedTuple):
    """What is held back: a user's jobs, or everyone's where `user` is None."""

    user: str | None
    scope: str


@dataclass(frozen=True)
class QueueEntry:
    """A request that was checked: its command and parameters, what it is about, and the job that it follows, if any."""

    request: Request
    command: Command[Any]
    params: Params
    parent_id: str | None = None
    about: dict[str, Any] = field(default_factory=dict)


class Queue(Protocol):
    """Every job there is. Any number of processes may hold a queue on the same jobs.

    Verbs that end or put back a running job are fenced by the attempt of the `Job` that `claim` gave: they change
    nothing and return False when the job has gone on since. A claimer that was thought dead and comes back, or a
    message that comes late, does no harm.

    Jobs in the background are claimed when no other is ready, whenever that one came. The user's queue is without them:
    `order`, `recent`, `move` and `cancel_waiting` know the others only.

    Users take turns: among those with a ready job the one goes first whose last job of this lane began longest ago, by
    the job of theirs that is next in their order.
    """

    def of(self, user: str) -> Self:
        """The same queue as one user knows it: no verb finds or changes a job of another's, what is entered is theirs,
        what is held are theirs."""

    # asking

    def enqueue(self, entry: QueueEntry) -> Job:
        """Enter a job; the same request while it waits or runs is the job that is there already.

        A request id belongs to one job for good: a message sent again after a lost connection finds it even when it
        is over. Raises RATE_LIMITED when MAX_WAITING jobs wait, or as many of the user's as they may have.
        """

    def enqueue_all(self, entries: Sequence[QueueEntry]) -> list[Job]:
        """Enter the jobs of a batch, all of them or none; each has a request id, and those that are known stay.

        Raises RATE_LIMITED when more would wait than `enqueue` says.
        """

    # looking

    def get(self, job_id: str) -> Job:
        """Raises NOT_FOUND."""

    def knows(self, job_id: str) -> bool: ...

    def order(self) -> dict[str, float]:
        """Ids and ranks of the waiting, the next one first."""

    def abandoned(self, owners: str) -> list[Job]:
        """Running jobs whose owner's name begins with `owners`, which are known to be dead, or whose claim expired."""

    def expired(self) -> list[Job]:
        """Running jobs whose claim expired."""

    def canceling(self, owner: str) -> set[str]:
        """Ids of the jobs that this owner runs and nobody wants any more."""

    def children(self, job_id: str) -> list[Job]: ...

    def background(self) -> list[Job]:
        """Every job in the background, finished ones as well, in their order."""

    def batch(self, batch_id: str) -> list[Job]:
        """The jobs of a batch in their order. Raises NOT_FOUND when there are none."""

    def recent(self, limit: int = 200) -> list[Job]:
        """All active jobs, whatever belongs to their batches, and the latest finished ones, oldest first."""

    def segments(self, job_id: str) -> list[dict[str, Any]]:
        """The stages that a job went through, as `engine.jobs.segments` has them. Raises NOT_FOUND."""

    def page(
        self,
        *,
        limit: int,
        after: tuple[float, str] | None = None,
        status: JobStatus | None = None,
        command: str | None = None,
    ) -> list[Job]:
        """Jobs, the newest first, those in the background left out: of them the first ones `after` the job that was
        created then and has that id."""

    def inputs(self) -> set[str]:
        """Keys of the audio that waiting and running jobs need."""

    def ready(self) -> Mapping[str, int]:
        """How many jobs of each pool could be begun now."""

    def next_ready(self, lane: Lane, pool: str) -> Job | None:
        """The job that `claim` would take now."""

    def next_pause_end(self) -> float | None:
        """When the earliest pausing job may run again, Unix seconds."""

    # claiming

    def claim(self, lane: Lane, pool: str, owner: str, *, job_id: str | None = None) -> Job | None:
        """Begin the next ready job of a lane and pool for `owner`; None when there is none. `job_id`: only this one.

        Ready is what waits, pauses no more and is not held. One statement chooses and begins, so of any number of
        claimers, in any number of processes, one gets it.
        """

    def renew(self, owner: str, ids: Collection[str]) -> set[str]:
        """The owner is alive and at these jobs: those that it has not lost, the ids returned, stay its own for
        EXPIRES_S more. What it has claimed without knowing, because the answer was lost, expires."""

    def begin_stage(self, job: Job, stage: str, progress: float) -> bool:
        """Note that the running job has come to a stage, and how far the whole of it is, 0 to 1. Fenced as well."""

    # settling

    def complete(
        self, job: Job, track_ids: Sequence[str], follow_ups: Sequence[QueueEntry], index: Callable[[Connection], None]
    ) -> bool:
        """Mark as done, `index` its tracks and enter what follows, all in one transaction."""

    def fail(self, job: Job, error: dict[str, Any], *, recoverable: bool) -> bool:
        """Back to the queue with a growing pause if the fault may pass, else failed; after 5 retries a dead letter."""

    def postpone(self, job: Job, error: dict[str, Any], pause_s: float) -> bool:
        """Back to the queue for a while, because of an outage; that counts for nothing."""

    def put_back(self, job: Job, error: dict[str, Any] | None = None, *, lost_node: bool = False) -> bool:
        """Back to its place in the queue, to be begun again at once; an `error` that says why is an interruption, or
        tells that its node was lost. One whose cancel was requested is canceled instead, as by `fail`."""

    def request_cancel(self, job: Job) -> bool:
        """Note that the user no longer wants a running job, until it is canceled."""

    def cancel(self, job: Job) -> bool:
        """Mark an active job as canceled."""

    # changing

    def cancel_waiting(self, batch_id: str | None = None) -> list[str]:
        """Mark every waiting job, or those of a batch, as canceled; their ids in the order in which they waited."""

    def move(self, job_id: str, position: int) -> list[str]:
        """Give a waiting job another place, 1 being the next; beyond the end is the end. Ids of the jobs whose rank has
        changed: of that one, of the one that was the next, seldom of all.

        Raises NOT_FOUND, and INVALID_INPUT when it does not wait any more.
        """

    def retry(self, job_id: str) -> Job:
        """Put a failed, canceled or dead job back at the end of the queue, with all its retries before it again.

        A job that is active already stays as it is; a completed one is refused: it is not done twice.
        """

    def forget(self, job_id: str) -> None:
        """Delete a finished job's row; its tracks stay. Raises NOT_FOUND, and INVALID_INPUT for an active job."""

    def prune(self) -> None:
        """Forget all but each user's latest finished jobs; dead letters rest until someone decides, as do jobs in the
        background. What else is of no use after some time goes as well."""

    # holding back

    def hold(self, scope: str, held: bool) -> bool:
        """Hold waiting jobs back, all or a batch's, or let them go on; whether it holds now.

        A hold outlives the process. There is none where nothing is to be held: for ALL nothing waits or runs, for a
        batch nothing of it waits. The queue of all users holds everyone's, and a user does not lift that.
        """

    def holds(self) -> frozenset[str]:
        """The scopes that are held: everyone's, and the user's own."""

    def end_idle_holds(self) -> frozenset[Hold]:
        """Lift the holds that have nothing to hold any more."""

"""Intake: which jobs a process begins. The embedded form takes whatever is ready; in a cluster, nodes go by tickets."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.command import Lane
from engine.errors import AppError, Code
from engine.jobs.queue import LOCAL_POOL
from engine.jobs.shared_segments import SharedSegments


class Intake(Protocol):
    """Asked by `Dispatch`, under its lock. `shared`: other processes work on the same queue, and may be lost.
    `segments`: of long sounds, that may be made here for jobs of other processes."""

    shared: bool
    segments: SharedSegments | None

    def pools(self, lane: Lane) -> Sequence[str]:
        """Whose jobs of this lane may be begun here."""

    def wants(self, pool: str) -> bool:
        """Whether one more may be begun now."""

    def began(self, pool: str, job_id: str) -> None: ...

    def found_none(self, pool: str) -> None:
        """Nothing of this pool is ready."""

    def ended(self, job_id: str) -> None:
        """What was begun is settled."""


class Everything:
    """The embedded form: all jobs of both lanes, as soon as they are ready."""

    shared = False
    segments: SharedSegments | None = None

    def pools(self, lane: Lane) -> Sequence[str]:
        return (LOCAL_POOL,)

    def wants(self, pool: str) -> bool:
        return True

    def began(self, pool: str, job_id: str) -> None: ...

    def found_none(self, pool: str) -> None: ...

    def ended(self, job_id: str) -> None: ...


class Nothing(Everything):
    """A server of a cluster: its workers do light tasks, the nodes do the jobs."""

    shared = True

    def pools(self, lane: Lane) -> Sequence[str]:
        return ()


@dataclass(eq=False)
class _Ticket:
    pool: str
    job_id: str | None = None
    refused: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class Tickets:
    """A node of a cluster: each ticket lets it begin one job of the ticket's pool.

    The row in the database is the truth. A ticket that comes twice finds nothing to begin; for one that was lost
    another is issued.
    """

    shared = True

    def __init__(self, pools: Mapping[Lane, Sequence[str]], segments: SharedSegments | None = None) -> None:
        self._pools, self.segments = pools, segments
        self._held: list[_Ticket] = []
        self._lock = threading.Lock()
        self._closed = False

    def pools(self, lane: Lane) -> Sequence[str]:
        return self._pools.get(lane, ())

    def wants(self, pool: str) -> bool:
        return self._waiting(pool) is not None

    def began(self, pool: str, job_id: str) -> None:
        if ticket := self._waiting(pool):
            ticket.job_id = job_id

    def found_none(self, pool: str) -> None:
        while ticket := self._waiting(pool):
            self._end(ticket)

    def ended(self, job_id: str) -> None:
        for ticket in [each for each in self._held if each.job_id == job_id]:
            self._end(ticket)

    def hold(self, pool: str) -> "_Ticket":
        """A ticket has come. Raises INTERRUPTED when the node stops."""
        ticket = _Ticket(pool)
        with self._lock:
            if self._closed:
                raise _stopping()
            self._held.append(ticket)
        return ticket

    def served(self, ticket: "_Ticket") -> str | None:
        """Wait until the job that the ticket let begin is over; its id, None where none was ready. Raises INTERRUPTED
        when the node stops before."""
        ticket.over.wait()
        if ticket.refused:
            raise _stopping()
        return ticket.job_id

    def close(self) -> None:
        """The node stops: whoever waits gives the ticket back."""
        with self._lock:
            self._closed = True
            held = list(self._held)
        for ticket in held:
            ticket.refused = True
            self._end(ticket)

    def _waiting(self, pool: str) -> "_Ticket | None":
        with self._lock:
            return next((each for each in self._held if each.pool == pool and each.job_id is None), None)

    def _end(self, ticket: "_Ticket") -> None:
        with self._lock:
            if ticket in self._held:
                self._held.remove(ticket)
        ticket.over.set()


def _stopping() -> AppError:
    return AppError(Code.INTERRUPTED, "stopping")

"""A job: its data, its states, and how its identity and remaining time are found."""

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.command import Lane
from engine.owner import LOCAL
from engine.trace import Origin


class JobStatus(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


ACTIVE = (JobStatus.PENDING, JobStatus.RUNNING)
MAX_RETRIES = 5
MAX_INTERRUPTIONS = 2
"""So often a job is begun again by itself after its worker or the server died; then it is left alone."""
MAX_LOST_NODES = 20
"""So often a job is begun again after the node of a cluster that ran it was lost: it is seldom the reason."""

MAX_SEED = 99_999_999


@dataclass(frozen=True)
class Webhook:
    """An address that is told by a POST when what was asked for has ended in one of these ways."""

    url: str
    events: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """What a client sends: a command with parameters, and what shall follow when it succeeds.

    `request_id` makes a double click one job; `text` is what the user typed, shown in the queue. Requests with the
    same `batch_id` were made together. `language` is that of the titles; `variation`: which of how many that differ by
    chance only. What is asked for in the `background` runs when nothing else is ready, and the user's queue knows
    nothing of it. `aside`: a part of the page asks, a line to be heard; it is no run of the user's.
    `webhook`: who is told of the end, of the batch's where it belongs to one.
    """

    command: str
    params: dict[str, Any]
    text: str = ""
    request_id: str | None = None
    follow_ups: list[dict[str, Any]] = field(default_factory=list)
    user: str = LOCAL
    batch_id: str | None = None
    language: str = "en"
    variation: tuple[int, int] | None = None
    background: bool = False
    aside: bool = False
    webhook: Webhook | None = None


@dataclass(frozen=True)
class SegmentWork:
    """A segment of a long sound of the job `job_id`, begun for the `claim`th time; `work`: see `engine.context`."""

    id: str
    job_id: str
    claim: int
    work: dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A row of the queue. Times are Unix seconds; `rank` orders the waiting, smaller first.

    `attempt` counts how often it was begun and never falls, which is what fences late writes; `failures` counts what
    went wrong since the user last asked for it, `interruptions` how often its worker or the server died meanwhile,
    `lost_nodes` how often the node that ran it was lost.
    `memory_mb`: what it takes on the device in use, known once it is handed over.
    `cancel_requested`: the user no longer wants it, and it still runs. `pool`: who may claim it; `owner`: the process
    that did so last, which last renewed its claim at `heartbeat_at`.
    `about`: see `engine.jobs.about`. `correlation_id`, `traceparent`: its `origin`; `request_id` is the client's own.
    """

    id: str
    user: str
    request_id: str | None
    idempotency_key: str
    command: str
    text: str
    params: dict[str, Any]
    lane: Lane
    device_key: str
    memory_mb: int
    status: JobStatus
    rank: float
    attempt: int
    failures: int
    interruptions: int
    lost_nodes: int
    cancel_requested: bool
    not_before: float
    dead_letter: bool
    error: dict[str, Any] | None
    track_ids: list[str]
    parent_id: str | None
    follow_ups: list[dict[str, Any]]
    created_at: float
    started_at: float | None
    finished_at: float | None
    batch_id: str | None
    pool: str
    owner: str | None
    heartbeat_at: float | None
    about: dict[str, Any]
    language: str
    background: bool
    correlation_id: str | None = None
    traceparent: str | None = None
    segment: SegmentWork | None = None
    """Of no row: what a node makes of a job of another one. `id` and `attempt` are the segment's own."""

    @property
    def origin(self) -> Origin:
        """The request that asked for it."""
        return Origin(self.correlation_id, self.traceparent)

    @property
    def folder_name(self) -> str:
        """Where this attempt leaves its results: an earlier one that is not quite dead cannot write into it."""
        return f"{self.id}.{self.attempt}"


def draw_seed(params: dict[str, Any]) -> dict[str, Any]:
    """`params` with a seed of -1 replaced by a drawn one, so that a retry makes the same sound."""
    return {**params, "seed": secrets.randbelow(MAX_SEED + 1)} if params.get("seed") == -1 else params


def idempotency_key(request: Request, params: dict[str, Any]) -> str:
    """The same key means the same request. `params` carry the drawn seed.

    With a request id the key is taken over what was asked for, so that a repeated message finds its job although
    another seed would be drawn; without one over what will be made, so that two automatic seeds are two requests.
    """
    identity = [request.user, request.command, request.params if request.request_id else params, request.request_id]
    behind = ["background"] if request.background else []  # whoever asks for the same now does not wait for that
    return hashlib.sha256(json.dumps([*identity, request.follow_ups, *behind], sort_keys=True).encode()).hexdigest()


def retry_delay_s(failures: int) -> float:
    """Pause before the next attempt after so many `failures`, from 1: 2, 4, 8, 16, 32 s."""
    return float(2 ** min(failures, MAX_RETRIES))


def eta_s(started_at: float, progress: float, now: float | None = None) -> float | None:
    """Seconds left at the pace so far; None while that would be a guess (under 2 % or half a second)."""
    elapsed = (time.time() if now is None else now) - started_at
    if progress < 0.02 or elapsed < 0.5:
        return None
    return round(max(0.0, elapsed * (1 - progress) / progress), 1)

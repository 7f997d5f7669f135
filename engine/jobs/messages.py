"""What server and worker tell each other: one frozen class a message. Only keys, paths and numbers, never audio."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from engine.jobs.job import SegmentWork
from engine.jobs.preview import PreviewFacts
from engine.library.inputs import StoredInput
from engine.trace import NOWHERE, Origin


@dataclass(frozen=True)
class Hello:
    """A worker's first word, which proves that it is the process that the server started."""

    token: str
    pid: int


# to a worker


@dataclass(frozen=True)
class RunJob:
    """`inputs` by AudioInput key; `folder`: made for this attempt; `queued_s`: how long the job had waited.

    `title` of what it makes, in the `language` of the rest; `source_file`: the user's file that it comes from.
    `origin`: the request that asked for it. `segment`: not the job is to be run but this part of it, whose id and claim
    stand in `job_id` and `attempt`.
    """

    job_id: str
    attempt: int
    interruptions: int
    command: str
    params: dict[str, Any]
    inputs: dict[str, StoredInput]
    folder: Path
    memory_mb: int
    queued_s: float
    title: str
    language: str = "en"
    source_file: str | None = None
    origin: Origin = NOWHERE
    segment: SegmentWork | None = None


@dataclass(frozen=True)
class CancelJob:
    job_id: str


@dataclass(frozen=True)
class RunTask:
    """A light task by its registered name, with arguments that its own signature types."""

    task_id: str
    task: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Ping:
    """Answered by Pong at once, whatever the worker is at."""


@dataclass(frozen=True)
class UnloadEngines:
    """Give the memory of every loaded engine back."""


ToWorker = RunJob | CancelJob | RunTask | Ping | UnloadEngines


# from a worker


@dataclass(frozen=True)
class Pong:
    pass


@dataclass(frozen=True)
class Loading:
    """While it is `active`, an import or a checkpoint may hold up all threads, so that no Pong comes."""

    active: bool


@dataclass(frozen=True)
class JobProgress:
    """`progress` from 0 to 1 over the whole job."""

    job_id: str
    progress: float
    stage: str | None


@dataclass(frozen=True)
class JobPreview:
    job_id: str
    preview: PreviewFacts


@dataclass(frozen=True)
class SegmentsWait:
    """Segments of its sound are planned, for others to take."""

    job_id: str


@dataclass(frozen=True)
class JobDone:
    job_id: str


@dataclass(frozen=True)
class JobCanceled:
    job_id: str


@dataclass(frozen=True)
class JobFailed:
    """`error` as `AppError.body` makes it."""

    job_id: str
    error: dict[str, Any]
    recoverable: bool


@dataclass(frozen=True)
class TaskDone:
    """`result` as the task's return type says."""

    task_id: str
    result: Any


@dataclass(frozen=True)
class TaskFailed:
    """`error` as `AppError.body` makes it."""

    task_id: str
    error: dict[str, Any]


@dataclass(frozen=True)
class MemoryReport:
    """Resident memory, MiB, and the device keys of the engines that are loaded."""

    rss_mb: int
    device_keys: list[str]


Report = (
    JobProgress | JobPreview | SegmentsWait | JobDone | JobCanceled | JobFailed | TaskDone | TaskFailed | MemoryReport
)
FromWorker = Report | Pong | Loading

HELLO: dict[str, type[Hello]] = {"Hello": Hello}
TO_WORKER: dict[str, type[ToWorker]] = {kind.__name__: kind for kind in get_args(ToWorker)}
FROM_WORKER: dict[str, type[FromWorker]] = {kind.__name__: kind for kind in get_args(FromWorker)}
"""The classes by the name that stands in a line's `type`."""

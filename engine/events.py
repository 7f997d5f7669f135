"""What pages are told: typed events, and the bus that carries them without any knowledge of sockets.

Each names the `user` whom it concerns, and nobody else is told; None is everyone.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class JobChanged:
    """The row of a job as the page shows it. Its `rank` says where it waits: the places of all follow from theirs."""

    row: dict[str, Any]
    user: str


@dataclass(frozen=True)
class BackgroundChanged:
    """A job in the background has begun, is over, or is new; pages are not shown it."""

    user: str


@dataclass(frozen=True)
class TaggingChanged:
    """How far the tagging of the library is: of `total` tracks `tagged` are, and `failed` could not be."""

    state: Literal["idle", "running", "paused"]
    total: int
    tagged: int
    failed: int
    user: str


@dataclass(frozen=True)
class TrackAdded:
    """A new or changed track."""

    row: dict[str, Any]
    user: str


@dataclass(frozen=True)
class TracksRemoved:
    track_ids: list[str]
    user: str | None


@dataclass(frozen=True)
class LibraryChanged:
    """So much is different that a page had better ask for everything anew."""

    user: str | None


@dataclass(frozen=True)
class QueueChanged:
    """Waiting jobs are held back, or go on."""

    paused: bool
    user: str | None


@dataclass(frozen=True)
class Notice:
    """Something to tell the user that belongs to no job; `key` names a sentence of the catalogue."""

    level: str
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    user: str | None = None


Event = (
    JobChanged
    | BackgroundChanged
    | TaggingChanged
    | TrackAdded
    | TracksRemoved
    | LibraryChanged
    | QueueChanged
    | Notice
)
Listener = Callable[[Event], None]


def told(event: Event) -> dict[str, Any]:
    """An event's fields as its user is told them."""
    return {name: value for name, value in vars(event).items() if name != "user"}


log = logging.getLogger(__name__)


class EventBus(Protocol):
    """Carries events from whoever publishes them to every listener; `tests/test_events.py` holds its contract."""

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with each event from now on, in their order."""

    def publish(self, event: Event) -> None:
        """Tell every listener. What one raises does not keep the event from the others."""


class InProcessEvents:
    """Listeners of this process, called at once in the thread that publishes."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def publish(self, event: Event) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed", extra={"event": type(event).__name__})

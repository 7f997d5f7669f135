"""How far follow-ups are, in the record of the track that they follow: noted beside whoever begins and settles them."""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from engine.errors import AppError
from engine.events import EventBus, TrackAdded
from engine.jobs.follow_ups import postprocess
from engine.jobs.queue import Queue
from engine.library.library import Library
from engine.trace import on_behalf

RETRY_S = 5.0
CLOSE_S = 5.0
"""So long who stops waits for what is still to be noted."""

log = logging.getLogger(__name__)


class FollowUpNotes:
    """Written by one thread, which begins with the first note: nobody waits for a storage that is away, and what it
    does not take is written when it is back. What is written is how things stand then, whoever asked for it before."""

    def __init__(self, queue: Queue, library: Library, events: EventBus) -> None:
        self._queue, self._library, self._events = queue, library, events
        self._parents: dict[str, None] = {}
        """In the order in which they were noted."""
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def note(self, parent_id: str) -> None:
        """What follows this job has changed."""
        with self._wake:
            self._parents[parent_id] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="follow-ups", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def close(self) -> None:
        """Note what is left, if that is soon done."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if self._thread:
            self._thread.join(timeout=CLOSE_S)

    def _run(self) -> None:
        again: dict[str, None] = {}
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._parents or self._closed, RETRY_S if again else None)
                due, self._parents = again | self._parents, {}
                closed = self._closed
            again = {parent_id: None for parent_id in due if not self._is_noted(parent_id)}
            if closed:
                return

    def _is_noted(self, parent_id: str) -> bool:
        """Write it; False where that may succeed later."""
        try:
            parent = self._queue.get(parent_id)
            with on_behalf(parent.origin):
                for track_id in parent.track_ids[:1]:
                    self._library.set_postprocess(track_id, lambda: postprocess(self._queue.children(parent_id)))
                    self._events.publish(TrackAdded(self._library.row(track_id), parent.user))
        except Exception as error:
            log.warning("a follow-up could not be noted: %s", error, extra={"job_id": parent_id})
            passes = error.recoverable if isinstance(error, AppError) else isinstance(error, OSError | SQLAlchemyError)
            return not passes
        return True

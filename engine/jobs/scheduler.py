"""The scheduler: control, dispatch and settlement, joined, started and stopped."""

from engine.events import EventBus
from engine.jobs.control import Control
from engine.jobs.dispatch import Dispatch
from engine.jobs.job_views import JobViews
from engine.jobs.queue import Queue
from engine.library.library import Library
from engine.settings import Settings


class Scheduler(Control):
    """What Control offers, with the parts below it. Only one exists per output folder."""

    def __init__(self, settings: Settings, queue: Queue, library: Library, events: EventBus) -> None:
        views = JobViews(queue, events)
        self.dispatch = Dispatch(settings, queue, library, events, views)
        self.tasks = self.dispatch.pool.tasks
        self.warm_up = self.dispatch.warm_up
        super().__init__(settings, queue, library, views, self.dispatch)

    def start(self) -> None:
        """Settle what an earlier life left behind, then work."""
        self.dispatch.start()
        self.views.start()

    def stop(self) -> None:
        """End the workers; what ran waits, and runs again when the application opens again."""
        self.dispatch.stop()
        self.views.stop()

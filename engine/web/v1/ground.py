"""What operations stand on besides the application as their caller knows it."""

from dataclasses import dataclass
from functools import cached_property

from engine.app import Application
from engine.database import Database
from engine.events import EventBus, InProcessEvents
from engine.jobs.outbox import Outbox
from engine.settings import Settings
from engine.state import StateStore
from engine.state.files import StateFiles
from engine.web.v1.watching import Watching


@dataclass(frozen=True)
class Ground:
    """Shared by all users: whatever is read from it, is asked for by user. `accounts`: whether there are some."""

    settings: Settings
    database: Database
    events: EventBus
    state: StateStore
    outbox: Outbox
    accounts: bool

    @classmethod
    def of(cls, application: Application) -> "Ground":
        app = application
        return cls(app.settings, app.database, app.events, app.state, app.outbox, app.accounts is not None)

    @classmethod
    def for_the_document(cls, settings: Settings) -> "Ground":
        """Enough to tell of operations, without a database or a server."""
        return cls(
            settings, Database("sqlite://"), InProcessEvents(), StateFiles(settings), Outbox(), settings.accounts
        )

    @cached_property
    def watching(self) -> Watching:
        return Watching(self.events)

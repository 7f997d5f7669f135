"""What joins a process to the others of its cluster: pools, tickets, events, what can be heard."""

from collections.abc import Callable

from engine.cluster.broker_events import BrokerEvents
from engine.cluster.celery_app import celery_app
from engine.cluster.lookout import Lookout
from engine.cluster.office import BrokerOffice
from engine.cluster.orphan_sweep import OrphanSweep
from engine.cluster.pools import Pools
from engine.cluster.recheck import Recheck
from engine.cluster.shared_previews import SharedPreviews
from engine.database import Database
from engine.errors import invalid
from engine.jobs.outbox import Outbox
from engine.jobs.queue import MAX_WAITING, Queue
from engine.jobs.shared_segments import ready
from engine.jobs.sql_queue import SqlQueue
from engine.jobs.ticketed_queue import ticketed
from engine.library.library import Library
from engine.library.storage import Storage
from engine.services import services
from engine.settings import Settings


class Cluster:
    """`most_waiting`, `outbox`: as `SqlQueue` takes them. Raises INVALID_INPUT where a setting is missing."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        storage: Storage,
        most_waiting: Callable[[str], int] = lambda user: MAX_WAITING,
        outbox: Outbox | None = None,
    ) -> None:
        broker_url = checked(settings)
        self._database, self._storage = database, storage
        self._sweep: OrphanSweep | None = None
        self._recheck: Recheck | None = None
        self.app = celery_app(broker_url)
        self.pools = Pools(settings, database)
        rows = SqlQueue(database, most_waiting=most_waiting, outbox=outbox, pool_of=self.pools.of)
        self._office = BrokerOffice(self.app, lambda: rows.ready() + ready(database))
        self.look = self._office.look
        """Something may be ready of which nobody was told."""
        self.queue: Queue = ticketed(rows, self._office, self.pools.of)
        self.events = BrokerEvents(broker_url)
        self.services = services(database, storage if settings.storage_url else None, self.events.ask)
        self.lookout = Lookout(self.services)
        self.previews = SharedPreviews(storage, settings.jobs_dir)

    def start(self) -> None:
        self.events.start()
        self._office.start()

    def sweep_orphans(self, library: Library) -> None:
        """From now on, until it is stopped. Servers do."""
        self._sweep = OrphanSweep(self._database, self._storage, library, self.queue.knows)
        self._sweep.start()

    def recheck(self, *looks: Callable[[], object]) -> None:
        """Have each of these look again and again, until it is stopped. Servers do."""
        self._recheck = Recheck(*looks)
        self._recheck.start()

    def stop(self) -> None:
        self.lookout.stop()
        if self._recheck:
            self._recheck.stop()
        if self._sweep:
            self._sweep.stop()
        self._office.stop()
        self.events.stop()


def checked(settings: Settings) -> str:
    """The broker's URL. Raises INVALID_INPUT for what a cluster cannot do without."""
    if not (settings.database_url or "").startswith("postgresql"):
        raise invalid("cluster_wants", name="--database-url postgresql+psycopg://…")
    if settings.broker_url is None:
        raise invalid("cluster_wants", name="--broker-url amqp://…")
    return settings.broker_url

"""A node: one process of Celery that takes tickets and runs jobs in the workers that the embedded form has, too."""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from celery import signals
from celery.exceptions import Reject
from filelock import FileLock
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from engine import __version__
from engine.cluster.beat import BEATS_EVERY_S, beat, no_more
from engine.cluster.celery_app import LONGEST_JOB_MS, TASK, use_pools
from engine.cluster.cluster import Cluster
from engine.cluster.consumer import impatient_broker
from engine.cluster.patience import patiently
from engine.cluster.pools import is_pool, lane_of
from engine.command import Lane
from engine.commands import commands
from engine.database.locks import SharedLocks
from engine.database.opening import open_database
from engine.database.tables import nodes
from engine.errors import AppError, Code, invalid
from engine.folder import lock_folder
from engine.jobs.control import Control
from engine.jobs.intake import Tickets
from engine.jobs.shared_segments import SharedSegments
from engine.library.library import Library
from engine.library.opening import open_storage
from engine.library.uploads import Uploads
from engine.models.device import expected_device, free_mb
from engine.settings import Settings
from engine.state.opening import open_state

FORGET_S = 7 * 24 * 3600.0

log = logging.getLogger(__name__)


class Node:
    """Its output folder is its own: work in progress, caches, logs. All else lies in the storage and the database.

    Raises INVALID_INPUT for pools that are none, for a folder that another process has, for a database that cannot be
    had.
    """

    def __init__(self, settings: Settings, pools: Sequence[str], slots: int) -> None:
        self.pools = tuple(pools)
        if unknown := [pool for pool in self.pools if not is_pool(pool)]:
            raise invalid("pool_unknown", name=unknown[0][:40])
        commands(debug=settings.debug)
        self._settings, self._slots = settings, slots
        self._lock: FileLock = lock_folder(settings, wait_s=0.0)
        self._stopping = threading.Event()
        try:
            self._database = open_database(settings)
            storage = open_storage(settings)
            self._cluster = Cluster(settings, self._database, storage)
            for folder in (settings.audio_dir, settings.uploads_dir, settings.jobs_dir, settings.peaks_dir):
                folder.mkdir(parents=True, exist_ok=True)
            uploads = Uploads(storage, settings.uploads_dir, lambda path, name: {})
            library = Library(settings, self._database, storage, uploads, SharedLocks(self._database))
            by_lane = {lane: [pool for pool in self.pools if lane_of(pool) is lane] for lane in Lane}
            self._tickets = Tickets(by_lane, SharedSegments(self._database, storage, self._cluster.look))
            state, bus, previews = open_state(settings, self._database), self._cluster.events, self._cluster.previews
            self._control = Control(settings, self._cluster.queue, library, bus, state, self._tickets, previews)
        except BaseException:
            self._lock.release()
            raise

    def run(self) -> None:
        """Work until SIGTERM or SIGINT: what runs is handed back, and its tickets with it."""
        app = self._cluster.app
        use_pools(app, self.pools)
        app.task(name=TASK)(self._work)
        signals.worker_shutting_down.connect(lambda **_: threading.Thread(target=self.stop).start(), weak=False)
        signals.worker_ready.connect(self._connected, weak=False)
        self._cluster.start()
        threading.Thread(target=self._tell, name="node", daemon=True).start()
        try:
            patiently(self._control.recover, self._settings.language)
            self._control.start()
            app.Worker(
                pool="threads",
                concurrency=self._slots,
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
                hostname=f"audiocraft-webui@{os.getpid()}",
                loglevel="WARNING",
                quiet=True,
            ).start()
        finally:
            self.stop()
            no_more(self._settings)
            self._database.close()
            self._lock.release()

    def _connected(self, sender: Any, **_: Any) -> None:
        """Say so where the broker would not let a long job end."""
        server = getattr(sender.connection.connection, "server_properties", None) or {}  # Redis has none
        if version := impatient_broker(server):
            warning = AppError(Code.UNAVAILABLE, "consumer_timeout", version=version, limit=LONGEST_JOB_MS)
            print(warning.sentence(self._settings.language), file=sys.stderr, flush=True)  # noqa: T201

    def _work(self, pool: str) -> str | None:
        """A ticket: begin a job and wait until it is over; its id."""
        try:
            ticket = self._tickets.hold(pool)
            self._control.dispatch.wake()
            return self._tickets.served(ticket)
        except AppError as error:
            raise Reject(str(error), requeue=True) from None

    def stop(self) -> None:
        """May be called more than once."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._control.stop()
        self._tickets.close()
        self._cluster.stop()

    def _tell(self) -> None:
        """Let the others know of this node, again and again, and its own computer as long as jobs can be begun."""
        device = expected_device(self._settings.device)
        name, memory_mb, began = self._control.dispatch.owner, int(free_mb(device)), time.time()
        while not self._stopping.is_set():
            now = time.time()
            self._control.dispatch.wake()  # as soon as it is free: never, where something has it for good
            with contextlib.suppress(AppError):  # the disk is full, which those know who look after it
                beat(self._settings)
            row = {
                "name": name, "pools": list(self.pools), "slots": self._slots, "device": device, "memory_mb": memory_mb,
                "version": __version__, "started_at": began, "heartbeat_at": now,
            }  # fmt: skip
            try:
                with self._database.write() as tx:
                    old = (nodes.c.name == name) | (nodes.c.heartbeat_at < now - FORGET_S)
                    tx.execute(delete(nodes).where(old))
                    tx.execute(nodes.insert().values(**row))
            except (AppError, SQLAlchemyError):
                log.warning("the node could not tell of itself", exc_info=True)
            self._stopping.wait(BEATS_EVERY_S)

"""Builds each service once and joins them: the only place that knows them all."""

import contextlib
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from engine import metrics
from engine.accounts.marker import wants_accounts
from engine.commands import commands
from engine.database import Database
from engine.database.locks import SharedLocks
from engine.database.opening import open_index
from engine.drama.script.sniff import HEAD, is_named_as_script, looks_like_script
from engine.drama.tasks import DRAMA_TASKS
from engine.errors import AppError, Code, invalid
from engine.events import (
    Event,
    EventBus,
    InProcessEvents,
    JobChanged,
    LibraryChanged,
    Notice,
    TrackAdded,
    TracksRemoved,
)
from engine.folder import lock_folder, server_file
from engine.jobs.control import Control
from engine.jobs.file_tags import FileTags
from engine.jobs.intake import Everything, Intake, Nothing
from engine.jobs.job import ACTIVE
from engine.jobs.library_tagging import LibraryTagging
from engine.jobs.light_tasks import SOUND_TASKS, SoundTasks
from engine.jobs.outbox import Outbox
from engine.jobs.queue import MAX_WAITING, Queue
from engine.jobs.sql_queue import SqlQueue
from engine.jobs.tagging import Tagging
from engine.library.atomic import sweep
from engine.library.footprint import Footprint
from engine.library.library import Library
from engine.library.opening import open_incoming, open_storage
from engine.library.storage import Storage
from engine.library.sync import SyncReport
from engine.library.uploads import SOUND_SUFFIXES, Uploads
from engine.owner import LOCAL
from engine.services import Service, services
from engine.settings import Settings
from engine.state import StateStore
from engine.state.files import write_file
from engine.state.opening import open_state
from engine.tag.search.library_search import LibrarySearch
from engine.tag.search.playlists import Playlists
from engine.tag.tasks import TAG_TASKS

if TYPE_CHECKING:
    from engine.accounts.accounts import Accounts
    from engine.cluster.cluster import Cluster

SYNC_EVERY_S = 2.0
SHARED_FOR_S = 3600.0
"""What is younger, another server may be at work on, where the storage is shared."""
MOST_SINGLE_EVENTS = 50
"""When more tracks change at once, pages are sent a fresh state in place of an event for each."""

log = logging.getLogger(__name__)


def _probed(scheduler: Control, path: Path, name: str) -> dict[str, Any]:
    """What an upload is, once a worker has read it all."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not name.lower().endswith(SOUND_SUFFIXES) and looks_like_script(head, name):
        script = scheduler.tasks.of(DRAMA_TASKS).probe_script(path, name)
        return {"kind": "script", "mime": "application/octet-stream", **asdict(script)}
    try:
        return {"kind": "sound", **asdict(scheduler.tasks.of(SOUND_TASKS).probe_upload(path))}
    except AppError as error:
        if error.code is Code.UNSUPPORTED_AUDIO and is_named_as_script(name):
            raise invalid("script_not_text") from None
        raise


@dataclass(frozen=True)
class Owned:
    """The application as one user knows it: in none of its parts is anything of another's to be found.

    What belongs to somebody else is as if it were not there: NOT_FOUND, never a refusal that says that it exists.
    Each part is made when it is asked for, and shares all but the user with that of the application.
    """

    user: str
    _all: "Application" = field(repr=False)

    @property
    def settings(self) -> Settings:
        return self._all.settings

    @property
    def storage(self) -> Storage:
        return self._all.storage

    @property
    def events(self) -> EventBus:
        return self._all.events

    @property
    def state(self) -> StateStore:
        return self._all.state

    @cached_property
    def uploads(self) -> Uploads:
        return self._all.uploads.of(self.user)

    @cached_property
    def library(self) -> Library:
        return self._all.library.of(self.user)

    @cached_property
    def queue(self) -> Queue:
        return self._all.queue.of(self.user)

    @cached_property
    def scheduler(self) -> Control:
        return self._all.scheduler.of(self.user)

    @cached_property
    def file_tags(self) -> FileTags:
        return self._all.file_tags.of(self.user)

    @cached_property
    def tagging(self) -> Tagging:
        return self._all.tagging.of(self.user)

    @cached_property
    def search(self) -> LibrarySearch:
        return self._all.search.of(self.user)

    @cached_property
    def playlists(self) -> Playlists:
        return self._all.playlists.of(self.user)

    @property
    def tasks(self) -> SoundTasks:
        return self.scheduler.tasks.of(SOUND_TASKS)


@dataclass
class Application:
    """Every part, running. One process owns an output folder at a time: its lock file says which.

    `accounts`: None where there are none, and nobody has to log in. `key`: where there are, what this server knows the
    command line of its own computer by.
    """

    settings: Settings
    database: Database
    state: StateStore
    storage: Storage
    uploads: Uploads
    library: Library
    queue: Queue
    outbox: Outbox
    events: EventBus
    scheduler: Control
    file_tags: FileTags
    tagging: LibraryTagging
    search: LibrarySearch
    playlists: Playlists
    _lock: FileLock = field(repr=False)
    accounts: "Accounts | None" = None
    key: str | None = field(default=None, repr=False)
    cluster: "Cluster | None" = None
    _sync_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _syncing: bool = False
    _synced_at: float = float("-inf")
    _broken: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def open(cls, settings: Settings, *, own_only: bool = False, wait_s: float = 0.0) -> "Application":
        """Build and start all parts. Raises INVALID_INPUT when another process owns the output folder.

        `own_only` is for the command line: run what is submitted here and leave the rest of the queue to the page.
        """
        commands(debug=settings.debug)  # plug-ins bring sentences that a page may soon ask for
        lock = lock_folder(settings, wait_s=wait_s)
        with contextlib.ExitStack() as undone:
            undone.callback(lock.release)
            database = open_index(settings)
            undone.callback(database.close)
            state = open_state(settings, database)
            locks = SharedLocks(database) if settings.cluster else None
            storage = open_storage(settings)
            for folder in (settings.audio_dir, settings.uploads_dir, settings.jobs_dir, settings.peaks_dir):
                folder.mkdir(parents=True, exist_ok=True)

            uploads = Uploads(storage, settings.uploads_dir, lambda path, name: _probed(scheduler, path, name))
            storage.sweep("audio", "uploads", "peaks")
            sweep(settings.state_dir)
            uploads.sweep(SHARED_FOR_S if settings.storage_url else 0.0)
            open_incoming(settings).sweep()
            library = Library(settings, database, storage, uploads, locks)
            footprint = Footprint(storage, database, uploads)
            accounts = None if own_only else _accounts(settings, database, state, footprint)
            most_waiting = accounts.quotas.most_waiting if accounts else _most_waiting
            outbox = Outbox()
            cluster = _cluster(settings, database, storage, most_waiting, outbox) if settings.cluster else None
            rows: Queue = SqlQueue(database, own_only=own_only, most_waiting=most_waiting, outbox=outbox)
            queue = cluster.queue if cluster else rows
            queue = queue if own_only else _counted(settings, queue)
            events: EventBus = cluster.events if cluster else InProcessEvents()
            intake: Intake = Nothing() if cluster else Everything()
            previews = cluster.previews if cluster else None
            scheduler = Control(settings, queue, library, events, state, intake, previews)
            if cluster:
                cluster.events.hear(scheduler.views.hear)
                cluster.events.hear(partial(_note_end, outbox))
                cluster.events.hear(partial(_note_tracks, library))
                undone.callback(cluster.stop)
                cluster.start()
                cluster.lookout.start()
                cluster.sweep_orphans(library)
                cluster.recheck(scheduler.views.compare, outbox.noted)
            tasks = scheduler.tasks.of(TAG_TASKS)
            search = LibrarySearch(library.tracks, tasks, settings.state_dir / "search", settings.models)
            scheduler.start()
            tagging = LibraryTagging(state, scheduler, queue, library, events, locks, resumes=not own_only)
            tagging.open()
            undone.pop_all()
        file_tags = FileTags(library, scheduler.tasks.of(SOUND_TASKS), settings.peaks_dir)
        return cls(
            settings, database, state, storage, uploads, library, queue, outbox, events, scheduler, file_tags, tagging,
            search, Playlists(state, LOCAL), lock, accounts,
            secrets.token_urlsafe(32) if accounts else None, cluster,
        )  # fmt: skip

    @property
    def tasks(self) -> SoundTasks:
        return self.scheduler.tasks.of(SOUND_TASKS)

    @cached_property
    def services(self) -> dict[str, Service]:
        if self.cluster:
            return self.cluster.services
        return services(self.database, self.storage if self.settings.storage_url else None)

    def of(self, user: str) -> Owned:
        """All of it, as this user knows it."""
        return Owned(user, self)

    def warm_up(self) -> None:
        """What may happen after the page is up: compare the library with the disk, start the first worker."""
        self.scheduler.dispatch.warm_up()
        self.sync_library()

    def sync_library(self) -> None:
        """Compare the library with the disk in the background, at most every two seconds, and publish changes.

        Not in a cluster: nobody changes files by hand there, and a record without an entry may be that of a node whose
        job another one has made since.
        """
        if self.cluster:
            return
        with self._sync_lock:
            if self._syncing or time.monotonic() - self._synced_at < SYNC_EVERY_S:
                return
            self._syncing = True
        threading.Thread(target=self._sync, name="sync-library", daemon=True).start()

    def _sync(self) -> None:
        try:
            self._publish_changes(self.library.sync())
        except Exception:
            log.exception("index and disk could not be compared")
        finally:
            self._synced_at = time.monotonic()
            self._syncing = False

    def _publish_changes(self, found: SyncReport) -> None:
        changed = [*found.added, *found.changed]
        if len(changed) + len(found.removed) > MOST_SINGLE_EVENTS:
            self.events.publish(LibraryChanged(None))
        else:
            for user in sorted(set(found.owners.values())):
                gone = [track_id for track_id in found.removed if found.owners[track_id] == user]
                self.events.publish(TracksRemoved(gone, user))
            for track_id in changed:
                with contextlib.suppress(AppError):  # deleted meanwhile
                    row = self.library.row(track_id)
                    self.events.publish(TrackAdded(row, row["user"]))
        if news := sorted(set(found.broken) - self._broken):
            for user in self._administrators():
                self.events.publish(Notice("warning", "ui.records_broken", {"count": len(news)}, user))
        self._broken = set(found.broken)

    def _administrators(self) -> list[str]:
        """Who is told of what concerns the installation."""
        if self.accounts is None:
            return [LOCAL]
        return [user.id for user in self.accounts.users.all() if user.role == "admin" and user.disabled_at is None]

    def announce(self, port: int) -> None:
        """Write the page's address next to the lock file, for the command line and for a second start."""
        facts = {"port": port, "host": self.settings.host, "prefix": self.settings.url_prefix, "pid": os.getpid()}
        said = json.dumps(facts | ({"key": self.key} if self.key else {}))
        write_file(server_file(self.settings), said, private=True)

    def close(self) -> None:
        self.tagging.close()
        self.scheduler.stop()
        self.outbox.close()
        if self.cluster:
            self.cluster.stop()
        server_file(self.settings).unlink(missing_ok=True)
        self.database.close()
        self._lock.release()


def _most_waiting(_user: str) -> int:
    return MAX_WAITING


def _accounts(settings: Settings, database: Database, state: StateStore, footprint: Footprint) -> "Accounts | None":
    """Their libraries are imported only where there are some."""
    if not wants_accounts(settings, database):
        return None
    from engine.accounts.accounts import Accounts

    return Accounts.open(settings, database, state=state, kept_bytes=footprint.of, most_waiting=MAX_WAITING)


def _note_end(outbox: Outbox, event: Event) -> None:
    """A node has ended a job, and may have noted that somebody wants to be told; or did so while nobody heard of it."""
    if isinstance(event, LibraryChanged) or (isinstance(event, JobChanged) and event.row["status"] not in ACTIVE):
        outbox.noted()


def _note_tracks(library: Library, event: Event) -> None:
    """A node or another server has changed tracks: what was counted and gathered of them here is of yesterday."""
    if isinstance(event, TrackAdded | TracksRemoved | LibraryChanged):
        library.tracks.changed_elsewhere()


def _cluster(
    settings: Settings, database: Database, storage: Storage, most_waiting: Callable[[str], int], outbox: Outbox
) -> "Cluster":
    """Its libraries are imported only where there is one. Raises INVALID_INPUT without them."""
    if find_spec("celery") is None:
        raise invalid("cluster_not_installed")
    from engine.cluster.cluster import Cluster

    return Cluster(settings, database, storage, most_waiting, outbox)


def _counted(settings: Settings, queue: Queue) -> Queue:
    """The queue with its jobs counted, where metrics are on."""
    if not settings.metrics:
        return queue
    from engine.jobs.counted_queue import counted

    metrics.start(commands(debug=settings.debug))
    return counted(queue)

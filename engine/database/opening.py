"""Opening the index: the database of the settings, its tables up to date."""

import contextlib
import logging
import time
from collections.abc import Iterator

from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from engine.database.connect import Database
from engine.errors import invalid
from engine.faults import disk_errors
from engine.settings import Settings
from engine.text import label

log = logging.getLogger(__name__)


def open_database(settings: Settings) -> Database:
    """The database alone, its tables up to date, beside whoever else has it open.

    Raises INVALID_INPUT when it cannot be had, DISK_FULL.
    """
    with _database_errors(settings):
        database = Database(settings.index_url)
        database.migrate()
        return database


def open_index(settings: Settings) -> Database:
    """As `open_database`, for the only one that has it: a damaged file is put aside."""
    with _database_errors(settings):
        return _index(settings)


@contextlib.contextmanager
def _database_errors(settings: Settings) -> Iterator[None]:
    try:
        with disk_errors():
            yield
    except (SQLAlchemyError, ImportError, OSError) as error:  # the URL, the driver, the server or the file
        log.info("the index cannot be opened", exc_info=error)
        said = str(getattr(error, "orig", None) or error)
        reason = label(said.replace(settings.database_url, "…") if settings.database_url else said)
        raise invalid("database_unusable", reason=reason) from error


def _index(settings: Settings) -> Database:
    """A damaged file of our own is put aside: tracks are indexed anew from their records."""
    database = Database(settings.index_url)
    try:
        database.migrate()
    except DatabaseError as error:
        if settings.database_url or isinstance(error, OperationalError):  # not ours, locked, or the disk is full
            raise
        database.close()
        log.error("the index was damaged and is put aside", exc_info=error)
        path = settings.state_dir / "library.db"
        path.replace(path.with_name(f"library.damaged-{time.time():.0f}.db"))
        for companion in ("library.db-wal", "library.db-shm"):
            path.with_name(companion).unlink(missing_ok=True)
        database = Database(settings.index_url)
        database.migrate()
    return database

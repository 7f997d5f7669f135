"""`database`: the database looked at, copied into another, brought up to date or taken back."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from engine.database import Database, jobs
from engine.database.check import check
from engine.database.clock import now_s
from engine.database.connect import HEAD, REVISIONS
from engine.database.copying import copy, users_of
from engine.errors import AppError, Code, invalid
from engine.folder import lock_folder, running_server
from engine.jobs.job import JobStatus
from engine.jobs.queue import EXPIRES_S
from engine.logs import start_logging
from engine.messages import translate
from engine.settings import Settings
from engine.terminal import EXIT_FAILED, refused
from engine.text import label


def run_database(settings: Settings, arguments: Sequence[str]) -> int:
    """`database check`, `database copy URL [--replace] [--lose-users]`, `database upgrade`, or
    `database downgrade VERSION [--lose-users]`.

    Exit code 0 when done, 1 where `check` finds a database that is damaged or not up to date, 2 for invalid input.
    """
    try:
        start_logging(settings, "terminal")
        asked = _read(arguments)
        match asked.deed:
            case "check":
                return _check(settings)
            case "copy":
                return _copy(settings, asked.url, replace=asked.replace, lose_users=asked.lose_users)
            case "upgrade":
                return _upgrade(settings)
            case _:
                return _downgrade(settings, asked.version, lose_users=asked.lose_users)
    except AppError as error:
        return refused(error, settings.language, as_json=False)


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.sh database", description="Look after the database.", allow_abbrev=False)
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    deeds.add_parser("check", help="say whether it is up to date and sound, how many rows it has, and its size")
    copied = deeds.add_parser("copy", help="copy all of it into another, SQLite or PostgreSQL", allow_abbrev=False)
    copied.add_argument(
        "url", help="SQLAlchemy URL of the other: postgresql+psycopg://USER:PASSWORD@HOST/DATABASE, say"
    )
    copied.add_argument("--replace", action="store_true", help="what the other database holds is deleted first")
    deeds.add_parser("upgrade", help="bring its tables up to date, as the next start does by itself")
    taken = deeds.add_parser("downgrade", help="take its tables back for an earlier program", allow_abbrev=False)
    taken.add_argument("version", choices=REVISIONS[:-1], help="the last one that the earlier program knows")
    for parsed in (copied, taken):
        parsed.add_argument("--lose-users", action="store_true", help="even if users are lost by it")
    return parser.parse_args(arguments)


def _say(settings: Settings, key: str, **values: object) -> None:
    print(translate(f"ui.database.{key}", settings.language, **values))


@contextlib.contextmanager
def _opened(url: str, *, shown: str = "") -> Iterator[Database]:
    """The database at this URL, called `shown` where it is not the program's own. Raises INVALID_INPUT."""
    database = None
    try:
        database = Database(url)
        yield database
    except (SQLAlchemyError, ImportError, OSError) as error:  # the URL, the driver, the server or the file
        reason = label(str(getattr(error, "orig", None) or error).replace(url, "…"))
        if shown:
            raise invalid("database_other_unusable", url=shown, reason=reason) from error
        raise invalid("database_unusable", reason=reason) from error
    finally:
        if database:
            database.close()


@contextlib.contextmanager
def _own(settings: Settings) -> Iterator[Database]:
    """The program's own database. Raises NOT_FOUND where none was made yet, for looking must not make one."""
    with _opened(settings.index_url) as database:
        file = database.url.database if database.url.get_backend_name() == "sqlite" else None
        if file and not Path(file).exists():
            raise AppError(Code.NOT_FOUND, "database_absent")
        yield database


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Nobody else works in the output folder. Raises INVALID_INPUT."""
    if running_server(settings):
        raise invalid("page_is_running")
    lock = lock_folder(settings, wait_s=0)
    try:
        yield
    finally:
        lock.release()


def _check_idle(database: Database) -> None:
    """From whatever folder. Raises INVALID_INPUT."""
    alive = jobs.c.heartbeat_at > now_s() - EXPIRES_S
    with database.read() as connection:
        if connection.scalar(select(func.count()).where(jobs.c.status == JobStatus.RUNNING, alive)):
            raise invalid("database_in_use")


def _check_current(database: Database) -> None:
    version = database.version()
    if version != HEAD:
        raise invalid("database_not_current", version=version or "—", known=HEAD)


def _check(settings: Settings) -> int:
    with _own(settings) as database:
        facts = check(database)
        print(database.url.render_as_string(hide_password=True))
    _say(settings, "version" if facts.is_current else "not_current", version=facts.version or "—", known=HEAD)
    for name, rows in facts.rows.items():
        print(f"  {name:<14}{rows:>12,}{_megabytes(facts.bytes.get(name)):>14}".rstrip())
    _say(settings, "size", size=_megabytes(facts.total_bytes))
    for line in facts.damage:
        _say(settings, "damage", what=label(line))
    return 0 if facts.is_current and not facts.damage else EXIT_FAILED


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 2**20:.1f} MiB"


def _copy(settings: Settings, url: str, *, replace: bool, lose_users: bool) -> int:
    with _alone(settings), _own(settings) as source:
        _check_current(source)
        _check_idle(source)
        if url == settings.index_url:
            raise invalid("database_copy_itself")
        with _opened(url, shown=_shown(url)) as target:
            if target.url == source.url:
                raise invalid("database_copy_itself")
            target.migrate()
            _check_idle(target)
            tell = partial(_show, settings)
            copied = copy(source, target, replace=replace, lose_users=lose_users, tell=tell)
    for table in copied:
        print(f"  {table.table:<14}{table.rows:>12,}  {table.digest[:16]}")
    if changed := sum(table.changed for table in copied):
        _say(settings, "characters", count=changed)
    _say(settings, "copied", rows=f"{sum(table.rows for table in copied):,}", url=_shown(url))
    return 0


def _shown(url: str) -> str:
    """The URL as it may be printed."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return label(url)


def _show(settings: Settings, table: str, done: int, rows: int) -> None:
    if sys.stderr.isatty():
        end = "\r\033[K" if done == rows else ""
        print(f"\r\033[K{table} {done:,} / {rows:,}{end}", end="", file=sys.stderr, flush=True)


def _upgrade(settings: Settings) -> int:
    with _alone(settings), _own(settings) as database:
        database.migrate()
    _say(settings, "version", version=HEAD)
    return 0


def _downgrade(settings: Settings, version: str, *, lose_users: bool) -> int:
    with _alone(settings), _own(settings) as database:
        _check_current(database)
        _check_idle(database)
        with database.read() as connection:
            users = len(users_of(connection))
        if users and not lose_users:
            raise invalid("database_users_lost", count=users)
        database.downgrade(version)
    _say(settings, "downgraded", version=version)
    return 0

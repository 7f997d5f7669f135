"""Faults of the system and of libraries as the project's own errors; what a full disk is, is decided here alone."""

import contextlib
import errno
import re
from collections.abc import Iterator

from engine.errors import AppError, Canceled, Code

_ERRNOS = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_WINDOWS = frozenset({39, 112, 1295})
"""ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED of winerror.h; Python maps only 112."""
_SQLSTATE = "53100"
"""disk_full: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

DISK_FULL = re.compile(
    r"No space left on device|Disk quota exceeded|There is not enough space on the disk"  # the systems
    r"|\bE(NOSPC|DQUOT)\b|\bos error (28|122|112|39)\b|\bErrno (28|122)\b|\bWinError (112|39)\b|StorageFull"  # programs
    r"|database or disk is full"  # SQLite
    r"|\b\d+ requested and \d+ written"  # numpy's tofile, which forgets the errno
    r"|PytorchStreamWriter failed writing file|inline_container\.cc:\d+\] \. unexpected pos",  # torch.save, likewise
    re.IGNORECASE,
)
"""How systems, programs and libraries say that a disk is full where the number of the fault is not handed on."""


def is_disk_full(error: BaseException) -> bool:
    """Whether a full disk or quota is behind `error`, wherever in the chain of its causes."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if _says_so(cause):
            return True
        cause = cause.__cause__ if cause.__cause__ or cause.__suppress_context__ else cause.__context__
    return False


def _says_so(error: BaseException) -> bool:
    if isinstance(error, AppError):  # its words may quote a user
        return error.code is Code.DISK_FULL
    if isinstance(error, OSError) and (error.errno in _ERRNOS or getattr(error, "winerror", None) in _WINDOWS):
        return True
    return getattr(error, "sqlstate", None) == _SQLSTATE or DISK_FULL.search(str(error)) is not None


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """A full disk or quota as DISK_FULL; all else as it is."""
    try:
        yield
    except Exception as error:
        fault = as_app_error(error)
        if fault is error or fault.code is not Code.DISK_FULL or isinstance(error, Canceled):
            raise
        raise fault from error


def as_app_error(error: BaseException) -> AppError:
    """Any exception as the project's own: what happened in words, and whether trying again may help."""
    if isinstance(error, AppError) and (error.code is Code.DISK_FULL or not is_disk_full(error)):
        return error
    if is_disk_full(error):
        return AppError(Code.DISK_FULL, "disk_full")
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return AppError(Code.OUT_OF_MEMORY, "out_of_memory")
    if _is_database_away(error):
        return AppError(Code.UNAVAILABLE, "database_away", recoverable=True)
    if isinstance(error, OSError):
        return AppError(Code.INTERNAL, "io_fault", recoverable=True, reason=str(error)[:200])
    return AppError(Code.INTERNAL, "unexpected", kind=type(error).__name__, reason=str(error)[:200])


def _is_database_away(error: BaseException) -> bool:
    """Whether PostgreSQL cannot be reached, or has ended the connection (classes 08 and 57P of its codes)."""
    cause = getattr(error, "orig", None)
    if type(error).__name__ != "OperationalError" or not type(cause).__module__.startswith("psycopg"):
        return False
    return str(getattr(cause, "sqlstate", None) or "08").startswith(("08", "57P"))

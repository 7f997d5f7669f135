"""Writing so that a reader, or a power cut, never meets half a file."""

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.faults import disk_errors
from engine.parameters import finite


def write_bytes(path: Path, data: bytes) -> None:
    """`data` under a temporary name in the same folder, flushed to disk, then renamed over `path`.

    The folder must exist: a job folder that was taken away stays away.
    """
    temporary = path.with_name(f".{path.name[:60]}.{os.getpid()}.tmp")
    with disk_errors():
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def json_bytes(value: Any) -> bytes:
    """`value` as readable UTF-8 JSON; NaN and infinities become null."""
    text = json.dumps(finite(value), ensure_ascii=False, indent=2, allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"


def json_text(value: Any) -> str:
    """The same as text."""
    return json_bytes(value).decode()


def write_json(path: Path, value: Any) -> None:
    """`value` as a file, in the form of `json_bytes`."""
    write_bytes(path, json_bytes(value))


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A name for a temporary file in `folder`, which goes at the end unless it was moved."""
    path = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def move_new(source: Path, target: Path) -> bool:
    """Rename `source` to `target` unless that exists; True when moved. Both must be on one file system.

    After a crash the same call may be made again: a second name of `source`, or the empty file that reserves a name
    where a file system has no hard links, is what the first call left.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except FileNotFoundError:
        raise
    except OSError:
        with contextlib.suppress(FileExistsError):
            target.open("xb").close()
    if source.samefile(target):
        source.unlink()
    elif target.stat().st_size == 0:
        source.replace(target)
    else:
        return False
    return True


def remove_tree(folder: Path) -> None:
    """Delete a folder and all in it; a missing one is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove temporary files that a killed process left; theirs are the only names of this form."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)

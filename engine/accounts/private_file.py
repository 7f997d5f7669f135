"""Files of the settings folder that hold secrets: whole or not there, and for the owner of the process alone."""

import os
from pathlib import Path

from engine.faults import disk_errors


def write_private(path: Path, text: str) -> None:
    """`text` over whatever is at `path`, readable and writable by the owner alone (0600). Raises DISK_FULL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk_errors():
        try:
            temporary.unlink(missing_ok=True)
            with os.fdopen(
                os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

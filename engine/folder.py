"""The output folder: which process has it, and where the page that it serves answers."""

import json
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import AppError, Code
from engine.settings import Settings


def lock_folder(settings: Settings, *, wait_s: float) -> FileLock:
    """The lock of the output folder, which this process owns now. Raises INVALID_INPUT when another does."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.state_dir / "house.lock", thread_local=False)
    try:
        lock.acquire(timeout=wait_s, poll_interval=0.1)
    except Timeout:
        raise AppError(Code.INVALID_INPUT, "folder_in_use", folder=settings.output.name) from None
    return lock


def running_server(settings: Settings) -> str | None:
    """The address of the page that owns this output folder, if one answers."""
    from urllib.request import urlopen

    try:
        server = json.loads(server_file(settings).read_text())
        host = "127.0.0.1" if server["host"] in ("0.0.0.0", "::") else server["host"]
        address = f"http://{f'[{host}]' if ':' in host else host}:{server['port']}{server.get('prefix', '')}"
        with urlopen(f"{address}/api/health", timeout=3) as answer:
            return address if json.load(answer).get("pid") == server["pid"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def server_key(settings: Settings) -> str | None:
    """What the page that owns this output folder knows its own computer's command line by; None where anybody may."""
    try:
        key = json.loads(server_file(settings).read_text()).get("key")
        return key if isinstance(key, str) else None
    except (OSError, ValueError, AttributeError):
        return None


def server_file(settings: Settings) -> Path:
    return settings.state_dir / "server.json"

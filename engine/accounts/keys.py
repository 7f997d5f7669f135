"""The keys that sign tokens and addresses: in the settings folder, for the owner of the process alone, and replaced at
will."""

import json
import secrets
import threading
import time
from pathlib import Path

from engine.accounts.private_file import write_private
from engine.errors import invalid

KEPT = 2
"""So many are good: the newest signs, the one before it still proves what it signed."""


class Keys:
    """`accounts.keys` in the settings folder. One that was replaced by another process is noticed at once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "accounts.keys"
        self._lock = threading.Lock()
        self._as_read: object = None
        self._known: dict[str, bytes] = {}
        self.addresses = AddressKey(folder)

    def newest(self) -> tuple[str, bytes]:
        """Its name and its 32 bytes; made where there is none. Raises INVALID_INPUT for a file that is damaged."""
        known = self._now()
        if not known:
            return self.replace()
        return next(iter(known.items()))

    def find(self, name: object) -> bytes | None:
        """The key of that name, if it is still good."""
        return self._now().get(name) if isinstance(name, str) else None

    def replace(self) -> tuple[str, bytes]:
        """Sign with a new one from now on. Twice in a row, and nothing that was signed before is good any more."""
        name, key = secrets.token_hex(4), secrets.token_bytes(32)
        with self._lock:
            known = {name: key, **self._read()}
            kept = [{"name": n, "key": k.hex()} for n, k in list(known.items())[:KEPT]]
            write_private(self._path, json.dumps({"made_at": time.time(), "keys": kept}, indent=2) + "\n")
        return name, key

    def _now(self) -> dict[str, bytes]:
        with self._lock:
            return self._read()

    def _read(self) -> dict[str, bytes]:
        try:
            found = self._path.stat()
            if (found.st_mtime_ns, found.st_ino) != self._as_read:
                kept = json.loads(self._path.read_text(encoding="utf-8"))["keys"]
                self._known = {str(one["name"]): bytes.fromhex(one["key"]) for one in kept}
                self._as_read = (found.st_mtime_ns, found.st_ino)
        except FileNotFoundError:
            self._known, self._as_read = {}, None
        except (OSError, ValueError, TypeError, LookupError) as error:
            raise invalid("accounts_file_unreadable", file=self._path.name) from error
        return self._known


class AddressKey:
    """`signing.key` in the settings folder, which signs addresses, with accounts or without. One that was replaced by
    another process is noticed at once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "signing.key"
        self._lock = threading.Lock()
        self._as_read: object = None
        self._known = b""

    def get(self) -> bytes:
        """Its 32 bytes; made where there is none, or none that can be read."""
        with self._lock:
            try:
                found = self._path.stat()
                if (found.st_mtime_ns, found.st_ino) != self._as_read:
                    self._known = bytes.fromhex(self._path.read_text(encoding="ascii"))
                    self._as_read = (found.st_mtime_ns, found.st_ino)
                if len(self._known) != 32:
                    raise ValueError("not a key of ours")
            except (OSError, ValueError):
                self._known, self._as_read = secrets.token_bytes(32), None
                write_private(self._path, self._known.hex())
            return self._known

    def forget(self) -> None:
        """No address that was signed before is good any more."""
        self._path.unlink(missing_ok=True)

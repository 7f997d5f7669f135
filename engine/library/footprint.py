"""How much is kept of whom."""

import threading
import time
from collections import Counter

from sqlalchemy import select

from engine.database import Database, tracks
from engine.library.storage import Storage
from engine.library.track_files import AUDIO
from engine.library.uploads import Uploads

KNOWN_S = 60.0
"""How long a count is good."""
YIELD_EVERY = 32


class Footprint:
    """Bytes of tracks, with their stems and what lies beside them, and of uploads, by user; counted once a minute."""

    def __init__(self, storage: Storage, database: Database, uploads: Uploads) -> None:
        self._storage, self._database, self._uploads = storage, database, uploads
        self._counting = threading.Lock()
        self._counted_at = float("-inf")
        self._tracks: Counter[str] = Counter()

    def of(self, user: str) -> int:
        with self._counting:
            if time.monotonic() - self._counted_at > KNOWN_S:
                self._tracks = self._count()
                self._counted_at = time.monotonic()
        return self._tracks[user] + self._uploads.of(user).size()[1]

    def _count(self) -> Counter[str]:
        with self._database.read() as connection:
            users = dict(row.tuple() for row in connection.execute(select(tracks.c.name, tracks.c.user)))
        found: Counter[str] = Counter()
        for prefix in (AUDIO, "stems/"):
            for number, entry in enumerate(self._storage.list(prefix)):
                if number % YIELD_EVERY == 0:
                    time.sleep(0)
                name = entry.key.removeprefix(prefix).partition("/")[0]
                while name not in users and "." in name:
                    name = name.rpartition(".")[0]
                if name in users:
                    found[users[name]] += entry.size
        return found

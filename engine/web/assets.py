"""The files that the page is made of, at addresses that change when one of them does.

`/assets/FINGERPRINT/...` never means anything else, so a browser keeps it and asks no more (RFC 8246); the page, which
is asked for each time, names the addresses of today.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from flask import Response

from engine.messages import LANGUAGES

FOLDERS = ("img", "js", "vendor")
YEAR_S = 365 * 24 * 3600


class Assets:
    """Files below `root`, and the page's sentences as `said` gives them, one language as JSON."""

    def __init__(self, root: Path, said: Callable[[str], bytes]) -> None:
        self._root = root
        self._said = said
        self._known: dict[str, tuple[tuple[int, int], str]] = {}
        self._sentences = ""
        self._fingerprint = ""

    def look(self) -> str:
        """The fingerprint of what is there now. Only files that changed, by time or size, are read."""
        known = {path: self._digested(path, stamp) for path, stamp in self._found()}
        self._known = known
        self._sentences = self._sentences or _digest(b"".join(map(self._said, LANGUAGES)))
        digests = sorted(digest for _stamp, digest in known.values())
        self._fingerprint = _digest("\n".join([*digests, self._sentences]).encode())[:16]
        return self._fingerprint

    def kept(self, response: Response, fingerprint: str) -> Response:
        """Let browsers keep what was asked for under today's fingerprint; under another it is looked at again."""
        if fingerprint == (self._fingerprint or self.look()):
            response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
            response.headers.pop("Expires", None)
        return response

    def _found(self) -> Iterator[tuple[str, tuple[int, int]]]:
        folders = [str(self._root / name) for name in FOLDERS]
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir():
                        folders.append(entry.path)
                    else:
                        facts = entry.stat()
                        yield entry.path, (facts.st_mtime_ns, facts.st_size)

    def _digested(self, path: str, stamp: tuple[int, int]) -> tuple[tuple[int, int], str]:
        before = self._known.get(path)
        if before is not None and before[0] == stamp:
            return before
        file = Path(path)
        return stamp, f"{file.relative_to(self._root).as_posix()} {_digest(file.read_bytes())}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

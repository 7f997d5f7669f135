"""Taking named files, and nothing else, out of a package's archive."""

import gzip
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Generator
from contextlib import closing
from pathlib import Path
from typing import IO

BLOCK = 1 << 20


class ArchiveError(Exception):
    """Not an archive, or cut short, or a file in it is not what it should be."""


_BROKEN = (
    tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError, NotImplementedError,
    RuntimeError,
)  # fmt: skip
"""What Python's readers raise for an archive that is damaged, encrypted or packed in an unknown way."""


def unpack(
    archive: Path, wanted: Collection[str], folder: Path, limit: int, tick: Callable[[int], None]
) -> dict[str, Path]:
    """Those of the `wanted` paths that `archive` (.tgz of npm, .whl) holds, written to numbered files in `folder`.

    Names in the archive choose nothing but which entry is read: no path from it touches the disk, and links, devices
    and folders are passed over. `limit` bounds the bytes written altogether; `tick` is told of each block. Raises
    ArchiveError.
    """
    found: dict[str, Path] = {}
    entries = _zipped if archive.suffix in (".whl", ".zip") else _tarred
    try:
        with closing(entries(archive, wanted)) as files:
            for name, file in files:
                if name in found:
                    continue
                target = folder / f"{len(found)}.unpacked"
                with file, target.open("xb") as out:
                    while block := file.read(BLOCK):
                        limit -= len(block)
                        if limit < 0:
                            raise ArchiveError(f"{name}: larger than it should be")
                        out.write(block)
                        tick(len(block))
                found[name] = target
    except _BROKEN as error:
        raise ArchiveError(str(error)) from error
    return found


def _tarred(archive: Path, wanted: Collection[str]) -> Generator[tuple[str, IO[bytes]]]:
    with gzip.open(archive) as stream, tarfile.open(fileobj=stream) as tar:
        for member in tar:
            top, _, name = member.name.partition("/")  # npm puts everything below one folder, "package" as a rule
            if top not in ("", ".", "..") and name in wanted and member.isreg() and (file := tar.extractfile(member)):
                yield name, file
        while stream.read(BLOCK):  # to its end, where its own checksum is compared
            pass


def _zipped(archive: Path, wanted: Collection[str]) -> Generator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            mode = info.external_attr >> 16
            if info.filename in wanted and (not stat.S_IFMT(mode) or stat.S_ISREG(mode)):
                yield info.filename, zipped.open(info)


def join(pieces: list[Path], target: Path) -> None:
    """Move the only piece to `target`, or put the pieces one after another; each is removed once it is in."""
    if len(pieces) == 1:
        shutil.move(pieces[0], target)
        return
    with target.open("wb") as out:
        for piece in pieces:
            with piece.open("rb") as file:
                shutil.copyfileobj(file, out, BLOCK)
            piece.unlink()

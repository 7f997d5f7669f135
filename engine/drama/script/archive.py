"""Packed scripts, opened with care: an EPUB or a DOCX is a ZIP that anybody may have made."""

import io
import zipfile
import zlib
from typing import Final

from engine.errors import AppError, invalid

MOST_FILE: Final = 200 * 2**20
"""Bytes of a packed file: pictures and fonts may be many."""
MOST_MEMBER: Final = 64 * 2**20
"""Bytes of an unpacked member that is read."""
DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, LookupError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What a damaged archive raises, whatever in it is read."""
_MOST_TOTAL = 512 * 2**20
_MOST_MEMBERS = 20_000
_MOST_RATIO = 200
"""How much smaller than itself a member may be packed; text seldom reaches 20."""


def opened(data: bytes, form: str) -> zipfile.ZipFile:
    """The archive. Raises INVALID_INPUT `script_too_large`, `script_broken`, `script_bomb`, `script_locked`."""
    if len(data) > MOST_FILE:
        raise invalid("script_too_large", limit_mb=MOST_FILE // 2**20)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGED:
        raise broken(form) from None
    members = archive.infolist()
    packed = max(1, len(data))
    total = sum(member.file_size for member in members)
    swollen = any(m.file_size > 2**20 and m.file_size > _MOST_RATIO * max(1, m.compress_size) for m in members)
    if len(members) > _MOST_MEMBERS or total > _MOST_TOTAL or total > _MOST_RATIO * packed + 2**20 or swollen:
        raise invalid("script_bomb", form=form)
    if any(member.flag_bits & 1 for member in members):
        raise invalid("script_locked", form=form)
    return archive


def member(archive: zipfile.ZipFile, name: str, form: str) -> bytes | None:
    """What a member holds; None where there is none of that name. Raises as `opened` does."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    if info.file_size > MOST_MEMBER:
        raise invalid("script_bomb", form=form)
    try:
        return archive.read(info)
    except DAMAGED:
        raise broken(form) from None


def broken(form: str) -> AppError:
    return invalid("script_broken", form=form)

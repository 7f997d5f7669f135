"""The speaker mask of a FLAC file whose channels do not stand as their number says (RFC 9639, section 8.6.2)."""

# mypy: allow-untyped-calls

import re
from pathlib import Path
from typing import Any, BinaryIO

import mutagen
from mutagen.flac import FLAC

from engine.audio.layouts import FLAC as USUAL
from engine.audio.layouts import Layout, of_mask
from engine.audio.paths import long_path

COMMENT = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK"
"""A Vorbis comment that is about the samples, not about the music: it is never copied from one file to another."""


def write_mask(path: str | Path, mask: int) -> None:
    """Say in an existing file where its channels stand; a mask of 0 says that nobody knows."""
    file: Any = FLAC(long_path(path))
    if file.tags is None:
        file.add_tags()
    file.tags[COMMENT] = [f"0x{mask:04X}"]
    file.save()


def read_layout(file: BinaryIO, channels: int) -> Layout:
    """The layout of an open FLAC file, which is left at any place; a damaged mask says nothing."""
    file.seek(0)
    try:
        tags: Any = FLAC(file).tags or []
    except mutagen.MutagenError:  # sound without readable words
        tags = []
    text = {name.upper(): text for name, text in tags}.get(COMMENT, "")
    mask = re.fullmatch(r"\s*(?:0[xX])?([0-9a-fA-F]{1,8})\s*", text)
    return of_mask(int(mask[1], 16), channels) if mask else USUAL[channels]

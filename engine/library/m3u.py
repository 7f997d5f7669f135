"""Playlists for players: extended M3U, to be written as UTF-8 (`.m3u8`)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.text import label

_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True)
class M3uEntry:
    """`location`: the path of a sound, absolute or from the playlist's folder, or its address."""

    location: str
    title: str
    duration_s: float | None = None


def as_titled(artist: str | None, title: str) -> str:
    """ARTIST - TITLE, as players show it."""
    return f"{artist} - {title}" if artist else title


def m3u(entries: Iterable[M3uEntry], title: str = "") -> str:
    """The playlist, a line each; `title` is what a player may show for it.

    A location that would break its line is left out, for no player could open it. Source of the tags: the M3U of
    Winamp, as VLC reads it.
    """
    lines = ["#EXTM3U", *([f"#PLAYLIST:{label(title)}"] if title else [])]
    for entry in entries:
        if entry.location and not _CONTROLS.search(entry.location):
            seconds = -1 if entry.duration_s is None else round(entry.duration_s)
            lines += [f"#EXTINF:{seconds},{label(entry.title)}", _as_line(entry.location)]
    return "\n".join(lines) + "\n"


def _as_line(location: str) -> str:
    """A file whose name begins as a comment does, or with a blank that is cut off, keeps it."""
    return f"./{location}" if location.startswith(("#", " ")) else location

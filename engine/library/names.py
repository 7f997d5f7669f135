"""File names, readable in any script, safe on every system.

`[Artist_]Model_[Seed_]DDMMYYYY_HH_MM`; `[Artist_]SOURCE_Model_DDMMYYYY_HH_MM` for what comes from a file of the user's.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

from engine.text import DEVICES, normalized

MAX_PART_BYTES = 60
"""Artist, source, model, seed and time leave enough of the usual 255 bytes for a number, an extension and a prefix."""


def clean(text: str) -> str:
    """`text` as one part of a file name: letters and digits of any script and hyphens, other runs as one hyphen."""
    normal = normalized("NFC", text)
    kept = "".join(c if unicodedata.category(c)[0] in "LNM" else "-" for c in normal)
    part = re.sub(r"-+", "-", kept)
    while len(part.encode()) > MAX_PART_BYTES:
        part = part[:-1]
    part = part.strip("-")
    return f"{part}-" if DEVICES.fullmatch(part) else part


def track_name(
    model: str, seed: int | None, when: datetime, artist: str | None = None, source: str | None = None
) -> str:
    """The name of a new track; the seed is left out where there is none, or a `source`, the name of a user's file."""
    origin = clean(source or "")
    drawn = "" if origin or seed is None or seed < 0 else str(seed)
    parts = [clean(artist or ""), origin, clean(model), drawn, f"{when:%d%m%Y_%H_%M}"]
    return "_".join(part for part in parts if part)


def with_artist(name: str, old: str | None, new: str | None) -> str:
    """`name` with the part of the old artist taken off and that of the new one put before it."""
    rest = name.removeprefix(f"{clean(old or '')}_") if clean(old or "") else name
    return "_".join(part for part in (clean(new or ""), rest) if part)


def unique(name: str, taken: Callable[[str], bool]) -> str:
    """`name`, or `name_2`, `name_3`, … the first that is not `taken`."""
    candidate, count = name, 1
    while taken(candidate):
        count += 1
        candidate = f"{name}_{count}"
    return candidate

"""The light tasks of the search, in a worker: rows are made anew, mapped and gone through."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.faults import disk_errors
from engine.tag.search.filters import among
from engine.tag.search.index import Tagged, described_of, lifts_of, marks_of, renewed, vectors_of
from engine.tag.search.packed import Packed, pack, unpack
from engine.tag.search.rows import Rows
from engine.tag.tasks import Comparison, Ranking

BASE, LIFTS, VECTORS, DESCRIBED, MARKS = "base", "lifts", "vectors", "described", "marks"
ROWS = (LIFTS, VECTORS, DESCRIBED, MARKS)
"""What is searched in; `BASE` is what they are made of."""


def compare_rows(rows: Path | None, listed: Path, asked: Path) -> Comparison:
    """Which of the tracks that are `listed`, by id and digest, `rows` does not have; their ids go to `asked`."""
    base, wanted = _base(rows), np.fromfile(listed, "S48")
    new = wanted[~among(wanted, base.ids)]
    new.astype("S32").tofile(asked)
    return Comparison(len(new), not among(base.ids, wanted).all())


def make_rows(rows: Path | None, listed: Path, told: Path, target: Path) -> None:
    """Into the folder `target`: rows of the tracks that are `listed`, those of `rows` that have not changed, and those
    that are `told`, a line for each as `Tagged.read` has it."""
    with told.open(encoding="utf-8") as lines:
        base = renewed(_base(rows), np.fromfile(listed, "S48"), map(Tagged.read, lines))
    with disk_errors():
        target.mkdir(exist_ok=True)
        for name, make in ((LIFTS, lifts_of), (VECTORS, vectors_of), (DESCRIBED, described_of), (MARKS, marks_of)):
            pack(target / name, make(base))
        pack(target / BASE, base)


def rank(
    rows: Path,
    models: Path,
    text: str,
    like: list[str],
    unlike: list[str],
    plain: list[str],
    among: Path | None,
    most: int,
) -> Ranking:
    """At most `most` tracks that `text` means, that are like some and unlike others, or that were found by `plain`
    words, in one ranking; those in the file `among`, if one is given."""
    try:
        found = _mapped(rows, models, tuple(map(_state, (rows / name for name in ROWS))))
    except (ValueError, OSError):
        return Ranking([], [], [], [], whole=False)
    wanted: NDArray[np.bytes_] | None = None if among is None else np.fromfile(among, "S32")
    return found.rank(text, like, unlike, plain, wanted, most)


@lru_cache(maxsize=1)
def _mapped(rows: Path, models: Path, _states: tuple[tuple[int, ...], ...]) -> Rows:
    return Rows(models, *(unpack(rows / name) for name in ROWS))


def _state(file: Path) -> tuple[int, ...]:
    """What changes when a file is written to or replaced. Raises OSError for one that is gone."""
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _base(rows: Path | None) -> Packed:
    try:
        return unpack(rows / BASE) if rows else _NONE
    except (ValueError, OSError):
        return _NONE


_NONE = Packed(np.zeros(0, "S48"), np.zeros((0, 0), np.float16))

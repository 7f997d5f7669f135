"""What musicnn's labels are called, and which of them a sound is most about. The words stand in `labels.toml`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.tag.facts import Category

Vector = NDArray[np.float32]

SHOWN: dict[Category, int] = {"genre": 3, "mood": 2, "instruments": 3, "voice": 1, "era": 1, "texture": 2}
"""How many of each category are worth saying, of the first of them at most as many as are usually asked for."""
_USUAL = max(SHOWN.values())
LEAST_SCORE = 0.05
LEAST_LIFT = 1.0
SMALLEST_MEAN = 1e-3
"""What the reference holds less of than this lifts nothing further."""


@dataclass(frozen=True)
class TagName:
    """`name`: a key in lower-case English. `descriptor`: whether the bank of descriptors has it."""

    name: str
    category: Category
    descriptor: bool
    labels: tuple[int, ...]
    """Places of its labels among the hundred: MSD's fifty, then MTT's."""


@dataclass(frozen=True)
class Tag:
    """`score`: probability, 0 to 1; right ones seldom pass 0.5. `lift`: how many times that of the reference."""

    name: str
    category: Category
    score: float
    lift: float
    descriptor: bool
    source: Literal["musicnn"] = "musicnn"


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "labels.toml").read_text(encoding="utf-8"))


@cache
def tag_names() -> tuple[TagName, ...]:
    """All tags, in the order that `scores` has."""
    document = _document()
    msd, mtt = document["msd"], document["mtt"]
    return tuple(
        TagName(
            name,
            category,
            kind == "descriptors",
            (
                *[msd.index(label) for label in labels.get("msd", ())],
                *[len(msd) + mtt.index(label) for label in labels.get("mtt", ())],
            ),
        )
        for kind in ("descriptors", "others")
        for category, names in document[kind].items()
        for name, labels in names.items()
    )


@cache
def built_in_reference() -> Vector:
    """Mean scores of music of many kinds, [tags], for as long as there is no library to take them from."""
    means = _document()["reference"]
    return np.array([means[tag.name] for tag in tag_names()], np.float32)


def scores(msd: Vector, mtt: Vector) -> Vector:
    """Probabilities of the labels, [50] each -> of the tags, [tags]: the highest of a tag's labels."""
    labels, starts = _labels_of_tags()
    highest: Vector = np.maximum.reduceat(np.concatenate([msd, mtt])[labels], starts).astype(np.float32)
    return highest


@cache
def _labels_of_tags() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The labels of every tag, one tag's after another's, and where each tag's begin."""
    counts = [len(tag.labels) for tag in tag_names()]
    labels = np.array([label for tag in tag_names() for label in tag.labels], np.intp)
    return labels, np.cumsum([0, *counts[:-1]])


def tags(msd: Vector, mtt: Vector, reference: Vector | None = None) -> list[Tag]:
    """Every tag, by category, the first of each the one that says most: by score · √lift.

    `reference`: the mean of `scores` over other music.
    """
    means = np.maximum(built_in_reference() if reference is None else reference, SMALLEST_MEAN)
    found = [
        Tag(tag.name, tag.category, float(score), float(score / mean), tag.descriptor)
        for tag, score, mean in zip(tag_names(), scores(msd, mtt), means, strict=True)
    ]
    order = list(SHOWN)
    return sorted(found, key=lambda tag: (order.index(tag.category), -tag.score * tag.lift**0.5, tag.name))


def chosen(ranked: Sequence[Tag], most: int) -> list[Tag]:
    """Of `tags`, the first of each category, and of these what is likely and more so than in other music.

    `most`: so many of a category are asked for; each above what is usual is one more of every category.
    """
    more = max(0, most - _USUAL)
    return [
        tag
        for category, usual in SHOWN.items()
        for tag in [tag for tag in ranked if tag.category == category][: usual + more]
        if tag.score >= LEAST_SCORE and tag.lift >= LEAST_LIFT
    ]

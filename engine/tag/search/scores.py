"""What the facts of a record say that a search can rank by."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tag.descriptors import load
from engine.tag.labels import scores, tag_names
from engine.tag.search.labels import label_of, removed_score, user_score

MUSICNN, CLAMP3 = "musicnn-labels", "clamp3-labels"
"""Vectors of the facts: both networks' probabilities [100], and the cosine of every descriptor of the bank [160]."""


def vector(facts: Mapping[str, Any], name: str) -> NDArray[np.float32] | None:
    """One of the `vectors` of a record's facts, None where there is none or it cannot be read."""
    text = (facts.get("vectors") or {}).get(name)
    if not isinstance(text, str):
        return None
    try:
        found = np.frombuffer(base64.b64decode(text, validate=True), "<f2").astype(np.float32)
    except (binascii.Error, ValueError):
        return None
    return found if np.isfinite(found).all() else None


def scores_of(facts: Mapping[str, Any], loudness_lufs: float | None = None) -> dict[str, float]:
    """Score -> its value, by the names that `Label.scores` has, besides `user:LABEL`, 1, for a tag that the user set,
    and `removed:LABEL` for one that the user took away."""
    found: dict[str, float] = {}
    heard, cosines = vector(facts, MUSICNN), vector(facts, CLAMP3)
    if heard is not None and len(heard) == _HALF * 2:
        values = scores(heard[:_HALF], heard[_HALF:])
        found |= {f"musicnn:{tag.name}": float(value) for tag, value in zip(tag_names(), values, strict=True)}
    descriptors = load().descriptors
    if cosines is not None and len(cosines) == len(descriptors):
        names = [f"clamp3:{one.category}/{one.id}" for one in descriptors]
        found |= dict(zip(names, cosines.tolist(), strict=True))
    measures = facts.get("measures") or {}
    measured = {
        "tempo_bpm": (facts.get("tempo") or {}).get("bpm"),
        "singing": (facts.get("sound") or {}).get("singing"),
        "energy": measures.get("energy"),
        "brightness_hz": measures.get("brightness_hz"),
        "loudness_lufs": loudness_lufs,
    }
    found |= {f"measured:{name}": float(value) for name, value in measured.items() if isinstance(value, int | float)}
    own = [tag for tag in facts.get("tags") or () if tag.get("source") == "user"]
    for name_of, tags in ((user_score, own), (removed_score, facts.get("removed") or ())):
        found |= {name_of(label_of(tag["category"], tag["name"])): 1.0 for tag in tags}
    return found


_HALF = 50

"""How far each label of a track stands out of the library: what a score means beside those of other tracks."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.tag.labels import built_in_reference, tag_names
from engine.tag.search.labels import Label, removed_score, user_score
from engine.tag.search.packed import Packed

Scores = NDArray[np.float32]

FARTHEST = 4.0
"""Spreads beyond which a score stands out no more: one odd track must not win every search."""
OTHERS, OTHERS_SPREAD = 4, 1.5
"""So many tracks of other music, and how far their log odds spread, count beside a library's own: what all of a small
one share stands out as well."""
_LEAST_SHARE = 1e-4
_SHARES = ("musicnn:", "measured:singing")
_RATIOS = ("measured:tempo_bpm", "measured:brightness_hz")


def table(tracks: Sequence[Mapping[str, float]]) -> tuple[tuple[str, ...], Scores]:
    """The names of all scores that the tracks have, and float32 [tracks, scores], NaN where one has none."""
    names = tuple(dict.fromkeys(name for scores in tracks for name in scores))
    at = {name: column for column, name in enumerate(names)}
    found = np.full((len(tracks), len(names)), np.nan, np.float32)
    for row, scores in enumerate(tracks):
        for name, score in scores.items():
            found[row, at[name]] = score
    return names, found


def lifts(ids: Sequence[str], names: Sequence[str], scores: Scores, labels: Sequence[Label]) -> Packed:
    """Rows of the labels: the mean of a label's standardised scores, 0 where a track has none of them, FARTHEST where
    the user says so, at most 0 where the user took it away.

    `scores`: float32 [tracks, names], NaN where a track has none, probabilities (musicnn, singing), cosines (clamp3)
    or measured values; a standardised one is its distance from the mean of the library in standard deviations.
    """
    standard = _standardised(names, scores)
    at = {name: column for column, name in enumerate(names)}
    rows = np.zeros((len(scores), len(labels)), np.float32)
    for column, label in enumerate(labels):
        signed = [
            (-1.0 if score.startswith("-") else 1.0) * standard[:, at[name]]
            for score in label.scores
            if (name := score.removeprefix("-")) in at
        ]
        if signed:
            stacked = np.stack(signed)
            had = np.isfinite(stacked)
            rows[:, column] = np.where(had, stacked, 0).sum(axis=0) / np.maximum(had.sum(axis=0), 1)
        if (removed := at.get(removed_score(label.id))) is not None:
            rows[:, column] = np.where(np.isfinite(scores[:, removed]), np.minimum(rows[:, column], 0), rows[:, column])
        if (said := at.get(user_score(label.id))) is not None:
            rows[np.isfinite(scores[:, said]), column] = FARTHEST
    names_of = tuple(label.id for label in labels)
    return Packed(np.array([track.encode() for track in ids], "S"), rows.astype(np.float16), names_of)


def _standardised(names: Sequence[str], scores: Scores) -> Scores:
    found = scores.astype(np.float64)
    for column, name in enumerate(names):
        if name.startswith(_SHARES):
            found[:, column] = _log_odds(found[:, column])
        elif name in _RATIOS:
            found[:, column] = np.log(np.maximum(found[:, column], 1))
    for category in {name.partition("/")[0] for name in names if name.startswith("clamp3:")}:
        columns = [column for column, name in enumerate(names) if name.partition("/")[0] == category]
        found[:, columns] -= found[:, columns].mean(axis=1, keepdims=True)
    had = np.isfinite(found)
    means, beside = _other_music(names)
    count = np.maximum(had.sum(axis=0) + beside, 1)
    mean = (np.where(had, found, 0).sum(axis=0) + beside * means) / count
    squares = (np.where(had, found - mean, 0) ** 2).sum(axis=0) + beside * ((means - mean) ** 2 + OTHERS_SPREAD**2)
    spread = np.sqrt(squares / count)
    found -= mean
    standard: Scores = np.clip(found / np.where(spread > 0, spread, 1), -FARTHEST, FARTHEST).astype(np.float32)
    return standard


def _log_odds(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(shares, _LEAST_SHARE, 1 - _LEAST_SHARE)
    odds: NDArray[np.float64] = np.log(clipped / (1 - clipped))
    return odds


def _other_music(names: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean log odds of every score in other music, and of how many tracks: 0 where nothing is known."""
    known = dict(zip((f"musicnn:{tag.name}" for tag in tag_names()), built_in_reference().tolist(), strict=True))
    means = _log_odds(np.array([known.get(name, 0.5) for name in names]))
    return means, np.array([OTHERS if name in known else 0 for name in names], float)

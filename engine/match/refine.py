"""The optional second look: the whole chain is tried on an excerpt, and its numbers are moved while that helps.

What the inversion reckons part by part, the parts then do to each other: a compressor changes the tone behind the
equaliser, a room the width. Here the excerpt goes through all of them, and the change that is measured on it is laid
on the whole target's features. A pattern search (R. Hooke, T. A. Jeeves, "Direct search solution of numerical and
statistical problems", 1961): one number after the other up or down, smaller steps when nothing helps any more. It has
no chance in it; only a time budget can make two runs differ.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio
from engine.audio.layouts import Layout
from engine.match.analyze import analyze_features
from engine.match.eq_fit import MAX_GAIN_DB
from engine.match.features import Features
from engine.match.metrics import bark_levels
from engine.match.noise import Bounds
from engine.match.render import render
from engine.match.style import MAX_WIDTH, MIN_WIDTH, StyleParams

EVALUATIONS = 80
_STEPS = (1.0, 0.5, 0.25)
"""Of what a number is moved by at first."""
_GAIN_DB, _WIDTH, _MIX = 1.5, 0.15, 0.04
_SIDE = 0.35
"""Weight of the side signal's bands against the mid signal's."""
_BETTER = 1e-3


@dataclass(frozen=True)
class Refined:
    style: StyleParams
    before_db: float
    """Distance that was expected of the style as it came, RMS over critical bands."""
    after_db: float
    evaluations: int


def refine(
    style: StyleParams,
    reference: Features,
    target: Features,
    excerpt: Audio,
    rate_hz: int,
    layout: Layout | int,
    *,
    budget_s: float = math.inf,
    evaluations: int = EVALUATIONS,
    tick: Callable[[int], None] | None = None,
) -> Refined:
    """`style` with equaliser gains, widths and the room's share moved towards `reference`.

    `target` describes the whole, `excerpt` float32 [channels, samples] at `rate_hz` is some ten seconds of it. `tick`
    is told of every rendering and may raise to stop.
    """
    started = time.monotonic()
    wanted = bark_levels(reference)
    plain = bark_levels(analyze_features(excerpt, rate_hz, layout))
    own = bark_levels(target)
    stereo = target.stereo is not None and reference.stereo is not None
    weight = np.array([np.ones(wanted.shape[1]), np.full(wanted.shape[1], _SIDE if stereo else 0.0)])
    weight *= (wanted > wanted.max() - 80) & (own > own.max() - 80)
    count = 0

    def distance(tried: StyleParams) -> float:
        nonlocal count
        count += 1
        if tick is not None:
            tick(1)
        silent = tried.model_copy(update={"alignment": None, "lufs": None, "limiter": None})
        made = np.concatenate(list(render(excerpt, rate_hz, layout, silent)), axis=1)[:, : excerpt.shape[1]]
        after = own + bark_levels(analyze_features(made, rate_hz, layout)) - plain
        return _distance(after - wanted, weight)

    bounds = Bounds(target)
    best = first = distance(style)
    for step in _STEPS:
        helped = True
        while helped:
            helped = False
            for size, moved in _numbers(style):
                for sign in (1, -1):
                    if count >= evaluations or time.monotonic() - started > budget_s:
                        return Refined(style, round(first, 4), round(best, 4), count)
                    tried = moved(style, sign * step * size)
                    if tried == style or not bounds.within(tried.eq):
                        continue
                    reached = distance(tried)
                    if reached < best - _BETTER:
                        style, best, helped = tried, reached, True
                        break
    return Refined(style, round(first, 4), round(best, 4), count)


def _distance(difference_db: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Up to a common level, which the loudness target sees to."""
    total = float(weight.sum())
    if total <= 0:
        return 0.0
    level = float(np.sum(weight[0] * difference_db[0]) / max(1e-9, weight[0].sum()))
    return float(np.sqrt(np.sum(weight * (difference_db - level) ** 2) / total))


def _numbers(style: StyleParams) -> Iterator[tuple[float, Callable[[StyleParams, float], StyleParams]]]:
    """What can be moved: how far a step goes, and how it gets into a style."""
    for place in range(len(style.eq)):
        yield _GAIN_DB, partial(_gain, place)
    for place in range(len(style.stereo.bands) if style.stereo is not None else 0):
        yield _WIDTH, partial(_width, place)
    if style.reverb is not None:
        yield _MIX, _mix


def _gain(place: int, style: StyleParams, by: float) -> StyleParams:
    bands = list(style.eq)
    gain_db = round(float(np.clip(bands[place].gain_db + by, -MAX_GAIN_DB, MAX_GAIN_DB)), 3)
    bands[place] = bands[place].model_copy(update={"gain_db": gain_db})
    return style.model_copy(update={"eq": tuple(bands)})


def _width(place: int, style: StyleParams, by: float) -> StyleParams:
    assert style.stereo is not None
    bands = list(style.stereo.bands)
    width = round(float(np.clip(bands[place].width + by, MIN_WIDTH, MAX_WIDTH)), 4)
    bands[place] = bands[place].model_copy(update={"width": width})
    return style.model_copy(update={"stereo": style.stereo.model_copy(update={"bands": tuple(bands)})})


def _mix(style: StyleParams, by: float) -> StyleParams:
    assert style.reverb is not None
    mix = round(float(np.clip(style.reverb.mix + by, 0, 0.6)), 4)
    return style.model_copy(update={"reverb": style.reverb.model_copy(update={"mix": mix})})

"""A match stem by stem: each stem gets the style of its like, and their sum is matched as a whole afterwards."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import zip_longest
from typing import Any

import numpy as np

from engine.audio.block import Audio, regroup
from engine.audio.decode import blocks, open_source
from engine.audio.layouts import Layout
from engine.audio.processor import BLOCK
from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext
from engine.errors import invalid
from engine.library.inputs import Stem
from engine.match.analyze import is_silent
from engine.match.features import Features
from engine.match.invert import invert_params
from engine.match.params import MatchParams, settled
from engine.match.render import render
from engine.match.spot import response
from engine.match.style import StyleParams, does_something
from engine.match.subsonic import Subsonic, analyze

PASSES = 4
"""Gone through the sound while a stem is matched: heard on both sides, rendered, its loudness found."""
UNKNOWN = 60 * 44_100
"""Samples after which half of a stage is told, where nobody knows how many there are."""


def common_stems(params: MatchParams, job: JobContext) -> dict[str, tuple[Stem, Stem]]:
    """Stems by name, the source's and the reference's. Raises INVALID_INPUT `match_without_stems`."""
    theirs = {} if params.reference is None else job.stems(params.reference)
    common = {name: (stem, theirs[name]) for name, stem in job.stems(params.source).items() if name in theirs}
    if not common:
        raise invalid("match_without_stems")
    return common


def matched_stems(
    params: MatchParams, job: JobContext, rate_hz: int, layout: Layout, stack: ExitStack, stage: str
) -> tuple[dict[str, ScratchAudio], dict[str, Any]]:
    """Every stem of the source, rendered into a scratch that `stack` closes, and the style of each that has its like.

    Stems that only the source has are taken as they are. The stems' loudness is matched too, so that the balance
    between them becomes the reference's; no stem is limited, only their sum will be.
    """
    common = common_stems(params, job)
    own = job.stems(params.source)
    scratches, styles = {}, {}
    for number, (name, stem) in enumerate(own.items()):

        def report_share(share: float, number: int = number) -> None:
            job.progress(number + share, len(own), stage)

        tick = ticking(PASSES * stem.samples, report_share)
        style, below = _style(params, *common[name], tick) if name in common else (StyleParams(limiter=None), None)
        styles[name] = style.model_dump(mode="json")
        response_key = style.reverb.ir_key if style.reverb is not None else None
        given = None if response_key is None else response(job.open(response_key), rate_hz, layout)
        scratches[name] = stack.enter_context(ScratchAudio(job.temp_dir))
        sound = blocks(stem.path, rate_hz=rate_hz, channels=layout)
        if below is not None and len(below.offsets) == layout.channels and does_something(style):
            sound = below.removed(sound, rate_hz)
        made = render(sound, rate_hz, layout, style, impulse_response=given, tick=tick, scratch_dir=job.temp_dir)
        scratches[name].add(regroup(made, BLOCK))
    return scratches, styles


def _style(params: MatchParams, ours: Stem, theirs: Stem, tick: Callable[[int], None]) -> tuple[StyleParams, Subsonic]:
    (source, below), (reference, _) = _analyzed(ours, tick), _analyzed(theirs, tick)
    if is_silent(source) or is_silent(reference):  # a stem without a sound has no style
        return StyleParams(limiter=None), below
    found = invert_params(reference, source, "B").style
    return settled(found, params, source.lufs.integrated).model_copy(update={"limiter": None}), below


def _analyzed(stem: Stem, tick: Callable[[int], None]) -> tuple[Features, Subsonic]:
    with open_source(stem.path) as file:
        rate_hz, layout = file.rate_hz, file.layout
    return analyze(lambda: blocks(stem.path), rate_hz, layout, tick=tick)


def together(scratches: Mapping[str, ScratchAudio], channels: int) -> Iterator[dict[str, Audio]]:
    """All stems block by block, the shorter ones filled up with silence."""
    for group in zip_longest(*scratches.values()):
        size = max(block.shape[1] for block in group if block is not None)
        yield {
            name: np.zeros((channels, size), np.float32)
            if block is None
            else np.pad(block, ((0, 0), (0, size - block.shape[1])))
            for name, block in zip(scratches, group, strict=True)
        }


def summed(scratches: Mapping[str, ScratchAudio], channels: int) -> Iterator[Audio]:
    """Their mix."""
    for group in together(scratches, channels):
        yield np.sum(list(group.values()), axis=0, dtype=np.float32)


def ticking(samples: int, report_share: Callable[[float], None]) -> Callable[[int], None]:
    """Counts samples and tells which share of all they are. Where the length is unknown it slows down."""
    count = 0

    def tick(more: int) -> None:
        nonlocal count
        count += more
        report_share(min(1.0, count / samples) if samples else count / (count + UNKNOWN))

    return tick

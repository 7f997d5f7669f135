"""From a condition to codes: one window, written column by column in the delay pattern."""

from collections.abc import Callable

import numpy as np

from engine.generate.musicgen.architecture import Architecture
from engine.generate.musicgen.decoder import Condition, Decoder
from engine.generate.musicgen.pattern import Codes, DelayPattern
from engine.generate.musicgen.sampling import Draw, sampled


def generate_codes(
    decoder: Decoder,
    arch: Architecture,
    condition: Condition,
    frames: int,
    draw: Draw,
    dice: np.random.Generator,
    prompt: Codes | None = None,
    heard: Callable[[Codes, int], None] | None = None,
) -> Codes:
    """Codes [batch, codebooks, frames], of which the first are those of `prompt`.

    After every step `heard(codes, complete)` is told how many frames are complete; what it raises ends the work.
    """
    given = 0 if prompt is None else prompt.shape[2]
    if given >= frames:
        raise ValueError(f"a prompt of {given} frames leaves nothing to write in {frames}")
    pattern = DelayPattern(arch.delays, frames, arch.special)
    codes = np.full((condition.batch, arch.codebooks, frames), -1, np.int64)
    if prompt is not None:
        codes[:, :, :given] = prompt
    start = given + 1
    first = np.stack([pattern.column(codes, step) for step in range(start)], axis=2)
    cache, logits = decoder.prefill(condition, first, pattern.steps)
    for step in range(start, pattern.steps):
        pattern.put(sampled(logits, draw, dice), step, codes, given)
        if heard is not None:
            heard(codes, pattern.complete(step))
        if step + 1 < pattern.steps:
            logits = decoder.step(pattern.column(codes, step), cache)
    return codes

"""From logits to codes: temperature, then the K likeliest or the nucleus, then one draw for every codebook."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.generate.musicgen.decoder import Floats


@dataclass(frozen=True)
class Draw:
    """How codes are drawn. `temperature` 0 takes the likeliest; `top_p` above 0 wins over `top_k`; `top_k` 0 is all."""

    temperature: float = 1.0
    top_k: int = 250
    top_p: float = 0.0


def probabilities(logits: Floats, draw: Draw) -> Floats:
    """What is drawn from, [..., cardinality]; as audiocraft/models/lm.py and utils/utils.py have it.

    Ties with the K-th likeliest are kept. The nucleus is every token before whose probability less than or exactly
    `top_p` has been collected.
    """
    scaled = logits / np.float32(draw.temperature)
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    shares: Floats = np.exp(scaled)
    shares /= shares.sum(axis=-1, keepdims=True)
    if draw.top_p > 0:
        order = np.argsort(-shares, axis=-1, kind="stable")
        ranked = np.take_along_axis(shares, order, axis=-1)
        ranked[np.cumsum(ranked, axis=-1) - ranked > draw.top_p] = 0
        np.put_along_axis(shares, order, ranked, axis=-1)
    elif 0 < draw.top_k < shares.shape[-1]:
        least = np.partition(shares, -draw.top_k, axis=-1)[..., -draw.top_k, None]
        shares[shares < least] = 0
    else:
        return shares
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def sampled(logits: Floats, draw: Draw, dice: np.random.Generator) -> NDArray[np.int64]:
    """One token for each of logits [..., cardinality]: the cumulative distribution is inverted at a uniform number."""
    chosen: NDArray[np.int64]
    if draw.temperature <= 0:
        chosen = logits.argmax(axis=-1)
        return chosen
    climbing = np.cumsum(probabilities(logits, draw), axis=-1, dtype=np.float64)
    mark = dice.random(logits.shape[:-1]) * climbing[..., -1]
    chosen = np.minimum((climbing <= mark[..., None]).sum(axis=-1), logits.shape[-1] - 1)
    return chosen

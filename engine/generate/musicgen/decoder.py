"""The contract of a language model's runtime: `prefill` once, then `step` by step.

Guidance is a weighted sum of the logits of groups of rows, so that one rule covers plain generation (one group,
weight 1), classifier-free guidance (condition and null) and the double guidance of the style model (three groups).
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Condition:
    """What the rows of a batch are conditioned on: groups x batch rows, group by group.

    `weights`: one for each group. `prefix`: [rows, frames, dim], put before the tokens. `cross`: [rows, frames, dim],
    attended to in every layer; a row of zeros adds nothing there, as the projections have no bias.
    """

    batch: int
    weights: tuple[float, ...]
    prefix: Floats | None = None
    cross: Floats | None = None
    parts: tuple["Condition", ...] = ()
    """For guidance in two passes: each group by itself, with its own lengths; see `TwoPass`."""

    @property
    def rows(self) -> int:
        return self.batch * len(self.weights)

    @property
    def prefix_frames(self) -> int:
        return 0 if self.prefix is None else self.prefix.shape[1]


def guidance(coef: float, *, style_beta: float | None = None) -> tuple[float, ...]:
    """Weights for (condition, null), or with `style_beta` for (text and style, style alone, null).

    l = null + coef (style + beta (both - style) - null): MusicGen-Style, Rouard et al. 2024, equation 2.
    """
    if style_beta is not None:
        return coef * style_beta, coef * (1 - style_beta), 1 - coef
    return (1.0,) if coef == 1 else (coef, 1 - coef)


class Decoder(Protocol):
    """Runs one language model. What it remembers of a sequence is the `cache`, which it alone understands."""

    precision: str

    def prefill(self, condition: Condition, tokens: NDArray[np.int64], steps: int) -> tuple[Any, Floats]:
        """Read the condition and the first tokens, int64 [batch, codebooks, n]; room is made for `steps` steps.

        Returns the cache and the guided logits after the last of them, float32 [batch, codebooks, cardinality].
        """

    def step(self, tokens: NDArray[np.int64], cache: Any) -> Floats:
        """Read one more column, [batch, codebooks], and return the guided logits that follow."""


class TwoPass:
    """Guidance in passes of their own, so that the null condition is not padded to the length of the prompt.

    audiocraft calls it two-step CFG. It costs twice the passes of one batch.
    """

    def __init__(self, decoder: Decoder) -> None:
        self.precision, self._decoder = decoder.precision, decoder

    def prefill(self, condition: Condition, tokens: NDArray[np.int64], steps: int) -> tuple[Any, Floats]:
        begun = [self._decoder.prefill(part, tokens, steps) for part in condition.parts]
        return (condition.weights, [cache for cache, _ in begun]), _mixed(condition.weights, [out for _, out in begun])

    def step(self, tokens: NDArray[np.int64], cache: Any) -> Floats:
        weights, caches = cache
        return _mixed(weights, [self._decoder.step(tokens, part) for part in caches])


def _mixed(weights: tuple[float, ...], logits: list[Floats]) -> Floats:
    total: Floats = np.einsum("g,g...->...", np.asarray(weights, np.float32), np.stack(logits))
    return total


def positions(count: int, dim: int) -> Floats:
    """The table of sinusoidal positions, [count, dim]: cosines first, exponents i / (half - 1).

    As audiocraft/modules/transformer.py computes it, in torch, so that float32 agrees to the bit.
    """
    import torch

    half = dim // 2
    steps = torch.arange(count).view(-1, 1).to(torch.float32)
    phase = steps / torch.full([], 10_000.0) ** (torch.arange(half, dtype=torch.float32).view(1, -1) / (half - 1))
    table: Floats = torch.cat([torch.cos(phase), torch.sin(phase)], dim=-1).numpy()
    return table

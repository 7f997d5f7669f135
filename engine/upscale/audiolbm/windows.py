"""MultiDiffusion over time (Bar-Tal et al. 2023): in every step, windows of what is too long are averaged to one."""

from collections.abc import Callable

import torch
from torch import Tensor

EARLY, LATE = 1 / 2, 1 / 8
"""Overlap of the first and the last step's windows, in windows. The paper goes down to none; this much lets no join
be heard, because the last step is not averaged by any after it."""
GOLDEN = 0.6180339887498949
"""Windows move by this part of their distance from step to step, so that no place is at an edge twice."""

Span = tuple[int, int]


def spans(frames: int, size: int, step: int, steps: int) -> list[Span]:
    """Start and end of each window of `size` frames in a step, in order; together they cover all. One if it fits."""
    if frames <= size:
        return [(0, frames)]
    hop = size - overlap(size, step, steps)
    shift = int(step * GOLDEN * hop) % hop
    starts = sorted({min(max(start, 0), frames - size) for start in range(-shift, frames, hop)})
    return [(start, start + size) for start in starts]


def overlap(size: int, step: int, steps: int) -> int:
    """Frames by which neighbours overlap at least."""
    share = step / max(steps - 1, 1)
    return int(size * (EARLY + (LATE - EARLY) * share))


def weights(found: list[Span], fade: int) -> list[Tensor]:
    """How much each window counts at each of its frames, float32 [size]; their sum is 1 everywhere.

    They rise and fall over `fade` frames, but not at the very ends of the sound.
    """
    frames = found[-1][1]
    raw = []
    for start, end in found:
        place = torch.arange(end - start, dtype=torch.float64)
        rise = torch.ones_like(place) if start == 0 else ((place + 1) / (fade + 1)).clamp(max=1)
        fall = torch.ones_like(place) if end == frames else ((end - start - place) / (fade + 1)).clamp(max=1)
        raw.append(torch.minimum(rise, fall))
    total = torch.zeros(frames, dtype=torch.float64)
    for (start, end), weight in zip(found, raw, strict=True):
        total[start:end] += weight
    return [(weight / total[start:end]).float() for (start, end), weight in zip(found, raw, strict=True)]


def averaged(
    latent: Tensor,
    prior: Tensor,
    size: int,
    step: int,
    steps: int,
    batch: int,
    predict: Callable[[Tensor, Tensor], Tensor],
    tick: Callable[[float], None],
) -> Tensor:
    """`predict(latent, prior)` over [channels, 64, any frames], asked only for up to `batch` windows of `size` frames.

    `tick` is told the share of this step that is done.
    """
    frames = latent.shape[-1]
    found = spans(frames, size, step, steps)
    shares = weights(found, overlap(size, step, steps))
    asked = [(channel, number) for number in range(len(found)) for channel in range(len(latent))]
    out = torch.zeros_like(latent)
    for first in range(0, len(asked), batch):
        part = asked[first : first + batch]
        pieces = [slice(*found[number]) for _, number in part]
        made = predict(
            torch.stack([latent[channel, :, piece] for (channel, _), piece in zip(part, pieces, strict=True)]),
            torch.stack([prior[channel, :, piece] for (channel, _), piece in zip(part, pieces, strict=True)]),
        )
        for (channel, number), piece, estimate in zip(part, pieces, made, strict=True):
            out[channel, :, piece] += estimate * shares[number].to(estimate.device)
        tick((first + len(part)) / len(asked))
    return out

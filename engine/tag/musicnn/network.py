"""The network of musicnn: filters across frequency hear timbre, filters along time hear rhythm (arXiv:1909.06654).

A window is float32 [FRAMES, BANDS] of `engine.tag.musicnn.spectrum`. Every normalisation is a scale and a shift here,
since its statistics no longer move.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from engine.upstream.tensors import UnreadableError, agree

LABELS = 50
EMBEDDING = 200
SMALLEST_VARIANCE = 1e-3
REACH = 3
"""Frames that a filter of 7 frames reaches beyond its own, before and after."""
TIMBRAL = ((38, 204), (67, 204))
"""Bands and number of the filters of 7 frames."""
TEMPORAL = ((128, 51), (64, 51), (32, 51))
"""Frames and number of the filters of one band."""
MIDDLE = 64
FRONT = sum(count for _, count in (*TIMBRAL, *TEMPORAL))
POOLED = 2 * (FRONT + 3 * MIDDLE)


class Norm(nn.Module):
    """A scale and a shift for each channel, of [batch, channels, …]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        shape = (-1, *[1] * (x.ndim - 2))
        return x * self.scale.view(shape) + self.shift.view(shape)


class Musicnn(nn.Module):
    """`convolutions`, `norms` and `layers` are numbered as TensorFlow numbered them."""

    def __init__(self) -> None:
        super().__init__()
        front = [
            *[nn.Conv2d(1, count, (2 * REACH + 1, bands)) for bands, count in TIMBRAL],
            *[nn.Conv2d(1, count, (frames, 1)) for frames, count in TEMPORAL],
        ]
        middle = [nn.Conv1d(width, MIDDLE, 2 * REACH + 1, padding=REACH) for width in (FRONT, MIDDLE, MIDDLE)]
        self.convolutions = nn.ModuleList([*front, *middle])
        counts = [1, *[convolution.out_channels for convolution in [*front, *middle]], POOLED, EMBEDDING]
        self.norms = nn.ModuleList([Norm(count) for count in counts])
        self.layers = nn.ModuleList([nn.Linear(POOLED, EMBEDDING), nn.Linear(EMBEDDING, LABELS)])

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """[batch, frames, BANDS] -> the probability of each label [batch, LABELS], the embedding [batch, EMBEDDING]."""
        front = self._front(self.norms[0](windows[:, None]))
        first = self._heard(5, front)
        second = self._heard(6, first) + first
        third = self._heard(7, second) + second
        found = torch.cat([front, first, second, third], dim=1)
        pooled = torch.stack([found.amax(2), found.mean(2)], dim=2).flatten(1)  # maximum, mean, maximum, mean …
        embedding = self.norms[10](relu(self.layers[0](self.norms[9](pooled))))
        return torch.sigmoid(self.layers[1](embedding)), embedding

    def _front(self, x: Tensor) -> Tensor:
        """[batch, 1, frames, BANDS] -> for each filter where in frequency it fits best: [batch, FRONT, frames]."""
        timbral = pad(x, (0, 0, REACH, REACH))
        found = [self._heard(place, timbral) for place in range(len(TIMBRAL))]
        for place, (frames, _) in enumerate(TEMPORAL, len(TIMBRAL)):
            found.append(self._heard(place, pad(x, (0, 0, (frames - 1) // 2, frames // 2))))
        return torch.cat([part.amax(3) for part in found], dim=1)

    def _heard(self, place: int, x: Tensor) -> Tensor:
        heard: Tensor = self.norms[place + 1](relu(self.convolutions[place](x)))
        return heard


def network(variables: Mapping[str, Tensor]) -> Musicnn:
    """The network with the variables of a TensorFlow bundle, by their own names.

    Raises `engine.upstream.tensors.UnreadableError` where one is missing, too many or of another shape.
    """
    with torch.device("meta"):
        empty = Musicnn()
    agree(shapes(empty), variables)
    model, state = Musicnn(), dict[str, Tensor]()
    for place, convolution in enumerate(model.convolutions):
        name = _numbered("conv2d", place)
        kernel = variables[f"{name}/kernel"]
        in_frequency = isinstance(convolution, nn.Conv2d)
        weight = kernel.permute(3, 2, 0, 1) if in_frequency else kernel[:, :, 0].permute(2, 1, 0)
        state[f"convolutions.{place}.weight"] = weight
        state[f"convolutions.{place}.bias"] = variables[f"{name}/bias"]
    for place in range(len(model.norms)):
        name = _numbered("batch_normalization", place)
        scale = variables[f"{name}/gamma"] / torch.sqrt(variables[f"{name}/moving_variance"] + SMALLEST_VARIANCE)
        state[f"norms.{place}.scale"] = scale
        state[f"norms.{place}.shift"] = variables[f"{name}/beta"] - variables[f"{name}/moving_mean"] * scale
    for place in range(len(model.layers)):
        name = _numbered("dense", place)
        state[f"layers.{place}.weight"] = variables[f"{name}/kernel"].T
        state[f"layers.{place}.bias"] = variables[f"{name}/bias"]
    if not all(torch.isfinite(value).all() for value in state.values()):
        raise UnreadableError("a normalisation has a variance below zero")
    model.load_state_dict(state)
    return model.requires_grad_(False).eval()


def _numbered(kind: str, place: int) -> str:
    return f"{kind}_{place}" if place else kind


def shapes(model: Musicnn) -> dict[str, tuple[int, ...]]:
    """What TensorFlow calls the variables of such a network, and their shapes there."""
    shapes: dict[str, tuple[int, ...]] = {}
    for place, convolution in enumerate(model.convolutions):
        assert isinstance(convolution, nn.Conv2d | nn.Conv1d)
        outer, inner, *kernel = convolution.weight.shape
        sides = (*kernel, inner) if isinstance(convolution, nn.Conv2d) else (*kernel, inner, 1)
        shapes[f"{_numbered('conv2d', place)}/kernel"] = (*sides, outer)
        shapes[f"{_numbered('conv2d', place)}/bias"] = (outer,)
    for place, norm in enumerate(model.norms):
        assert isinstance(norm, Norm)
        for part in ("gamma", "beta", "moving_mean", "moving_variance"):
            shapes[f"{_numbered('batch_normalization', place)}/{part}"] = tuple(norm.scale.shape)
    for place, layer in enumerate(model.layers):
        assert isinstance(layer, nn.Linear)
        shapes[f"{_numbered('dense', place)}/kernel"] = tuple(layer.weight.T.shape)
        shapes[f"{_numbered('dense', place)}/bias"] = tuple(layer.bias.shape)
    return shapes

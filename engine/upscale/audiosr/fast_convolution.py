"""Convolutions on a processor, in float32, in two to four times fewer multiplications than they are defined with.

Both are bilinear: transform overlapping tiles of the sound or picture, multiply the channels of each transformed value
by a matrix of its own, transform back. One dimension goes through the discrete Fourier transform (overlap-save, three
real products for a complex one), which stays exact for long kernels; 3 x 3 kernels go through Winograd's F(4x4, 3x3)
(A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv:1509.09308). Channels lie last in memory,
so that tiles are views and all work is matrix products. Nothing is compiled, and the weights stay as they are: large
ones are transformed anew for each call, piece by piece, which takes less time than reading them from memory.
"""

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

LEAST_CHANNELS = 32
"""With fewer there are too few multiplications to save."""
KEPT = 4 << 20
"""Values of transformed weights up to which they are transformed only once a call."""
WEIGHTS, TILES = 2 << 20, 1 << 20
"""Values at work at once: of transformed weights, and of transformed tiles. Both stay in the cache that way."""
SIZES = (16, 32, 64, 128)
WRITING = 80
"""What a value of the transformed weights costs, in multiplications."""
POINTS = (0.0, 1.0, -1.0, 2.0, -2.0)
WHOLE, STEP = 6, 4
"""Edge of a tile of a picture, and of what comes out of it."""


def with_fast_convolutions(network: nn.Module) -> nn.Module:
    """`network` with every layer that this module is good for put in its place; parameters and names stay."""
    for name, layer in network.named_children():
        if type(layer) is nn.Conv1d and _plain(layer) and layer.kernel_size[0] % 2 and layer.kernel_size[0] > 1:
            setattr(network, name, FourierConv1d(layer))
        elif type(layer) is nn.Conv2d and _plain(layer) and layer.kernel_size == (3, 3) and layer.dilation == (1, 1):
            setattr(network, name, WinogradConv2d(layer))
        else:
            with_fast_convolutions(layer)
    return network


def _plain(layer: nn.Conv1d | nn.Conv2d) -> bool:
    """Whether the result is as long as what goes in, and every channel is heard by every other."""
    same = all(
        2 * p == d * (k - 1) if isinstance(p, int) else False
        for p, d, k in zip(layer.padding, layer.dilation, layer.kernel_size, strict=False)
    )
    plain = set(layer.stride) == {1} and layer.groups == 1 and layer.padding_mode == "zeros" and layer.bias is not None
    return same and plain and min(layer.in_channels, layer.out_channels) >= LEAST_CHANNELS


class FourierConv1d(nn.Module):
    """What a `Conv1d` of odd kernel and the same length does."""

    def __init__(self, layer: nn.Conv1d) -> None:
        super().__init__()
        assert layer.bias is not None
        self.weight, self.bias, self._dilation = layer.weight, layer.bias, layer.dilation[0]
        self.weight.data = self.weight.data.permute(2, 1, 0).contiguous().permute(2, 1, 0)

    def forward(self, x: Tensor) -> Tensor:
        """float32 [batch, channels, samples] -> the same shape, channels last in memory."""
        batch, channels, samples = x.shape
        outs, _, taps = self.weight.shape
        d = self._dilation
        size = _cheapest(taps, channels, outs, samples)
        new, reach = size - taps + 1, taps // 2 * d
        # each dilated kernel meets every d-th value only: d interleaved sounds, each with its own tiles
        tiles = -(-(samples + 2 * reach) // (new * d))
        each = tiles * new * d
        padded = x.new_empty(batch * each + size * d, channels)
        for item in range(batch):
            here = padded[item * each : (item + 1) * each]
            here[:reach] = 0
            here[reach : reach + samples] = x[item].T
            here[reach + samples :] = 0
        padded[batch * each :] = 0
        y = x.new_empty(batch * each, outs)
        after, before, of_weight = fourier(size, taps)
        products = _Products(of_weight, self.weight.permute(2, 1, 0).reshape(taps, -1), channels, outs)
        seen = padded.as_strided((d, batch * tiles, size, channels), (channels, new * d * channels, d * channels, 1))
        kept = y.view(batch * tiles, new, d, outs).permute(2, 0, 1, 3)
        pieces = products.pieces(batch * tiles, d)
        buffer = x.new_empty(d * max(stop - start for start, stop in pieces), len(before), channels)
        for start, stop in pieces:
            count = stop - start
            turned = buffer[: d * count]
            for phase in range(d):
                torch.bmm(
                    before.expand(count, -1, -1),
                    seen[phase, start:stop],
                    out=turned[phase * count : (phase + 1) * count],
                )
            made = products(turned.transpose(0, 1))
            made[0] += size * self.bias  # what the constant stands for
            for phase in range(d):
                part = made[:, phase * count : (phase + 1) * count].transpose(0, 1)
                if d == 1:
                    torch.bmm(after.expand(count, -1, -1), part, out=kept[0, start:stop])
                else:
                    kept[phase, start:stop] = torch.bmm(after.expand(count, -1, -1), part)
        return y.view(batch, each, outs)[:, :samples].transpose(1, 2)


class WinogradConv2d(nn.Module):
    """What a 3 x 3 `Conv2d` with a border of zeros does."""

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__()
        assert layer.bias is not None
        self.weight, self.bias = layer.weight, layer.bias
        self.weight.data = self.weight.data.permute(2, 3, 1, 0).contiguous().permute(3, 2, 0, 1)

    def forward(self, x: Tensor) -> Tensor:
        """float32 [batch, channels, height, width] -> the same shape, channels last in memory."""
        batch, channels, height, width = x.shape
        outs = self.weight.shape[0]
        rows, columns = -(-height // STEP), -(-width // STEP)
        padded = x.new_empty(batch, rows * STEP + 2, columns * STEP + 2, channels)
        padded[:, 1 : height + 1, 1 : width + 1] = x.permute(0, 2, 3, 1)
        padded[:, :1], padded[:, height + 1 :], padded[:, :, :1], padded[:, :, width + 1 :] = 0, 0, 0, 0
        across, down, whole = padded.stride(2), padded.stride(1), padded.stride(0)
        y = x.new_empty(batch, rows * STEP, columns * STEP, outs)
        after, before, of_weight = winograd()
        products = _Products(of_weight, self.weight.permute(2, 3, 1, 0).reshape(9, -1), channels, outs)
        for item in range(batch):
            for start, stop in products.pieces(rows, columns):
                count = (stop - start) * columns
                seen = padded.as_strided(
                    (WHOLE, WHOLE, stop - start, columns, channels),
                    (down, across, STEP * down, STEP * across, 1),
                    item * whole + start * STEP * down,
                )
                turned = (before @ seen.reshape(WHOLE**2, -1)).view(WHOLE**2, count, channels)
                made = after @ products(turned).view(WHOLE**2, -1)
                pieces = made.view(STEP, STEP, stop - start, columns, outs).permute(2, 0, 3, 1, 4)
                kept = y[item, start * STEP : stop * STEP].view(stop - start, STEP, columns, STEP, outs)
                torch.add(pieces, self.bias, out=kept)
        return y[:, :height, :width].permute(0, 3, 1, 2)


class _Products:
    """The matrix products in between: each transformed value's channels by its own matrix."""

    def __init__(self, of_weight: Tensor, weight: Tensor, ins: int, outs: int) -> None:
        self._of_weight, self._weight, self._ins, self._outs = of_weight, weight, ins, outs
        self._points = len(of_weight)
        whole = self._points * ins * outs <= KEPT
        self._step = self._points if whole else max(1, WEIGHTS // (ins * outs))
        self._buffer, self._made = weight.new_empty(self._step, ins * outs), weight.new_empty(0)
        self._matrices = self._some(0, self._points) if whole else None

    def _some(self, start: int, stop: int) -> Tensor:
        return torch.mm(self._of_weight[start:stop], self._weight, out=self._buffer[: stop - start]).view(
            stop - start, self._ins, self._outs
        )

    def pieces(self, count: int, each: int = 1) -> list[tuple[int, int]]:
        """Parts of `count` rows of `each` tiles to be worked on at once: all of them where the weights are large."""
        most = (
            max(1, TILES // (self._points * max(self._ins, self._outs) * each)) if self._matrices is not None else count
        )
        return [(start, min(count, start + most)) for start in range(0, count, most)]

    def __call__(self, turned: Tensor) -> Tensor:
        """[points, tiles, ins] -> [points, tiles, outs], good until the next call."""
        size = self._points * turned.shape[1] * self._outs
        if len(self._made) < size:
            self._made = turned.new_empty(size)
        made = self._made[:size].view(self._points, turned.shape[1], self._outs)
        if self._matrices is not None:
            return torch.bmm(turned, self._matrices, out=made)
        for start in range(0, self._points, self._step):
            stop = min(self._points, start + self._step)
            torch.bmm(turned[start:stop], self._some(start, stop), out=made[start:stop])
        return made


def _cheapest(taps: int, ins: int, outs: int, samples: int) -> int:
    """The length of tiles that takes the least: products, transforms, and the transforming of the weights."""

    def cost(size: int) -> float:
        points, new = 3 * size // 2 - 1, size - taps + 1
        tiles = -(-samples // new)
        return points * (tiles * (ins * outs + size * ins + new * outs) + ins * outs * WRITING)

    return min((size for size in SIZES if size >= 2 * taps), key=cost, default=4 * taps)


@cache
def fourier(size: int, taps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Matrices (after, before, of the weight): after @ ((of_weight @ w) * (before @ x)) are the size - taps + 1 values
    of the correlation of x [size] with w [taps] that need nothing outside x."""
    place = np.arange(size)
    angle = 2 * np.pi * np.outer(np.arange(1, size // 2), place) / size
    cos, sin = np.cos(angle), np.sin(angle)
    ends = np.stack([np.ones(size), (-1.0) ** place])  # the constant and half the rate are real
    new = size - taps + 1
    # (a + ib)(c + ie) in three products: c(a + b), a(e - c), b(c + e); x's spectrum is cos - i sin, w's is conjugated
    before = np.concatenate([ends, cos - sin, cos, -sin])
    c, e = cos[:, :taps], sin[:, :taps]
    of_weight = np.concatenate([ends[:, :taps], c, e - c, c + e])
    back, aside = 2 * cos[:, :new].T, 2 * sin[:, :new].T
    after = np.concatenate([ends[:, :new].T, back - aside, -aside, -back], axis=1) / size
    return _tensor(after), _tensor(before), _tensor(of_weight)


@cache
def winograd() -> tuple[Tensor, Tensor, Tensor]:
    """Matrices (after [16, 36], before [36, 36], of the weight [36, 9]) for 3 x 3 kernels on 6 x 6 tiles.

    In one dimension polynomials are multiplied by their values at `POINTS` and at infinity (Toom and Cook); correlation
    is the transpose of that, and two dimensions are its Kronecker product with itself.
    """
    points = np.array(POINTS)
    of_tile = np.vander(points, WHOLE, increasing=True)
    of_tile = np.concatenate([of_tile, np.eye(WHOLE)[-1:]])
    of_weight = np.concatenate([np.vander(points, 3, increasing=True), np.eye(3)[-1:]])
    of_out = np.concatenate([np.vander(points, STEP, increasing=True), np.eye(STEP)[-1:]])
    before: NDArray[np.float64] = np.linalg.inv(of_tile).T
    return (
        _tensor(np.kron(of_out.T, of_out.T)),
        _tensor(np.kron(before, before)),
        _tensor(np.kron(of_weight, of_weight)),
    )


def _tensor(values: Any) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))

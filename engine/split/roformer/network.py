"""The BS-RoFormer network for inference, from a state dict, in plain torch.

Lu et al. 2023, arXiv:2309.02612; the order of operations is that of lucidrains' BS-RoFormer 0.4.1, whose output this
equals to rounding. What differs is only where the work is done:

- The features stay in one array [frames, bands, dim]. Sequences over time and over bands are views of it, and a layer
  runs over a few sequences at a time, so that what lies between two matrix products stays in the processor's cache.
- Constant factors move into the weights: each norm's gamma and sqrt(dim), and the gates' weights beside those of
  queries, keys and values.
- Bands of one width go through band split and mask estimators together.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from engine.split.roformer.config import RoformerConfig
from engine.split.roformer.layout import attention, feed_forward

Tensors = Mapping[str, Tensor]
Tick = Callable[[float], None]

TINY = 1e-12
"""Least length by which a vector is divided, as in torch's `normalize`."""


class Roformer:
    """Call it with one window. Weights are kept in `dtype`; features, spectra and norms in float32."""

    def __init__(self, config: RoformerConfig, tensors: Tensors, device: torch.device, dtype: torch.dtype) -> None:
        self.config = config
        self._dtype = dtype
        self._window = torch.hann_window(config.stft_win_length, device=device)
        take, rows = _Taker(tensors, device), tile_rows(device)
        self._axes = [
            [_Block(config, take, layer, axis, block, rows, dtype) for layer, block in _steps(config, axis)]
            for axis in (0, 1)
        ]
        # one rotation an axis: upstream shares the module, so the last of the serialised copies is the one in force
        self._angles = [blocks[-1].frequencies for blocks in self._axes]
        self._split = [_Split(config, take, start, stop) for start, stop in _runs(config.band_widths)]
        self._final_gamma = take("final_norm.gamma") * config.dim**0.5
        self._masks = [
            [_Mask(config, take, stem, start, stop, dtype) for start, stop in _runs(config.band_widths)]
            for stem in range(config.num_stems)
        ]

    @torch.inference_mode()
    def __call__(self, mix: Tensor, tick: Tick | None = None) -> Tensor:
        """float32 [2, samples] -> float32 [stems, 2, samples] on the same device; at least half an FFT of samples.

        `tick` is told the share of the work that is done after every transformer; what it raises ends the work.
        """
        c = self.config
        spectrum = torch.stft(
            mix, c.stft_n_fft, c.stft_hop_length, c.stft_win_length, self._window,
            normalized=c.stft_normalized, return_complex=True,
        )  # fmt: skip
        spectrum = spectrum.permute(2, 1, 0).contiguous()  # [frames, bins, channels]: a band's numbers side by side
        features = self._features(torch.view_as_real(spectrum).flatten(1))
        self._transform(features, tick)
        features = _unit(features).mul_(self._final_gamma).to(self._dtype)
        return torch.stack([self._stem(masks, features, spectrum, mix.shape[-1]) for masks in self._masks])

    def _features(self, frames: Tensor) -> Tensor:
        """float32 [frames, numbers of all bands] -> float32 [frames, bands, dim]."""
        features = frames.new_empty(len(frames), len(self.config.band_widths), self.config.dim)
        column = 0
        for split in self._split:
            split(frames[:, column : column + split.numbers], out=features[:, split.start : split.stop])
            column += split.numbers
        return features

    def _transform(self, features: Tensor, tick: Tick | None) -> None:
        """All layers, in place: each runs over time, then over bands."""
        views = [features.transpose(0, 1), features]
        turns = [_turns(angles, view.shape[1]) for angles, view in zip(self._angles, views, strict=True)]
        per_layer = [len(blocks) // self.config.depth for blocks in self._axes]
        done, total = 0, sum(map(len, self._axes))
        for layer in range(self.config.depth):
            for axis in (0, 1):
                first = layer * per_layer[axis]
                for block in self._axes[axis][first : first + per_layer[axis]]:
                    block(views[axis], turns[axis])
                    done += 1
                    if tick:
                        tick(done / total)

    def _stem(self, masks: Sequence["_Mask"], features: Tensor, spectrum: Tensor, samples: int) -> Tensor:
        c = self.config
        mask = torch.cat([one(features) for one in masks], dim=-1).float()
        masked = torch.view_as_complex(mask.view(*spectrum.shape, 2)) * spectrum
        masked = masked.permute(2, 1, 0)
        if c.zero_dc:
            masked[:, 0] = 0
        return torch.istft(
            masked, c.stft_n_fft, c.stft_hop_length, c.stft_win_length, self._window,
            normalized=c.stft_normalized, length=samples,
        )  # fmt: skip


def tile_rows(device: torch.device) -> int:
    """Rows of features that pass through a layer at once: on a processor few enough for its cache, else many."""
    return 2048 * torch.get_num_threads() if device.type == "cpu" else 1 << 16


class _Taker:
    """Tensors by name, in float32 on the device. Raises ValueError, with the name, where one is not finite."""

    def __init__(self, tensors: Tensors, device: torch.device) -> None:
        self._tensors = tensors
        self.device = device

    def __call__(self, name: str) -> Tensor:
        tensor = self._tensors[name].to(self.device, torch.float32, copy=True)  # no file stays mapped
        if not tensor.isfinite().all():
            raise ValueError(name)
        return tensor

    def stacked(self, names: Iterator[str]) -> Tensor:
        return torch.stack([self(name) for name in names])


class _Block:
    """Attention and feed-forward over sequences [sequences, positions, dim], added to them in place."""

    def __init__(
        self, config: RoformerConfig, take: _Taker, layer: int, axis: int, block: int, rows: int, dtype: torch.dtype
    ) -> None:
        at, ff = attention(layer, axis, block), feed_forward(layer, axis, block)
        self._rows, self._dtype = rows, dtype
        # on a processor attention in 16 bits is no faster, and the way there costs a copy
        self._heard_dtype = torch.float32 if take.device.type == "cpu" else dtype
        self._heads, self._head, self._inner = config.heads, config.dim_head, config.inner
        self.frequencies = take(f"{at}.rotary_embed.freqs")
        gates = take(f"{at}.to_gates.weight")
        spare = -(3 * config.inner + len(gates)) % 16  # rows whose number fits vector registers
        enter = torch.cat([take(f"{at}.to_qkv.weight"), gates, gates.new_zeros(spare, config.dim)])
        bias = torch.cat([gates.new_zeros(3 * config.inner), take(f"{at}.to_gates.bias"), gates.new_zeros(spare)])
        scale = config.dim**0.5
        self._enter = _linear(enter * (take(f"{at}.norm.gamma") * scale), bias, dtype)
        self._leave = _linear(take(f"{at}.to_out.0.weight"), None, dtype)
        self._widen = _linear(take(f"{ff}.1.weight") * (take(f"{ff}.0.gamma") * scale), take(f"{ff}.1.bias"), dtype)
        self._narrow = _linear(take(f"{ff}.4.weight"), take(f"{ff}.4.bias"), dtype)

    def __call__(self, sequences: Tensor, turns: Tensor) -> None:
        for part in torch.split(sequences, max(1, self._rows // sequences.shape[1])):
            part += F.linear(self._attend(self._normed(part), turns), *self._leave).view(part.shape)
            wide = F.linear(self._normed(part), *self._widen)
            part += F.linear(torch.ops.aten.gelu_(wide), *self._narrow).view(part.shape)

    def _normed(self, part: Tensor) -> Tensor:
        return _unit(part).to(self._dtype)

    def _attend(self, x: Tensor, turns: Tensor) -> Tensor:
        """Unit vectors [sequences, positions, dim] -> gated heads [sequences, positions, inner]."""
        heads, inner = self._heads, self._inner
        entered = F.linear(x, *self._enter).to(self._heard_dtype)
        turned = torch.unflatten(entered[..., : 2 * inner].float(), -1, (2 * heads, self._head // 2, 2))
        torch.view_as_complex(turned).mul_(turns)  # queries and keys, in pairs of neighbours
        turned = turned.flatten(-2).to(self._heard_dtype)
        value = torch.unflatten(entered[..., 2 * inner : 3 * inner], -1, (heads, self._head))
        heard = F.scaled_dot_product_attention(
            turned[..., :heads, :].transpose(1, 2), turned[..., heads:, :].transpose(1, 2), value.transpose(1, 2)
        )
        gates = entered[..., 3 * inner : 3 * inner + heads].sigmoid().unsqueeze(-1)
        return (heard.transpose(1, 2) * gates).flatten(-2).to(self._dtype)


class _Split:
    """Bands `start` to `stop`, all of one width: norm and linear, in float32 (music may be very quiet)."""

    def __init__(self, config: RoformerConfig, take: _Taker, start: int, stop: int) -> None:
        self.start, self.stop = start, stop
        self._width = config.band_widths[start]
        self.numbers = self._width * (stop - start)
        names = [f"band_split.to_features.{band}" for band in range(start, stop)]
        gamma = take.stacked(f"{name}.0.gamma" for name in names) * self._width**0.5
        weight = take.stacked(f"{name}.1.weight" for name in names) * gamma.unsqueeze(1)
        self._weight = weight.transpose(1, 2).contiguous()  # [bands, width, dim]
        self._bias = take.stacked(f"{name}.1.bias" for name in names).unsqueeze(1)

    def __call__(self, frames: Tensor, out: Tensor) -> None:
        bands = _unit(torch.unflatten(frames, -1, (-1, self._width)))
        out.copy_(torch.baddbmm(self._bias, bands.transpose(0, 1), self._weight).transpose(0, 1))


class _Mask:
    """One stem's masks for bands `start` to `stop`, all of one width."""

    def __init__(
        self, config: RoformerConfig, take: _Taker, stem: int, start: int, stop: int, dtype: torch.dtype
    ) -> None:
        self._bands = slice(start, stop)
        self._steps: list[tuple[Tensor, Tensor]] = []
        for step in range(config.mask_estimator_depth):
            names = [f"mask_estimators.{stem}.to_freqs.{band}.0.{2 * step}" for band in range(start, stop)]
            weight = take.stacked(f"{name}.weight" for name in names).transpose(1, 2).to(dtype)
            bias = take.stacked(f"{name}.bias" for name in names).unsqueeze(1).to(dtype)
            self._steps.append((weight, bias))

    def __call__(self, features: Tensor) -> Tensor:
        """[frames, bands, dim] -> [frames, numbers of these bands]."""
        x = features[:, self._bands].transpose(0, 1)
        for number, (weight, bias) in enumerate(self._steps):
            x = torch.baddbmm(bias, x.tanh_() if number else x, weight)
        return F.glu(x).transpose(0, 1).flatten(1)


def _unit(x: Tensor) -> Tensor:
    """`x` divided by its length over the last axis, contiguous."""
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min_(TINY)
    return torch.div(x, length, out=torch.empty(x.shape, dtype=x.dtype, device=x.device))


def _linear(weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> tuple[Tensor, Tensor | None]:
    """Weight and bias as `F.linear` takes them."""
    return weight.to(dtype), None if bias is None else bias.to(dtype)


def _turns(frequencies: Tensor, positions: int) -> Tensor:
    """Unit complex numbers by which position n turns each pair of a head, complex64 [positions, 1, pairs]."""
    angles = torch.outer(torch.arange(positions, device=frequencies.device, dtype=torch.float32), frequencies)
    return torch.polar(torch.ones_like(angles), angles).unsqueeze(1)


def _steps(config: RoformerConfig, axis: int) -> Iterator[tuple[int, int]]:
    blocks = (config.time_transformer_depth, config.freq_transformer_depth)[axis]
    return ((layer, block) for layer in range(config.depth) for block in range(blocks))


def _runs(widths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last plus one of each run of equal widths."""
    start = 0
    for _, run in groupby(widths):
        stop = start + len(list(run))
        yield start, stop
        start = stop

"""The frequency-aware diffusion transformer: guesses the noise in a bridge's latent, told the bands before and after.

Stable Audio Open's kind: rotary positions, gated feed-forward, conditions as tokens before the latent's frames.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

FEATURES = 256
"""Sines and cosines by which a number is shown to the network."""
EXPANSION = 4
TIME_SCALE, FREQUENCY_SCALE, RATIO_SCALE = 1000.0, 0.01, 1000.0
"""What times, hertz and blur ratios are multiplied by before their sines are taken."""


class Number(nn.Module):
    """A number as a token."""

    def __init__(self, hidden: int, scale: float) -> None:
        super().__init__()
        self._scale = scale
        self.inlet, self.outlet = nn.Linear(FEATURES, hidden), nn.Linear(hidden, hidden)

    def forward(self, value: float) -> Tensor:
        half = FEATURES // 2
        weight = self.inlet.weight
        rates = torch.exp(-math.log(10000.0) / half * torch.arange(half, device=weight.device, dtype=torch.float32))
        angles = value * self._scale * rates
        features = torch.cat([angles.sin(), angles.cos()]).to(weight.dtype)
        token: Tensor = self.outlet(F.silu(self.inlet(features)))
        return token


class Block(nn.Module):
    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(hidden, bias=False), nn.LayerNorm(hidden, bias=False)
        self.qkv = nn.Linear(hidden, 3 * hidden, bias=False)
        self.out = nn.Linear(hidden, hidden, bias=False)
        self.gate_value = nn.Linear(hidden, 2 * EXPANSION * hidden)
        self.down = nn.Linear(EXPANSION * hidden, hidden)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        batch, tokens, hidden = x.shape
        parts = self.qkv(self.norm1(x)).view(batch, tokens, 3, self._heads, hidden // self._heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        heard = F.scaled_dot_product_attention(_rotated(query, *rotation), _rotated(key, *rotation), value)
        x = x + self.out(heard.transpose(1, 2).reshape(batch, tokens, hidden))
        gate, value = self.gate_value(self.norm2(x)).chunk(2, dim=-1)
        out: Tensor = x + self.down(F.silu(gate) * value)
        return out


def _rotated(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary positions (Su et al. 2021) for the first half of each head, its own two halves paired."""
    turned, kept = x.chunk(2, dim=-1)
    first, second = turned.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine, kept], dim=-1)


class FrequencyAwareTransformer(nn.Module):
    """`is_cascade`: it goes on from another stage's result, and is told by how much that was blurred."""

    def __init__(self, layers: int, heads: int, hidden: int, latent_channels: int, *, is_cascade: bool) -> None:
        super().__init__()
        self._quarter = hidden // heads // 4
        self.inlet = nn.Linear(2 * latent_channels, hidden)
        self.time = Number(hidden, TIME_SCALE)
        self.f_prior, self.f_target = Number(hidden, FREQUENCY_SCALE), Number(hidden, FREQUENCY_SCALE)
        self.b_r = Number(hidden, RATIO_SCALE) if is_cascade else None
        self.blocks = nn.ModuleList(Block(hidden, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden, bias=False)
        self.outlet = nn.Linear(hidden, latent_channels)

    def forward(
        self, latent: Tensor, prior: Tensor, time: float, f_prior_hz: float, f_target_hz: float, b_r: float
    ) -> Tensor:
        """The noise in `latent`, z_t, given `prior`, z_T: all float32 [batch, latent_channels, frames]."""
        tokens = [self.time(time), self.f_prior(f_prior_hz), self.f_target(f_target_hz)]
        if self.b_r is not None:
            tokens.append(self.b_r(b_r))
        before = torch.stack(tokens)
        frames = self.inlet(torch.cat([latent, prior], dim=1).transpose(1, 2).to(before.dtype))
        x = torch.cat([before.expand(len(frames), -1, -1), frames], dim=1)
        rotation = self._rotation(x)
        for block in self.blocks:
            x = block(x, rotation)
        noise: Tensor = self.outlet(self.norm(x[:, len(tokens) :])).transpose(1, 2).float()
        return noise

    def _rotation(self, x: Tensor) -> tuple[Tensor, Tensor]:
        count = self._quarter
        rates = torch.exp(-math.log(10000.0) / count * torch.arange(count, device=x.device, dtype=torch.float32))
        angles = torch.arange(x.shape[1], device=x.device, dtype=torch.float32)[:, None] * rates
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)

"""AudioSR's denoiser: a U-Net over latents, with two self-attending transformers at each of its lower resolutions.

After the UNet of the latent-diffusion paper (arXiv:2112.10752) as AudioSR (arXiv:2309.07314) set it up, under the
state names of the published checkpoint. There is no text here, so its "cross" attentions look at the latent itself.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

IN_CHANNELS, OUT_CHANNELS = 32, 16
MULTIPLES = (1, 2, 3, 5)
RES_BLOCKS = 2
HEAD = 32
GROUPS = 32


class Residual(nn.Module):
    def __init__(self, ins: int, outs: int, time: int) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(nn.GroupNorm(GROUPS, ins), nn.SiLU(), nn.Conv2d(ins, outs, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time, outs))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(GROUPS, outs), nn.SiLU(), nn.Identity(), nn.Conv2d(outs, outs, 3, padding=1)
        )
        self.skip_connection = nn.Conv2d(ins, outs, 1) if ins != outs else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.in_layers(x) + self.emb_layers(time)[:, :, None, None]
        out: Tensor = self.skip_connection(x) + self.out_layers(h)
        return out


class Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.to_q, self.to_k, self.to_v = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.to_out = nn.Sequential(nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (part(x).unflatten(-1, (-1, HEAD)).transpose(1, 2) for part in (self.to_q, self.to_k, self.to_v))
        out: Tensor = self.to_out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        return out


class Gated(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 2 * inner)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, dim=-1)
        out: Tensor = value * F.gelu(gate)
        return out


class FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(Gated(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.attn1, self.ff, self.attn2 = Attention(width), FeedForward(width), Attention(width)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x))
        out: Tensor = x + self.ff(self.norm3(x))
        return out


class Transformer(nn.Module):
    """A transformer block over all places of a picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels, eps=1e-6)
        self.proj_in = nn.Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList([Block(channels)])
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.proj_in(self.norm(x)).flatten(2).transpose(1, 2)
        for block in self.transformer_blocks:
            h = block(h)
        out: Tensor = x + self.proj_out(h.transpose(1, 2).unflatten(2, x.shape[2:]))
        return out


class Halve(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.op(x)
        return out


class Double(nn.Module):
    """Each value four times, then a convolution.

    Of the nine weights of a kernel over doubled values, those that meet the same value are added first: four kernels of
    2 x 2 for the four places that a value becomes.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        weight, height, width = self.conv.weight, x.shape[2], x.shape[3]
        padded = F.pad(x, (1, 1, 1, 1))
        out = x.new_empty(len(x), 2 * height, 2 * width, weight.shape[0]).permute(0, 3, 1, 2)
        for down, rows in enumerate(((slice(0, 1), slice(1, 3)), (slice(0, 2), slice(2, 3)))):
            for across, columns in enumerate(((slice(0, 1), slice(1, 3)), (slice(0, 2), slice(2, 3)))):
                kernel = torch.stack(
                    [torch.stack([weight[:, :, r, c].sum((2, 3)) for c in columns], 2) for r in rows], 2
                )
                seen = padded[:, :, down : down + height + 1, across : across + width + 1]
                out[:, :, down::2, across::2] = F.conv2d(seen, kernel, self.conv.bias)
        return out


class Stage(nn.Sequential):
    """Layers in a row, of which the residual ones hear of the time."""

    def forward(self, x: Tensor, time: Tensor) -> Tensor:  # type: ignore[override]
        for layer in self:
            x = layer(x, time) if isinstance(layer, Residual) else layer(x)
        return x


class UNet(nn.Module):
    """`channels`: width of the first level, 128 in the published models; a multiple of 32."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        time = 4 * channels
        self.time_embed = nn.Sequential(nn.Linear(channels, time), nn.SiLU(), nn.Linear(time, time))
        width, last = channels, len(MULTIPLES) - 1
        ins: list[nn.Module] = [Stage(nn.Conv2d(IN_CHANNELS, channels, 3, padding=1))]
        kept = [channels]
        for level, multiple in enumerate(MULTIPLES):
            for _ in range(RES_BLOCKS):
                ins.append(Stage(Residual(width, multiple * channels, time), *_looking(level, multiple * channels)))
                width = multiple * channels
                kept.append(width)
            if level != last:
                ins.append(Stage(Halve(width)))
                kept.append(width)
        self.input_blocks = nn.ModuleList(ins)
        self.middle_block = Stage(
            Residual(width, width, time), Transformer(width), Transformer(width), Residual(width, width, time)
        )
        outs: list[nn.Module] = []
        for level, multiple in reversed(list(enumerate(MULTIPLES))):
            for place in range(RES_BLOCKS + 1):
                wide = multiple * channels
                layers = [Residual(width + kept.pop(), wide, time), *_looking(level, wide)]
                width = wide
                if level and place == RES_BLOCKS:
                    layers.append(Double(width))
                outs.append(Stage(*layers))
        self.output_blocks = nn.ModuleList(outs)
        self.out = nn.Sequential(
            nn.GroupNorm(GROUPS, width), nn.SiLU(), nn.Conv2d(channels, OUT_CHANNELS, 3, padding=1)
        )

    def forward(self, x: Tensor, steps: Tensor) -> Tensor:
        """`x` [batch, 32, time, bands] (16 channels noisy, 16 condition), `steps` [batch] -> velocity [batch, 16, ...].

        Time and bands are multiples of 8.
        """
        time = self.time_embed(_sines(steps, self.channels).to(x.dtype))
        kept = []
        for stage in self.input_blocks:
            x = stage(x, time)
            kept.append(x)
        x = self.middle_block(x, time)
        for stage in self.output_blocks:
            x = stage(torch.cat([x, kept.pop()], dim=1), time)
        out: Tensor = self.out(x)
        return out


def _looking(level: int, channels: int) -> list[nn.Module]:
    """The transformers of a level; the highest resolution has none."""
    return [Transformer(channels), Transformer(channels)] if level else []


def _sines(steps: Tensor, width: int) -> Tensor:
    """Sinusoidal embedding of time steps, cosines first: [batch] -> float32 [batch, width]."""
    places = torch.arange(width // 2, dtype=torch.float32, device=steps.device)
    angles = steps.float()[:, None] * torch.exp(-math.log(10_000) / (width // 2) * places)
    return torch.cat([angles.cos(), angles.sin()], dim=-1)

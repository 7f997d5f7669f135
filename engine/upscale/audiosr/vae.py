"""AudioSR's autoencoder of log-mel spectrograms: an eighth of the time and of the bands, sixteen channels.

The networks of the latent-diffusion paper (arXiv:2112.10752, appendix) under the state names of the published
checkpoint. Spectrograms are float [batch, 1, frames, bands], latents [batch, 16, frames / 8, bands / 8].
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from engine.upscale.audiosr.unet import Double

Z_CHANNELS = 16
MULTIPLES = (1, 2, 4, 8)
RES_BLOCKS = 2
GROUPS = 32


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(GROUPS, channels, eps=1e-6)


class Residual(nn.Module):
    def __init__(self, ins: int, outs: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = _norm(ins), nn.Conv2d(ins, outs, 3, padding=1)
        self.norm2, self.conv2 = _norm(outs), nn.Conv2d(outs, outs, 3, padding=1)
        self.nin_shortcut = nn.Conv2d(ins, outs, 1) if ins != outs else None

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x), inplace=True))
        h = self.conv2(F.silu(self.norm2(h), inplace=True))
        out: Tensor = h.add_(x if self.nin_shortcut is None else self.nin_shortcut(x))
        return out


class Attention(nn.Module):
    """One head over all places."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = _norm(channels)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm(x)
        q, k, v = (part(normed).flatten(2).transpose(1, 2)[:, None] for part in (self.q, self.k, self.v))
        seen = F.scaled_dot_product_attention(q, k, v)[:, 0].transpose(1, 2).reshape(x.shape)
        out: Tensor = x + self.proj_out(seen)
        return out


class Middle(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block_1, self.attn_1, self.block_2 = (
            Residual(channels, channels),
            Attention(channels),
            Residual(channels, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.block_2(self.attn_1(self.block_1(x)))
        return out


class Halve(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(F.pad(x, (0, 1, 0, 1)))
        return out


class VaeLevel(nn.Module):
    """The blocks of one resolution, and the way to the next one."""

    def __init__(self, widths: list[int], *, halve: bool = False, double: bool = False) -> None:
        super().__init__()
        self.block = nn.ModuleList([Residual(ins, outs) for ins, outs in pairwise(widths)])
        self.downsample = Halve(widths[-1]) if halve else None
        self.upsample = Double(widths[-1]) if double else None

    def forward(self, x: Tensor) -> Tensor:
        for block in self.block:
            x = block(x)
        if self.downsample is not None:
            x = self.downsample(x)
        if self.upsample is not None:
            x = self.upsample(x)
        return x


class VaeEncoder(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = [channels * multiple for multiple in (1, *MULTIPLES)]
        last = len(MULTIPLES) - 1
        self.conv_in = nn.Conv2d(1, channels, 3, padding=1)
        self.down = nn.ModuleList(
            [VaeLevel([widths[i]] + [widths[i + 1]] * RES_BLOCKS, halve=i != last) for i in range(last + 1)]
        )
        self.mid = Middle(widths[-1])
        self.norm_out, self.conv_out = _norm(widths[-1]), nn.Conv2d(widths[-1], 2 * Z_CHANNELS, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
        out: Tensor = self.conv_out(F.silu(self.norm_out(self.mid(x))))
        return out


class VaeDecoder(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = [channels * multiple for multiple in MULTIPLES]
        last = len(MULTIPLES) - 1
        self.conv_in = nn.Conv2d(Z_CHANNELS, widths[-1], 3, padding=1)
        self.mid = Middle(widths[-1])
        self.up = nn.ModuleList(
            [
                VaeLevel([widths[min(i + 1, last)]] + [widths[i]] * (RES_BLOCKS + 1), double=i != 0)
                for i in range(last + 1)
            ]
        )
        self.norm_out, self.conv_out = _norm(channels), nn.Conv2d(channels, 1, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.mid(self.conv_in(z))
        for level in reversed(self.up):
            h = level(h)
        out: Tensor = self.conv_out(F.silu(self.norm_out(h)))
        return out


class VaeEncoding(nn.Module):
    """`encoder` and `quant_conv`: a spectrogram to a draw from what its latent may be."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.encoder = VaeEncoder(channels)
        self.quant_conv = nn.Conv2d(2 * Z_CHANNELS, 2 * Z_CHANNELS, 1)

    def forward(self, mel: Tensor, noise: Tensor) -> Tensor:
        """`noise`: float32, of the latent's shape. Returns float32."""
        mean, log_variance = self.quant_conv(self.encoder(mel)).float().chunk(2, dim=1)
        return torch.addcmul(mean, torch.exp(0.5 * log_variance.clamp(-30.0, 20.0)), noise)


class VaeDecoding(nn.Module):
    """`post_quant_conv` and `decoder`: a latent, unscaled, to a spectrogram."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.post_quant_conv = nn.Conv2d(Z_CHANNELS, Z_CHANNELS, 1)
        self.decoder = VaeDecoder(channels)

    def forward(self, z: Tensor) -> Tensor:
        mel: Tensor = self.decoder(self.post_quant_conv(z))
        return mel

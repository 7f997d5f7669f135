"""The autoencoder: sound to latents and back, 512 samples a frame, by 1-D convolutions as in Stable Audio Open."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

CHUNK = 256
"""Frames coded at once; more need memory, not time."""
REACH = 3 * (1 + 3 + 9)
"""Samples that three residual units look to each side: kernel 7, dilations 1, 3, 9."""


class Snake(nn.Module):
    """x + sin²(αx) / β, with α and β learned as logarithms, one a channel (Ziyin et al. 2020; BigVGAN)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        alpha, beta = self.alpha.exp()[:, None], self.beta.exp()[:, None]
        return x + torch.sin(alpha * x).square() / (beta + 1e-9)


class Residual(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.snake1, self.snake2 = Snake(channels), Snake(channels)
        self.wide = nn.Conv1d(channels, channels, 7, padding=3 * dilation, dilation=dilation)
        self.mix = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.mix(self.snake2(self.wide(self.snake1(x))))
        return out


def _residuals(channels: int) -> list[nn.Module]:
    return [Residual(channels, dilation) for dilation in (1, 3, 9)]


class Autoencoder(nn.Module):
    """`channels`: of the first level; level i has `channels` · `multipliers`[i]. `strides`: between the levels.

    `encoder` gives twice `latent_channels`: means, which are used, and scales, which only training uses.
    """

    def __init__(
        self, channels: int, multipliers: tuple[int, ...], strides: tuple[int, ...], latent_channels: int
    ) -> None:
        super().__init__()
        widths = [channels, *(channels * factor for factor in multipliers)]
        self.frame = math.prod(strides)
        self._latent_channels = latent_channels
        self._halo = _halo(strides)
        down: list[nn.Module] = [nn.Conv1d(1, widths[0], 7, padding=3)]
        for here, there, stride in zip(widths, widths[1:], strides, strict=False):
            down += _residuals(here)
            down += [Snake(here), nn.Conv1d(here, there, 2 * stride, stride=stride, padding=stride // 2)]
        down += [Snake(widths[-1]), nn.Conv1d(widths[-1], 2 * latent_channels, 3, padding=1)]
        self.encoder = nn.Sequential(*down)
        up: list[nn.Module] = [nn.Conv1d(latent_channels, widths[-1], 7, padding=3)]
        for here, there, stride in zip(widths[:0:-1], widths[-2::-1], strides[::-1], strict=True):
            up += [Snake(here), nn.ConvTranspose1d(here, there, 2 * stride, stride=stride, padding=stride // 2)]
            up += _residuals(there)
        up += [Snake(widths[0]), nn.Conv1d(widths[0], 1, 7, padding=3, bias=False)]
        self.decoder = nn.Sequential(*up)

    def encode(self, sound: Tensor, tick: Callable[[float], None] = lambda share: None) -> Tensor:
        """Sound [channels, samples, a multiple of `frame`] -> latents [channels, latent_channels, frames]."""
        frames = sound.shape[1] // self.frame
        parts = []
        for start, end, low, high in self._chunks(frames):
            piece = sound[:, None, low * self.frame : high * self.frame]
            made = torch.cat([self.encoder(one[None]) for one in piece])
            parts.append(made[:, : self._latent_channels, start - low : end - low])
            tick(end / frames)
        return torch.cat(parts, dim=2)

    def decode(self, latents: Tensor, tick: Callable[[float], None] = lambda share: None) -> Tensor:
        """Latents [channels, latent_channels, frames] -> sound [channels, samples], kept on the processor."""
        frames = latents.shape[2]
        parts = []
        for start, end, low, high in self._chunks(frames):
            made = torch.cat([self.decoder(one[None]) for one in latents[:, :, low:high]])[:, 0]
            parts.append(made[:, (start - low) * self.frame : (end - low) * self.frame].cpu())
            tick(end / frames)
        return torch.cat(parts, dim=1)

    def _chunks(self, frames: int) -> list[tuple[int, int, int, int]]:
        """Start and end of each chunk, and of what must be heard for it to come out as if all were coded at once."""
        return [
            (start, end, max(start - self._halo, 0), min(end + self._halo, frames))
            for start in range(0, frames, CHUNK)
            for end in [min(start + CHUNK, frames)]
        ]


def _halo(strides: tuple[int, ...]) -> int:
    """Frames beyond a chunk that encoder or decoder look at."""
    samples, size = 3, 1
    for stride in strides:
        samples += (REACH + stride) * size
        size *= stride
    return math.ceil(samples / size) + 3  # both networks' convolutions over whole frames reach 1 and 3

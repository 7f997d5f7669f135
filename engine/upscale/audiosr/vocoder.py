"""AudioSR's vocoder: HiFi-GAN V1 (arXiv:2010.05646) for 48 kHz, with five upsamplings and four kernels a stage.

State names are those of the published checkpoint, whose weight normalisation has been multiplied out.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

BANDS = 256
RATES, KERNELS = (6, 5, 4, 2, 2), (12, 10, 8, 4, 4)
BLOCK_KERNELS, DILATIONS = (3, 7, 11, 15), (1, 3, 5)
SLOPE = 0.1
REACH = max(BLOCK_KERNELS) // 2 * (sum(DILATIONS) + len(DILATIONS))
"""Values before and after a place that a residual block hears there."""
PIECE = 16_384
"""Length of the pieces that all blocks of a level work on one after another."""


class Residual(nn.Module):
    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        half = (kernel - 1) // 2
        self.convs1 = nn.ModuleList(
            [nn.Conv1d(channels, channels, kernel, dilation=d, padding=d * half) for d in DILATIONS]
        )
        self.convs2 = nn.ModuleList([nn.Conv1d(channels, channels, kernel, padding=half) for _ in DILATIONS])

    def forward(self, x: Tensor) -> Tensor:
        for first, second in zip(self.convs1, self.convs2, strict=True):
            h = first(F.leaky_relu(x, SLOPE))
            x = second(F.leaky_relu(h, SLOPE, inplace=True)).add_(x)
        return x


class Vocoder(nn.Module):
    """`channels`: width before the first upsampling, 1536 in the published models; a multiple of 32."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = [channels >> level for level in range(len(RATES) + 1)]
        self.conv_pre = nn.Conv1d(BANDS, channels, 7, padding=3)
        self.ups = nn.ModuleList(
            [
                nn.ConvTranspose1d(widths[i], widths[i + 1], kernel, rate, padding=(kernel - rate) // 2)
                for i, (rate, kernel) in enumerate(zip(RATES, KERNELS, strict=True))
            ]
        )
        self.resblocks = nn.ModuleList([Residual(width, k) for width in widths[1:] for k in BLOCK_KERNELS])
        self.conv_post = nn.Conv1d(widths[-1], 1, 7, padding=3)

    def forward(self, mel: Tensor) -> Tensor:
        """Log-mel [batch, BANDS, frames] -> sound [batch, 480 * frames + 16]; the second upsampling adds one value."""
        x = self.conv_pre(mel)
        kinds = len(BLOCK_KERNELS)
        for level, up in enumerate(self.ups):
            x = _mean(self.resblocks[level * kinds : (level + 1) * kinds], up(F.leaky_relu(x, SLOPE)))
        out: Tensor = self.conv_post(F.leaky_relu(x)).tanh()[:, 0]
        return out


def _mean(blocks: nn.ModuleList, x: Tensor) -> Tensor:
    """What the blocks make of `x`, piece by piece on a processor: a piece stays in its cache through all of them."""
    length = x.shape[2]
    size = length if x.is_cuda else PIECE
    if size >= length:
        return _mean_of_piece(blocks, x)
    out = torch.empty_like(x)
    for start in range(0, length, size):
        stop, before = min(length, start + size), min(start, REACH)
        made = _mean_of_piece(blocks, x[:, :, start - before : stop + REACH])
        out[:, :, start:stop] = made[:, :, before : before + stop - start]
    return out


def _mean_of_piece(blocks: nn.ModuleList, x: Tensor) -> Tensor:
    total: Tensor = blocks[0](x)
    for block in list(blocks)[1:]:
        total.add_(block(x))
    return total.div_(len(blocks))

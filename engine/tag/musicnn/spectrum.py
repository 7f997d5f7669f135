"""What musicnn hears: log-mel spectrograms, 62.5 frames a second, in windows of three seconds.

The published program keeps them in float16, where loud sound overflows; here they stay float32.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from engine.tag.listener import Mono

RATE_HZ = 16_000
FFT, HOP = 512, 256
BANDS = 96
FRAMES = 187
WINDOW = FRAMES * HOP
"""Samples from one window to the next."""
EDGE = FFT // 2
"""Samples before a window that its first frame hears."""


@cache
def _filters(device: torch.device) -> Tensor:
    """Slaney's mel filters from 0 Hz to half the rate, float32 [FFT / 2 + 1, BANDS]."""
    import librosa

    return torch.from_numpy(librosa.filters.mel(sr=RATE_HZ, n_fft=FFT, n_mels=BANDS).T.astype(np.float32)).to(device)


def log_mel(sound: Tensor) -> Tensor:
    """Float32 [..., EDGE + WINDOW] -> log10(1 + 10000 · mel power), float32 [..., FRAMES, BANDS].

    The frame i is centred on sample EDGE + i · HOP.
    """
    power = torch.fft.rfft(sound.unfold(-1, FFT, HOP) * torch.hann_window(FFT, device=sound.device)).abs().square()
    return torch.log10(1 + 10_000 * (power @ _filters(sound.device)))


def mirrored(samples: int, around: Mono) -> Mono:
    """The `samples` before `around` [any], as numpy's `reflect` has them; zeros for a sound of one sample."""
    if len(around) < 2:
        return np.zeros(samples, np.float32)
    return np.pad(around, (samples, 0), mode="reflect")[:samples]

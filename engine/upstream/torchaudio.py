"""The two transforms of torchaudio that audiocraft's inference touches, computed without it.

torchaudio's wheel does not load beside a CPU build of torch, so its name is lent to this module while audiocraft
is imported.
"""

from typing import Any

import numpy as np
import pyebur128
import torch


class Spectrogram(torch.nn.Module):
    """Power spectrogram: |STFT|^power of centred Hann windows, reflected at the edges.

    `normalized` divides the STFT by the root of the window's energy (torchaudio's "window" normalisation).
    """

    window: torch.Tensor

    def __init__(
        self,
        n_fft: int = 400,
        win_length: int | None = None,
        hop_length: int | None = None,
        pad: int = 0,
        power: float = 2.0,
        normalized: bool = False,
        center: bool = True,
    ) -> None:
        super().__init__()
        self.n_fft, self.pad, self.power, self.normalized, self.center = n_fft, pad, power, normalized, center
        self.win_length = win_length or n_fft
        self.hop_length = hop_length or self.win_length // 2
        self.register_buffer("window", torch.hann_window(self.win_length), persistent=False)

    def forward(self, wave: torch.Tensor) -> torch.Tensor:
        """`wave` [..., samples] -> [..., n_fft / 2 + 1, frames]."""
        if self.pad:
            wave = torch.nn.functional.pad(wave, (self.pad, self.pad))
        flat = wave.reshape(-1, wave.shape[-1])
        spectrum = torch.stft(
            flat, self.n_fft, self.hop_length, self.win_length, self.window.to(wave.dtype),
            center=self.center, pad_mode="reflect", return_complex=True,
        )  # fmt: skip
        if self.normalized:
            spectrum = spectrum / self.window.pow(2).sum().sqrt()
        magnitude: torch.Tensor = spectrum.abs().pow(self.power)
        return magnitude.reshape(*wave.shape[:-1], *magnitude.shape[-2:])


class Loudness(torch.nn.Module):
    """Integrated loudness in LUFS after ITU-R BS.1770-4, by libebur128: `wave` [..., channels, samples] -> [...]."""

    def __init__(self, sample_rate: int) -> None:
        super().__init__()
        self.sample_rate = sample_rate

    def forward(self, wave: torch.Tensor) -> torch.Tensor:
        channels, samples = wave.shape[-2:]
        found = []
        for clip in wave.reshape(-1, channels, samples).detach().cpu().double().numpy():
            meter: Any = pyebur128.R128State(channels, self.sample_rate, pyebur128.MeasurementMode.MODE_I)
            meter.add_frames(np.ascontiguousarray(clip.T).reshape(-1), samples)
            found.append(pyebur128.get_loudness_global(meter))
        return torch.tensor(found, dtype=wave.dtype, device=wave.device).reshape(wave.shape[:-2])

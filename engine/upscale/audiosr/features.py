"""What AudioSR hears: log-mel spectrograms, where they stop, and the fixed low-pass (`audiosr/utils.py`, `lowpass.py`).

Sound is float32 [samples] at RATE_HZ here; a mel spectrogram is float32 [frames, BANDS], 100 frames a second.
"""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import ellip, resample_poly, sosfiltfilt
from torch import Tensor

RATE_HZ = 48_000
FFT, HOP = 2048, 480
BANDS = 256
LOWEST_HZ, NYQUIST_HZ = 20, RATE_HZ // 2
FLOOR = 1e-5
SHARE = 0.985
"""The cut-off is the highest bin below which less than this share of all magnitude lies."""
EMPTY_HZ = 1000
"""Sound that stops below this counts as almost empty and is not filtered."""
POST_FFT, POST_HOP = 2048, 512

Wave = NDArray[np.float32]


@cache
def _filters() -> Tensor:
    """Slaney's mel filters, float32 [BANDS, FFT / 2 + 1]."""
    import librosa

    return torch.from_numpy(
        librosa.filters.mel(sr=RATE_HZ, n_fft=FFT, n_mels=BANDS, fmin=LOWEST_HZ, fmax=NYQUIST_HZ)
    ).float()


def magnitudes(sound: Wave) -> Tensor:
    """|STFT| as float32 [frames, FFT / 2 + 1], one frame every HOP samples; at least 785 samples."""
    edge = (FFT - HOP) // 2
    wave = torch.nn.functional.pad(torch.from_numpy(sound)[None], (edge, edge), mode="reflect")
    bins = torch.stft(wave[0], FFT, HOP, FFT, torch.hann_window(FFT), center=False, return_complex=True)
    return bins.abs().T


def log_mel(sound: Wave) -> Tensor:
    """Natural logarithm of the mel magnitudes, not below FLOOR."""
    return (magnitudes(sound) @ _filters().T).clamp_(min=FLOOR).log_()


def cutoff_bin(magnitude: Tensor) -> int:
    """The highest bin of [frames, bins] below whose end less than SHARE of the whole magnitude lies; 0 for silence."""
    running = magnitude.abs().sum(0).cumsum(0)
    below = torch.nonzero(running[1:] < running[-1] * SHARE)
    return int(below[-1]) + 1 if len(below) else 0


def cutoff_hz(sound: Wave) -> float:
    """Where AudioSR takes `sound` to stop. Almost empty sound has no cut-off: NYQUIST_HZ."""
    # upstream drops the highest of the 1025 bins first
    found = cutoff_bin(magnitudes(sound)[:, : FFT // 2]) / (FFT // 2) * NYQUIST_HZ
    return found if found >= EMPTY_HZ else float(NYQUIST_HZ)


def low_pass(sound: Wave, hz: float) -> Wave:
    """What lies below `hz`: an elliptic filter of order 8 both ways, down to twice `hz` and back, the filter again.

    The same of upstream's four filters every time. From the Nyquist frequency on, the sound itself.
    """
    if hz >= NYQUIST_HZ:
        return sound
    corner = int(hz)
    sections = ellip(8, 0.1, 60, corner / NYQUIST_HZ, btype="low", output="sos")
    narrow_hz = int(corner / NYQUIST_HZ * RATE_HZ)
    kept = sosfiltfilt(sections, sound)
    kept = resample_poly(resample_poly(kept, narrow_hz, RATE_HZ), RATE_HZ, narrow_hz)
    kept = np.pad(kept, (0, max(0, len(sound) - len(kept))))[: len(sound)]
    return np.ascontiguousarray(sosfiltfilt(sections, kept), dtype=np.float32)


def with_known_bands(mel: Tensor, known: Tensor) -> Tensor:
    """`mel` with the bands that `known` has taken from there: those below its cut-off. Both [frames, BANDS]."""
    stop = cutoff_bin(known.exp())
    return torch.cat([known[:, :stop], mel[:, stop:]], dim=1)


def with_known_sound(made: Wave, known: Wave) -> tuple[Wave, float]:
    """`made` with the spectrum of `known` below its cut-off, and the gain that `known` has in it.

    `made` [samples or more] -> [its samples]. The gain, between 1 / 1.2 and 1 / 0.8, fits what is known to what was
    made at the cut-off; dividing by it restores the level of `known` (`LatentDiffusion.postprocessing`).
    """
    window = torch.hann_window(POST_FFT)
    ours, theirs = (
        torch.stft(torch.from_numpy(wave), POST_FFT, POST_HOP, window=window, pad_mode="constant", return_complex=True)
        for wave in (made, known)
    )
    stop = cutoff_bin(theirs.T)
    frames = min(ours.shape[1], theirs.shape[1])
    level = float(ours[stop].abs().sum())
    gain = 1 / min(max(float(theirs[stop].abs().sum()) / level if level else 1.2, 0.8), 1.2)
    ours[:stop] = 0
    ours[:stop, :frames] = theirs[:stop, :frames] * gain
    return torch.istft(ours, POST_FFT, POST_HOP, window=window, length=len(made)).numpy(), gain

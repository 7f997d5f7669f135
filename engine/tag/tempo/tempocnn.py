"""TempoCNN's fully convolutional network (H. Schreiber, M. Müller, 2018): how likely each tempo from 30 to 285 BPM is.

The layers are those that `fcn.h5` of the package tempocnn 0.0.7 names in its own configuration.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import rfft
from torch import Tensor, nn

from engine.errors import invalid
from engine.models.engine import ModelEngine
from engine.tag.framing import Framer
from engine.tag.listener import Mono
from engine.upstream.tensors import UnreadableError, filled, reason_of

if TYPE_CHECKING:
    from engine.context import JobContext

RATE_HZ = 11_025
SLOWEST_BPM, CLASSES = 30, 256
"""Class i stands for SLOWEST_BPM + i."""
BANDS = 40
_SIZE, _HOP = 1024, 512
_WINDOW, _STEP = 256, 128
"""In frames: 11.9 s, a new one every 5.9 s."""
MOST_WINDOWS = 512
"""Of a sound of more than 50 minutes only every second window is looked at, then every fourth, and so on."""
_AT_ONCE = 8


class _Network(nn.Module):
    """Mel magnitudes [windows, 1, BANDS, frames] -> logits [windows, CLASSES]. All convolutions go along time."""

    def __init__(self) -> None:
        super().__init__()
        shapes = ((1, 12, 5, 1), (13, 12, 5, 1), (25, 12, 5, 1), (12, 60, 5, 2), (72, 60, 5, 4), (132, 60, 5, 16),
                  (60, 120, 5, 1), (120, 240, 5, 1), (240, 256, 1, 1))  # fmt: skip
        for number, (taken, given, width, dilation) in enumerate(shapes, start=1):
            self.add_module(f"BN{number - 1}", nn.BatchNorm2d(taken, eps=1e-3))
            self.add_module(
                f"Conv{number}", nn.Conv2d(taken, given, (1, width), padding="same", dilation=(1, dilation))
            )
        self.BN9 = nn.BatchNorm2d(CLASSES, eps=1e-3)

    def forward(self, mel: Tensor) -> Tensor:
        parts = self.get_submodule

        def convolved(number: int, *inputs: Tensor) -> Tensor:
            normal = parts(f"BN{number - 1}")(torch.cat(inputs, dim=1))
            return nn.functional.elu(parts(f"Conv{number}")(normal))

        flat = parts("BN0")(mel)
        first = nn.functional.elu(parts("Conv1")(flat))
        second = convolved(2, flat, first)
        pooled = nn.functional.avg_pool2d(convolved(3, flat, first, second), (5, 1))
        level = parts("BN3")(pooled)
        fourth = nn.functional.elu(parts("Conv4")(level))
        fifth = convolved(5, level, fourth)
        found = convolved(6, level, fourth, fifth)
        for number in (7, 8, 9):
            found = convolved(number, nn.functional.max_pool2d(found, (2, 1)))
        normal: Tensor = self.BN9(found)
        return normal.mean(dim=(2, 3))


@dataclass(frozen=True, eq=False)
class TempoDistribution:
    """`share` float32 [CLASSES]: how likely each tempo is; their sum is 1."""

    share: NDArray[np.float32]

    @property
    def bpm(self) -> float:
        """The likeliest, between classes by a parabola through its neighbours."""
        best = int(np.argmax(self.share))
        if not 0 < best < CLASSES - 1:
            return float(SLOWEST_BPM + best)
        before, at, after = (float(value) for value in self.share[best - 1 : best + 2])
        bend = before - 2 * at + after
        return SLOWEST_BPM + best + (0.5 * (before - after) / bend if bend else 0.0)

    def near(self, bpm: float, tolerance: float = 0.025) -> float:
        """The share of all tempos that differ from `bpm` by no more than so much of it."""
        tempos = SLOWEST_BPM + np.arange(CLASSES)
        return float(self.share[np.abs(tempos - bpm) <= max(1.0, tolerance * bpm)].sum())


class TempoCnn(ModelEngine[tuple[_Network, str]]):
    """TempoCNN from its file."""

    device_key = "tempocnn"

    def __init__(self, path: Path) -> None:
        self._path = path

    def _read(self, job: "JobContext") -> tuple[_Network, str]:
        """Raises INVALID_INPUT `not_weights` for another file."""
        try:
            network = filled(_Network, _tensors(self._path))
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise invalid("not_weights", file=self._path.name, reason=reason_of(error)) from error
        return network.to(job.device).eval().requires_grad_(False), job.device

    def listener(self) -> "TempoListener":
        return TempoListener(self)

    @torch.inference_mode()
    def shares(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mel magnitudes [windows, frames, BANDS], divided by their maximum -> [windows, CLASSES]."""
        network, device = self._loaded
        mel = torch.from_numpy(np.ascontiguousarray(windows.transpose(0, 2, 1)))[:, None]
        return np.asarray(network(mel.to(device)).softmax(dim=1).cpu().numpy())


def _tensors(path: Path) -> dict[str, Tensor]:
    """The weights of a Keras file by their names in `_Network`: plain float32 that lies in the file itself."""
    import h5py

    names = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias", "moving_mean": "running_mean",
             "moving_variance": "running_var"}  # fmt: skip
    state: dict[str, Tensor] = {}
    with h5py.File(path, "r") as file:
        for layer, parts in file["model_weights"].items():
            for name, dataset in parts[layer].items() if layer in parts else ():
                if dataset.dtype != np.float32 or dataset.is_virtual or dataset.external or dataset.size > 1 << 20:
                    raise UnreadableError(f"{layer}/{name} is not what it should be")
                values = torch.from_numpy(dataset[()])
                kind = name.removesuffix(":0")
                state[f"{layer}.{names[kind]}"] = values.permute(3, 2, 0, 1) if kind == "kernel" else values
            if layer.startswith("BN"):
                state[f"{layer}.num_batches_tracked"] = torch.tensor(0)
    return state


class TempoListener:
    """Hears how fast a sound is."""

    rate_hz = RATE_HZ

    def __init__(self, model: TempoCnn) -> None:
        self._model = model
        self._framer = Framer(_SIZE, _HOP, at_once=64)
        self._frames = np.zeros((0, BANDS), np.float32)
        self._windows: list[NDArray[np.float32]] = []
        self._seen, self._every = 0, 1
        self._highest = 0.0

    def add(self, samples: Mono) -> None:
        for frames in self._framer.add(samples):
            self._look(_mel(frames))

    def result(self) -> TempoDistribution:
        """The mean over all windows; less than one is filled up with silence."""
        for frames in self._framer.finish(1 + self._framer.samples // _HOP):
            self._look(_mel(frames))
        if not self._seen:
            self._look(np.zeros((_WINDOW - len(self._frames), BANDS), np.float32))
        scale = np.float32(self._highest or 1.0)
        groups = [self._windows[first : first + _AT_ONCE] for first in range(0, len(self._windows), _AT_ONCE)]
        total = sum(self._model.shares(np.stack(group) / scale).sum(axis=0, dtype=np.float64) for group in groups)
        return TempoDistribution(np.asarray(total / len(self._windows), np.float32))

    def _look(self, mel: NDArray[np.float32]) -> None:
        """The next frames [frames, BANDS]: of the windows complete with them every `_every`-th is kept."""
        self._frames = np.concatenate([self._frames, mel])
        while len(self._frames) >= _WINDOW:
            window = self._frames[:_WINDOW]
            self._highest = max(self._highest, float(window.max()))
            if self._seen % self._every == 0:
                self._windows.append(window.copy())
            self._seen += 1
            if len(self._windows) > MOST_WINDOWS:
                self._windows, self._every = self._windows[::2], self._every * 2
            self._frames = self._frames[_STEP:]


@cache
def _filters() -> NDArray[np.float32]:
    """Slaney's mel filters of equal area, 20 to 5000 Hz: [bins, BANDS]."""
    import librosa  # takes half a second

    return np.asarray(librosa.filters.mel(sr=RATE_HZ, n_fft=_SIZE, n_mels=BANDS, fmin=20, fmax=5000).T)


def _mel(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """[frames, samples] -> mel magnitudes [frames, BANDS]."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)).astype(np.float32)
    return np.asarray(np.abs(rfft(frames * window, axis=1, workers=1)) @ _filters(), np.float32)

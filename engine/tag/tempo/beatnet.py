"""BeatNet's network (M. Heydari, F. Cwitkowitz, Z. Duan, 2021): where beats and the beginnings of bars may be.

Layout and names as in `model_1_weights.pt` and the two beside it of the package BeatNet 1.1.3; the spectra as
`log_spect.py` there has them from madmom.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import rfft
from torch import Tensor, nn

from engine.errors import invalid
from engine.models.engine import ModelEngine
from engine.tag.filterbank import log_filters
from engine.tag.framing import Framer
from engine.tag.listener import Mono
from engine.upstream.tensors import filled, read_tensors, reason_of

if TYPE_CHECKING:
    from engine.context import JobContext

RATE_HZ = 22_050
FPS = 50
_SIZE, _HOP = 1411, RATE_HZ // FPS
_BANDS, _CELLS, _LAYERS = 136, 150, 2
_AT_ONCE = 500

Activations = NDArray[np.float32]
"""[frames, 2], FPS frames a second: the probability of a beat that is no first of a bar, and of a first."""


@dataclass(frozen=True, eq=False)
class HeardBeats:
    """What the first network hears, which knows tempos best, and the geometric mean of all, which knows bars best."""

    first: Activations
    mean: Activations


_State = tuple[Tensor, Tensor]
_States = tuple[_State, ...]


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 2, 10)
        self.linear0 = nn.Linear(2 * ((2 * _BANDS - 9) // 2), _CELLS)
        self.lstm = nn.LSTM(_CELLS, _CELLS, _LAYERS, batch_first=True)
        self.linear = nn.Linear(_CELLS, 3)

    def forward(self, features: Tensor, state: _State | None) -> tuple[Tensor, _State]:
        """[frames, 2 · _BANDS] and what the frames before left -> logits [frames, 3], and what these leave."""
        found = nn.functional.max_pool1d(self.conv1(features[:, None]).relu(), 2).flatten(1)
        found, state = self.lstm(self.linear0(found)[None], state)
        return self.linear(found[0]), state


class BeatNet(ModelEngine[tuple[list[_Network], str]]):
    """BeatNet from its files: networks that were trained on different music."""

    device_key = "beatnet"

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def _read(self, job: "JobContext") -> tuple[list[_Network], str]:
        """Raises INVALID_INPUT `not_weights` for another file."""
        return [_network(path).to(job.device).eval().requires_grad_(False) for path in self._paths], job.device

    def listener(self) -> "BeatListener":
        return BeatListener(self)

    @torch.inference_mode()
    def heard(self, features: NDArray[np.float32], states: _States) -> tuple[NDArray[np.float32], _States]:
        """The next frames [frames, 2 · _BANDS], with what was left of those before; () at the beginning. Gives the
        activations of the first network, and beside them those of the mean: [frames, 4]."""
        networks, device = self._loaded
        sound = torch.from_numpy(features).to(device)
        found = [
            network(sound, state) for network, state in zip(networks, states or [None] * len(networks), strict=True)
        ]
        logits = torch.stack([logits.log_softmax(dim=1) for logits, _ in found])
        both = torch.cat([part.softmax(dim=1)[:, :2] for part in (logits[0], logits.mean(dim=0))], dim=1)
        return np.asarray(both.cpu().numpy()), tuple(state for _, state in found)


def _network(path: Path) -> _Network:
    try:
        return filled(_Network, read_tensors(path))
    except Exception as error:  # whatever the reader meets
        raise invalid("not_weights", file=path.name, reason=reason_of(error)) from error


class BeatListener:
    """Hears where beats may be. Keeps 16 bytes a frame, 17 MB for 6 hours."""

    rate_hz = RATE_HZ

    def __init__(self, model: BeatNet) -> None:
        self._model = model
        self._framer = Framer(_SIZE, _HOP, _AT_ONCE)
        self._states: _States = ()
        self._last: NDArray[np.float32] | None = None
        self._found = array("f")
        """One buffer: small arrays between the network's large ones would keep their memory from being freed."""

    def add(self, samples: Mono) -> None:
        for frames in self._framer.add(samples):
            self._hear(frames)

    def result(self) -> HeardBeats:
        for frames in self._framer.finish():
            self._hear(frames)
        both = np.array(self._found, np.float32).reshape(-1, 4)
        return HeardBeats(both[:, :2], both[:, 2:])

    def _hear(self, frames: NDArray[np.float32]) -> None:
        bands = log_bands(frames)
        before = np.concatenate([bands[:1] if self._last is None else self._last, bands[:-1]])
        self._last = bands[-1:]
        features = np.concatenate([bands, np.maximum(bands - before, 0)], axis=1)
        found, self._states = self._model.heard(features, self._states)
        self._found.frombytes(np.ascontiguousarray(found).tobytes())


def log_bands(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """[frames, _SIZE samples] -> log10(1 + magnitude) in bands of a quarter tone, 30 Hz to 17 kHz: [frames, _BANDS]."""
    window = np.hanning(_SIZE).astype(np.float32)
    magnitudes = np.abs(rfft(frames * window, axis=1, workers=1)[:, : _SIZE // 2])
    return np.asarray(np.log10(1 + magnitudes @ log_filters(RATE_HZ, _SIZE, 30, 17_000)), np.float32)

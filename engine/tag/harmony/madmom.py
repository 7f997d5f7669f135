"""madmom's networks for key (Korzeniowski and Widmer 2018) and chords (2016), rebuilt: heard a piece at a time.

Layers and classes are those of `madmom/features/key.py` and `chords.py`; the weights may not be used commercially.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.context import JobContext
from engine.models.engine import ModelEngine
from engine.tag.harmony.decoding import Viterbi
from engine.tag.harmony.spectrum import Magnitudes, bands
from engine.tag.harmony.weights import read_convolutions, read_field

A = 9
"""Both count their classes from A upwards."""
_FROM_C = np.array([*((A + at) % 12 for at in range(12)), *(12 + (A + at) % 12 for at in range(12)), 24], np.uint8)

KEY_HZ = (65.0, 2100.0)
KEY_BANDS, KEYS = 105, 24
CHORD_HZ = (60.0, 2600.0)
CHORD_BANDS, FEATURES, CHORDS = 113, 128, 25

_KEY_WIDTHS = (24, 24, 48, 48, 96, 96, 192, 192)
KEY_SHAPES = [
    (entering, leaving, side, side)
    for entering, leaving, side in zip((1, *_KEY_WIDTHS), (*_KEY_WIDTHS, KEYS), (5, *[3] * 7, 1), strict=True)
]
_POOLED = (1, 3, 5)
"""Key convolutions with a maximum over 2 by 2 behind them."""
_STEP = 8
_REACH = 40
"""Frames, whole steps, beyond which a frame does not touch a result: the convolutions reach 38."""
_KEY_PIECE = 600

CHORD_SHAPES = [(1, 32, 3, 3), *[(32, 32, 3, 3)] * 3, (32, 64, 3, 3), (64, 64, 3, 3), (64, 128, 9, 12)]
_HALVED = (3, 5)
_MARGIN = 11
"""Frames on either side that a chord is heard in."""
_CHORD_PIECE = 100


def _convolutions(path: Path, shapes: list[tuple[int, int, int, int]], device: str, *, padded: bool) -> nn.ModuleList:
    layers = nn.ModuleList()
    for weight, shift in read_convolutions(path, shapes):
        leaving, entering, *sides = weight.shape
        layer = nn.Conv2d(entering, leaving, tuple(sides), padding=tuple(side // 2 for side in sides) if padded else 0)
        layer.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(shift)})
        layers.append(layer)
    return layers.eval().to(device)


class KeyNetwork(ModelEngine[nn.ModuleList]):
    """`file`: `key_cnn.pkl`."""

    device_key = "madmom-key"

    def __init__(self, file: Path) -> None:
        self._file = file
        self._device = "cpu"

    def _read(self, job: JobContext) -> nn.ModuleList:
        self._device = job.device
        return _convolutions(self._file, KEY_SHAPES, job.device, padded=True)

    @torch.inference_mode()
    def evidence(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits [frames // 8, 24] of spectra [frames, KEY_BANDS]: major keys from A upwards, then minor ones."""
        x = torch.from_numpy(frames)[None, None].to(self._device)
        for at, layer in enumerate(self._loaded):
            x = functional.elu(layer(x))
            if at in _POOLED:
                x = functional.max_pool2d(x, 2)
        return np.asarray(x[0].mean(dim=2).T.cpu().numpy(), np.float32)

    def reader(self) -> "KeyReader":
        """Hears one sound."""
        return KeyReader(self)


class KeyReader:
    """Every second spectrum is the network's."""

    def __init__(self, network: KeyNetwork) -> None:
        self._network = network
        self._waiting = np.zeros((0, KEY_BANDS), np.float32)
        self._known = self._steps = 0
        self._sum = np.zeros(KEYS)

    def add(self, magnitudes: Magnitudes) -> None:
        self._waiting = np.concatenate([self._waiting, bands(magnitudes[::2], *KEY_HZ)])
        while len(self._waiting) >= (end := self._known + _KEY_PIECE) + _REACH:
            self._hear(self._waiting[: end + _REACH], end)
            self._waiting, self._known = self._waiting[end - _REACH :], _REACH

    def result(self) -> NDArray[np.float64]:
        """Probabilities of the 24 keys: major from C upwards, then minor. A sound of less than 1.6 s is heard with
        silence behind it."""
        missing = max(0, _STEP - len(self._waiting)) if not self._steps else 0
        waiting = np.pad(self._waiting, ((0, missing), (0, 0)))
        self._hear(waiting, len(waiting))
        logits = np.roll((self._sum / self._steps).reshape(2, 12), A, axis=1).ravel()
        shares: NDArray[np.float64] = np.exp(logits - logits.max())
        return np.asarray(shares / shares.sum())

    def _hear(self, frames: NDArray[np.float32], end: int) -> None:
        steps = self._network.evidence(frames)[self._known // _STEP : end // _STEP]
        self._sum += steps.sum(axis=0, dtype=np.float64)
        self._steps += len(steps)


@dataclass(frozen=True)
class _Chords:
    layers: nn.ModuleList
    field: dict[str, NDArray[np.float32]]


class ChordNetwork(ModelEngine[_Chords]):
    """`features`: `chords_cnnfeat.pkl`, `field`: `chords_cnncrf.pkl`."""

    device_key = "madmom-chords"

    def __init__(self, features: Path, field: Path) -> None:
        self._features, self._field = features, field
        self._device = "cpu"

    def _read(self, job: JobContext) -> _Chords:
        self._device = job.device
        layers = _convolutions(self._features, CHORD_SHAPES, job.device, padded=False)
        return _Chords(layers, read_field(self._field, FEATURES, CHORDS))

    @torch.inference_mode()
    def features(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """[frames - 2 * _MARGIN, FEATURES] of spectra [frames, CHORD_BANDS]."""
        x = torch.from_numpy(frames)[None, None].to(self._device)
        for at, layer in enumerate(self._loaded.layers):
            x = functional.relu(layer(x))
            if at in _HALVED:
                x = functional.max_pool2d(x, (1, 2))
        x = functional.avg_pool1d(x[0].mean(dim=2), 3, stride=1)
        return np.asarray(x.T.cpu().numpy(), np.float32)

    def scores(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the field makes of features: [frames, CHORDS]."""
        field = self._loaded.field
        return field["c"] + features @ field["W"]

    def decoder(self) -> Viterbi:
        field = self._loaded.field
        return Viterbi(field["A"], field["pi"], field["tau"])

    def reader(self) -> "ChordReader":
        """Hears one sound."""
        return ChordReader(self)


class ChordReader:
    def __init__(self, network: ChordNetwork) -> None:
        self._network, self._decoder = network, network.decoder()
        self._waiting = np.zeros((_MARGIN, CHORD_BANDS), np.float32)

    def add(self, magnitudes: Magnitudes) -> None:
        self._waiting = np.concatenate([self._waiting, bands(magnitudes, *CHORD_HZ)])
        while len(self._waiting) >= _CHORD_PIECE + 2 * _MARGIN:
            self._hear(self._waiting[: _CHORD_PIECE + 2 * _MARGIN])
            self._waiting = self._waiting[_CHORD_PIECE:]

    def result(self) -> NDArray[np.uint8]:
        """The chord of every frame: 0 to 11 major from C upwards, 12 to 23 minor, 24 none."""
        if len(self._waiting) > _MARGIN:
            self._hear(np.pad(self._waiting, ((0, _MARGIN), (0, 0))))
        return _FROM_C[self._decoder.result()]

    def _hear(self, frames: NDArray[np.float32]) -> None:
        self._decoder.add(self._network.scores(self._network.features(frames)))

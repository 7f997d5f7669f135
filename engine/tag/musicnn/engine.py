"""Both networks of musicnn on one pass over a sound: MSD learned what listeners write, MTT what they hear in a clip."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.audio.block import Regrouper
from engine.errors import invalid
from engine.models.engine import ModelEngine
from engine.tag.listener import Mono
from engine.tag.musicnn.checkpoint import read
from engine.tag.musicnn.network import EMBEDDING, LABELS, Musicnn, network
from engine.tag.musicnn.spectrum import EDGE, RATE_HZ, WINDOW, log_mel, mirrored
from engine.upstream.tensors import UnreadableError

if TYPE_CHECKING:
    from engine.context import JobContext

Vector = NDArray[np.float32]
NETWORKS = ("msd", "mtt")
SILENT = 1e-3
"""Windows that stay below this, -60 dBFS, are not listened to: the networks hear guitars in silence."""
BATCH_CPU, BATCH_GPU = 1, 32
"""Windows at once; more than one take a processor longer each."""


@dataclass(frozen=True)
class Heard:
    """Means over the windows that sound. `msd`, `mtt`: the probability of each label, [50], in the order of
    `engine.tag.labels`; `msd_embedding`, `mtt_embedding`: [200]. All are zeros where nothing sounds.
    `windows`: how many were listened to."""

    msd: Vector
    mtt: Vector
    msd_embedding: Vector
    mtt_embedding: Vector
    windows: int


class MusicTagger(ModelEngine[list[Musicnn]]):
    """The networks, from the files of the catalogue in its order: index and data of MSD, index and data of MTT."""

    device_key = "tag"

    def __init__(self, files: list[Path]) -> None:
        self._files = files

    def _read(self, job: "JobContext") -> list[Musicnn]:
        self._device = torch.device(job.device)
        self.batch = BATCH_CPU if self._device.type == "cpu" else BATCH_GPU
        return [self._network(*self._files[at : at + 2]) for at in range(0, 2 * len(NETWORKS), 2)]

    def _network(self, index: Path, data: Path) -> Musicnn:
        try:
            return network(read(index, data)).to(self._device)
        except UnreadableError as error:
            raise invalid("checkpoint_unreadable", file=data.name, reason=str(error)) from error

    @torch.inference_mode()
    def hear(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """[windows, EDGE + WINDOW] at RATE_HZ -> [windows, 2 networks, 50 probabilities and 200 of the embedding]."""
        networks = self._loaded
        spectra = log_mel(torch.from_numpy(windows).to(self._device))
        if self._device.type == "cpu":
            with ThreadPoolExecutor(1) as beside:
                other = beside.submit(_answers, networks[1], spectra)
                heard = [_answers(networks[0], spectra), other.result()]
        else:
            heard = [_answers(model, spectra) for model in networks]
        return np.asarray(torch.stack(heard, dim=1).cpu().numpy(), np.float32)

    def listener(self, every: int = 1) -> "TagListener":
        """`every`: listen to one window of so many."""
        return TagListener(self, every)


@torch.inference_mode()
def _answers(model: Musicnn, spectra: Tensor) -> Tensor:
    return torch.cat(model(spectra), dim=1)


class TagListener:
    """Implements `Listener[Heard]`. A window counts by how much of it was not in the one before; the last one reaches
    back, so that it is whole, and a sound shorter than a window is repeated to fill it."""

    rate_hz = RATE_HZ

    def __init__(self, tagger: MusicTagger, every: int = 1) -> None:
        self._tagger, self._every = tagger, every
        self._blocks = Regrouper(WINDOW)
        self._before: Mono | None = None
        self._number = 0
        self._waiting: list[tuple[Mono, float]] = []
        self._sum = np.zeros((len(NETWORKS), LABELS + EMBEDDING), np.float64)
        self._weight = 0.0
        self._windows = 0

    def add(self, samples: Mono) -> None:
        for block in self._blocks.add(samples[None]):
            self._take(block[0])

    def result(self) -> Heard:
        for rest in self._blocks.finish():
            self._take(rest[0])
        self._listen()
        mean = (self._sum / (self._weight or 1.0)).astype(np.float32)
        (msd, msd_embedding), (mtt, mtt_embedding) = ((row[:LABELS], row[LABELS:]) for row in mean)
        return Heard(msd, mtt, msd_embedding, mtt_embedding, self._windows)

    def _take(self, block: Mono) -> None:
        """The next WINDOW samples, fewer at the end."""
        weight = len(block) / WINDOW
        if self._before is None:
            whole = np.resize(block, WINDOW)
            window = np.concatenate([mirrored(EDGE, whole), whole])
        else:
            window = np.concatenate([self._before, block])[-EDGE - WINDOW :]
        self._before = window
        self._number += 1
        if self._number % self._every == 1 % self._every and np.abs(window).max() > SILENT:
            self._waiting.append((window, weight))
            if len(self._waiting) == self._tagger.batch:
                self._listen()

    def _listen(self) -> None:
        if self._waiting:
            heard = self._tagger.hear(np.stack([window for window, _ in self._waiting]))
            weights = np.array([weight for _, weight in self._waiting])
            self._sum += np.tensordot(weights, heard.astype(np.float64), axes=1)
            self._weight += float(weights.sum())
            self._windows += len(weights)
            self._waiting = []

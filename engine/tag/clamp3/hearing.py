"""Sound as a vector: MERT's features of every 5 s through the audio tower."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.audio.block import Regrouper
from engine.audio.scratch_audio import ScratchAudio
from engine.models.device import threads_of_torch
from engine.tag.clamp3.tower import Tower
from engine.tag.descriptors import load
from engine.tag.descriptors.ranking import Match, cosines, ranked
from engine.tag.listener import Mono
from engine.tag.side_by_side import threads_here
from engine.upstream.mert import RATE_HZ

WINDOW = 5 * RATE_HZ
SHORTEST = RATE_HZ
"""Samples; a shorter last window is left out."""
EPSILON = 1e-7
"""Beside the variance, as transformers' Wav2Vec2FeatureExtractor has it."""

Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class AudioEmbedding:
    """A whole sound. `vector`: float32 [768], not normalised; `windows`: of 5 s that it was made of. `cosines`: float32
    [descriptors], to the sentences of the bank in its order; `matches`: the descriptors that stand out."""

    vector: NDArray[np.float32]
    windows: int
    cosines: NDArray[np.float32]
    matches: tuple[Match, ...]


@torch.inference_mode()
def features(mert: Any, window: torch.Tensor) -> torch.Tensor:
    """float32 [samples] at RATE_HZ -> float32 [width]: the mean over time and over all layers, the input of the first
    among them."""
    layers = mert(window[None], output_hidden_states=True).hidden_states
    return torch.stack([layer[0].mean(0) for layer in layers]).mean(0)


class ClampListener:
    """Hears a sound at 24 kHz. Mean and deviation of the whole are known only at its end, so it waits on disk: 96 kB a
    second, in `folder`. Then `tick(done, of)` is told of every window of 5 s; it may raise.

    A sound under 1 s is followed by silence. `sentences`: float32 [descriptors, 768], of the bank.
    """

    rate_hz = RATE_HZ

    def __init__(
        self, mert: Any, tower: Tower, sentences: NDArray[np.float32], folder: Path | None, tick: Tick
    ) -> None:
        self._mert, self._tower, self._sentences, self._tick = mert, tower, sentences, tick
        self._windows, self._scratch = Regrouper(WINDOW), ScratchAudio(folder)
        self._sum = self._squares = 0.0

    def add(self, samples: Mono) -> None:
        """Raises DISK_FULL `disk_full`."""
        for window in self._windows.add(samples[None]):
            self._keep(window)

    def _keep(self, window: NDArray[np.float32]) -> None:
        self._scratch.add([window])
        self._sum += float(window.sum(dtype=np.float64))
        self._squares += float(np.square(window, dtype=np.float64).sum())

    def close(self) -> None:
        """What waited on disk is gone. May be repeated."""
        self._scratch.close()

    def result(self) -> AudioEmbedding:
        """To be asked for once. Raises what `tick` raises, and as `add` does."""
        for window in self._windows.finish():
            self._keep(window)
        with self._scratch as sound:
            count = max(sound.samples, 1)
            mean = self._sum / count
            scale = 1 / sqrt(max(0.0, self._squares / count - mean**2) + EPSILON)
            whole, rest = divmod(sound.samples, WINDOW)
            heard = max(1, whole + (rest >= SHORTEST))
            device = self._tower.projection.weight.device
            rows = torch.zeros(heard + 2, self._tower.projection.in_features, device=device)
            windows = islice(sound if sound.samples else [np.zeros((1, 0), np.float32)], heard)
            threads = threads_here() if device.type == "cpu" else 1

            def hear(window: NDArray[np.float32]) -> torch.Tensor:
                normal = (window[0] - np.float32(mean)) * np.float32(scale)
                normal = np.pad(normal, (0, max(0, SHORTEST - len(normal))))
                return features(self._mert, torch.from_numpy(normal).to(device))

            # threads of one core each, one window each: those of one call wait for each other under load
            with threads_of_torch(1), ThreadPoolExecutor(threads) as pool:
                done = 0
                while some := list(islice(windows, threads)):
                    for row in pool.map(hear, some):
                        done += 1
                        rows[done] = row
                        self._tick(done, heard)
        vector = self._tower(rows).cpu().numpy()
        return AudioEmbedding(vector, heard, cosines(vector, self._sentences), ranked(vector, self._sentences, load()))

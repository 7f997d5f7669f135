"""Sounds and separators for the tests of the split room."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from engine.audio.scratch_audio import ScratchAudio
from engine.split.models import DEMUCS, ModelFamily
from engine.split.separator import Estimates, Mixes
from engine.split.stream import Separation, examine


class Shares:
    """A separator without a model: each stem is the mix times a fixed share, so that any seam would be seen."""

    device_key = "shares"
    rate_hz = 44_100
    facts = {"device": "cpu"}

    def __init__(self, window: int = 4410, **shares: float) -> None:
        self.window = window
        self.shares = shares or {"drums": 0.5, "bass": 0.25, "other": 0.125, "vocals": 0.125}
        self.sources = tuple(self.shares)
        self.batches: list[int] = []

    def load(self, job: object) -> None: ...

    def dispose(self) -> None: ...

    def separate(self, mix: Mixes, tick: Callable[[], None]) -> Estimates:
        tick()
        self.batches.append(len(mix))
        return np.stack([mix * np.float32(share) for share in self.shares.values()], axis=1)


def written(path: Path, audio: np.ndarray, rate_hz: int = 44_100) -> Path:
    """`audio` [channels, samples] as a 32-bit float WAV."""
    soundfile.write(path, audio.T, rate_hz, subtype="FLOAT", format="WAV")
    return path


def separation(
    path: Path, model: Shares, family: ModelFamily = DEMUCS, shifts: int = 1, overlap: float = 0.25, batch: int = 1
) -> Separation:
    source = examine(path, ScratchAudio(path.parent), lambda samples: None)
    return Separation(source, model, family, model.window, overlap, shifts, batch)


def stems(made: Separation) -> np.ndarray:
    """float32 [sources, channels, samples]."""
    return np.concatenate(list(made.stems(lambda windows: None)), axis=-1)

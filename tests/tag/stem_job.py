"""Jobs that listen with real weights and split without any: each stem is a share of the mix."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine.generate.composer.composition import compose
from engine.generate.composer.engine import Composer
from engine.generate.composer.sampling import Sampling
from engine.tag.ears import wanted
from engine.tag.params import TagParams
from tests.fake_job import FakeJob
from tests.split.made_sources import Shares
from tests.tag.real_weights import real_weights

TRACK, UPLOAD = "track:" + "0" * 32, "upload:" + "1" * 32
RATE_HZ = 44_100
SECONDS = 6
_KEPT: dict[str, Any] = {}
"""What listens, loaded once for all jobs, as a worker keeps it."""


class StemJob(FakeJob):
    """`splits`: how often a separator was asked for."""

    splits = 0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.engines = _KEPT

    def engine(self, key: str, make: Callable[[], Any]) -> Any:
        if not key.startswith("split:"):
            return super().engine(key, make)
        self.splits += 1
        return Shares(window=RATE_HZ)


def stem_job(folder: Path) -> StemJob:
    """With every model that `/tag` listens with by default, and Basic Pitch; who calls puts a separator's file there,
    with `separator`."""
    made = StemJob(folder)
    for model in wanted(TagParams(source=TRACK, model="musicnn", midi=True), made.models_dir):
        made.models_dir = real_weights(model)[0].parent.parent
    return made


def played(folder: Path, words: str = "pop rock, 120 bpm, A minor") -> dict[str, np.ndarray]:
    """The stems of a composed piece, float32 [2, samples] each."""
    composer = Composer()
    piece = composer.play(compose(words, SECONDS, Sampling(3)), SECONDS, FakeJob(folder), stems=True)
    stems = {name: np.concatenate(list(stem), axis=1).astype(np.float32) for name, stem in piece.stems.items()}
    composer.dispose()
    return stems

"""madmom's networks keep the contract of engines."""

from typing import Any

import numpy as np

from engine.tag.harmony.madmom import CHORD_BANDS, KEY_BANDS, ChordNetwork, KeyNetwork
from tests.engine_contract import Case, EngineContract
from tests.fake_job import FakeJob
from tests.tag.madmom_pickles import install


def _evidence(engine: Any, job: FakeJob, seed: int) -> Any:
    job.progress(0, 1)
    return engine.evidence(np.random.default_rng(seed).uniform(0, 1, (80, KEY_BANDS)).astype(np.float32))


def _scores(engine: Any, job: FakeJob, seed: int) -> Any:
    job.progress(0, 1)
    frames = np.random.default_rng(seed).uniform(0, 1, (40, CHORD_BANDS)).astype(np.float32)
    return engine.scores(engine.features(frames))


def _toil(use: Any) -> Any:
    def toil(engine: Any, job: FakeJob) -> None:
        for _ in range(10_000):
            use(engine, job, 1)

    return toil


class TestKeyNetwork(EngineContract):
    case = Case("key", lambda models: KeyNetwork(install(models / "madmom")[0]), _evidence, _toil(_evidence))


class TestChordNetwork(EngineContract):
    case = Case("chords", lambda models: ChordNetwork(*install(models / "madmom")[1:]), _scores, _toil(_scores))

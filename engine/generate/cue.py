"""A short piece by the composer for commands that need music: no track, no stages of its own."""

from typing import Any, cast

from engine.audio.block import Audio
from engine.context import JobContext
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import RATE_HZ, Composer, find_soundfont
from engine.generate.composer.sampling import Sampling
from engine.generate.params import GenerateParams


class _WithoutStages:
    """A job that is told of no progress; it can be canceled all the same."""

    def __init__(self, job: JobContext) -> None:
        self._job = job

    def __getattr__(self, name: str) -> Any:
        return getattr(self._job, name)

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        self._job.check_canceled()


def cue(prompt: str, duration_s: float, seed: int, job: JobContext) -> tuple[Audio, int]:
    """Music of these words, float32 [2, samples] at the composer's usual level, and its rate, Hz. Raises Canceled."""
    usual = GenerateParams(prompt=prompt, seed=seed)
    sampling = Sampling(seed, usual.temperature, usual.top_k, usual.top_p, usual.cfg_coef)
    composition = compose(prompt, duration_s, sampling, None, loop=False)
    composer = job.engine(f"composer:{find_soundfont(job.models_dir)}", Composer)
    return composer.play(composition, duration_s, cast(JobContext, _WithoutStages(job))).audio, RATE_HZ

"""An engine without a model: a tone whose pitch follows from the seed, and memory to hold while it is loaded."""

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.debug.tasks import hang
from engine.models.engine import ModelEngine

if TYPE_CHECKING:
    from engine.context import Audio, JobContext
    from engine.debug.params import DebugParams

RATE_HZ = 44_100


class DebugEngine(ModelEngine[NDArray[np.uint8]]):
    def __init__(self, device_key: str = "debug", allocate_mb: int = 0, hang_s: int = 0) -> None:
        self.device_key = device_key
        self._hang_s = hang_s
        self._allocate_mb = allocate_mb

    def _read(self, job: "JobContext") -> NDArray[np.uint8]:
        if self._hang_s:
            hang(self._hang_s)
        return np.ones(self._allocate_mb * 2**20, np.uint8)

    def render(self, params: "DebugParams", index: int, job: "JobContext") -> "Audio":
        """A stereo tone, float32 [2, samples] at 44100 Hz, after `params.steps` steps of pretended work."""
        assert self._loaded.size == self._allocate_mb * 2**20
        count = max(1, round(params.duration * RATE_HZ))
        pitch_hz = 110.0 + (params.seed * 7 + index * 31) % 880
        tone = (0.25 * np.sin(2 * np.pi * pitch_hz * np.arange(count) / RATE_HZ)).astype(np.float32)
        audio = np.stack([tone, tone])
        for step in range(params.steps):
            _pretend(params.step_s, params.busy)
            if not params.deaf:
                job.progress(step + 1, params.steps, "WORKING")
            if params.live:
                job.preview(audio[:, count * step // params.steps : count * (step + 1) // params.steps], RATE_HZ)
        return audio


def _pretend(seconds: float, busy: bool) -> None:
    end = time.monotonic() + seconds
    while busy and time.monotonic() < end:
        np.linalg.norm(np.ones((200, 200)) @ np.ones((200, 200)))
    if not busy and seconds:
        time.sleep(seconds)

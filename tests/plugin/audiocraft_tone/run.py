"""The runner of `/tone`: imported by a worker only, so it may import what it likes."""

import numpy as np

from audiocraft_tone import ToneParams
from engine.context import JobContext, TrackDraft

RATE_HZ = 44100


def run(params: ToneParams, job: JobContext) -> None:
    """One second of it."""
    angle = 2 * np.pi * params.frequency_hz / RATE_HZ * np.arange(RATE_HZ)
    tone = (0.25 * np.sin(angle)).astype(np.float32)[np.newaxis]
    job.new_track(TrackDraft(audio=tone, rate_hz=RATE_HZ, output=params, model="tone", prompt=params.name))

"""Runs `/debug`."""

import os

from engine.context import JobContext
from engine.debug.engine import RATE_HZ, DebugEngine
from engine.debug.params import DebugParams
from engine.errors import AppError, Code


def run(params: DebugParams, job: JobContext) -> None:
    """Load, work, then fail, crash or make the tracks, as asked."""
    engine = job.engine(f"debug:{params.family}", lambda: DebugEngine(params.family, params.allocate_mb))
    size = job.open(params.source).stat().st_size if params.source else None
    tones = [engine.render(params, index, job) for index in range(max(1, params.tracks))][: params.tracks]
    if params.crash:
        os.abort()
    if params.fail and (not params.recovers_after or job.attempt <= params.recovers_after):
        raise AppError(Code(params.fail), "debug_failure", recoverable=params.recoverable, wanted=params.fail)
    for tone in tones:
        job.new_track(
            tone, RATE_HZ, output=params, model="debug", prompt=params.prompt,
            parameters={"seed": params.seed}, details={"source_bytes": size} if size else {},
        )  # fmt: skip

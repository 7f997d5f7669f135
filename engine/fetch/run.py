"""The runner of `/fetch`."""

from engine.context import JobContext
from engine.fetch.params import FetchParams
from engine.models.ensure import ensure, needed
from engine.models.fetch import fetch
from engine.models.store import ModelStore


def run(params: FetchParams, job: JobContext) -> None:
    job.plan(DOWNLOADING=9, VERIFYING=1)
    model, *others = needed(params.model)
    fetch(model, ModelStore(job.models_dir), job)
    for other in others:
        ensure(other, job)

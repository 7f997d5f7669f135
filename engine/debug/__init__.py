"""`/debug`: a command that needs no model and goes every way a job can go. Offered only with `--debug`."""

from engine.command import Command, Lane
from engine.debug.params import DebugParams
from engine.debug.tasks import DEBUG_TASKS

COMMAND = Command(
    name="debug",
    summary="Make a test tone, or fail as asked.",
    params=DebugParams,
    tasks=DEBUG_TASKS,
    runner="engine.debug.run:run",
    lane=lambda params: Lane(params.lane),
    device_key=lambda params: params.family,
    memory_mb=lambda params, device, models_dir: params.allocate_mb,
    title=lambda params: "title.preview" if params.source and params.preview_at_s is not None else "title.text",
    max_concurrency=lambda params, free_gb: params.max_concurrency,
)

"""`/debug`: a command that needs no model and goes every way a job can go. Offered only with `--debug`."""

from typing import cast

from engine.commands import Command, Lane
from engine.debug.params import DebugParams
from engine.parameters import Params


def _lane(params: Params) -> Lane:
    return Lane(cast(DebugParams, params).lane)


COMMAND = Command(
    name="debug",
    summary="Make a test tone, or fail as asked.",
    params=DebugParams,
    runner="engine.debug.run:run",
    lane=_lane,
    family=lambda params: cast(DebugParams, params).family,
    memory_mb=lambda params: cast(DebugParams, params).allocate_mb,
    max_concurrency=lambda params, free_gb: cast(DebugParams, params).max_concurrency,
)

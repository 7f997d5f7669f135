"""`/upscale`: lost treble comes back, everything else stays untouched."""

from typing import cast

from engine.commands import Command, Lane
from engine.parameters import Params
from engine.upscale.memory import tier
from engine.upscale.params import BUILT_IN, FAMILIES, MEMORY_MB, UpscaleParams


def _model(params: Params) -> str:
    return cast(UpscaleParams, params).model


COMMAND = Command(
    name="upscale",
    summary="Bring lost treble back, up to 192 kHz.",
    params=UpscaleParams,
    runner="engine.upscale.run:run",
    lane=lambda params: Lane.LIGHT if _model(params) in BUILT_IN else Lane.MODEL,
    family=lambda params: FAMILIES[_model(params)],
    memory_mb=lambda params: MEMORY_MB[FAMILIES[_model(params)]],
    max_concurrency=lambda params, free_gb: tier(free_gb).jobs,
)
"""What `/upscale` can be asked for."""

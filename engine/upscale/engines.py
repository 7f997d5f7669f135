"""The engine for a job: the right class, made with what the job and the memory say."""

from importlib import import_module
from pathlib import Path
from typing import Any

from engine.upscale.memory import Tier
from engine.upscale.params import HARMONIC, UpscaleParams
from engine.upscale.upscaler import Upscaler

_AUDIOSR_SAMPLERS = {"dpm++": "dpm++2m", "ddim": "ddim"}


def engine_key(params: UpscaleParams, tier: Tier) -> str:
    """Jobs with the same key share a loaded engine."""
    if params.model == HARMONIC:
        return "upscale:harmonic"
    settings: tuple[object, ...] = (params.model, _precision(params, tier), params.steps, tier.offload)
    # AudioLBM has another network for each rate; AudioSR gives the same for all
    settings += (params.target_rate,) if params.model == "audiolbm" else (params.sampler, params.guidance)
    return ":".join(["upscale", *map(str, settings)])


def make_engine(params: UpscaleParams, tier: Tier, files: list[Path]) -> Upscaler:
    """The engine of a model with these files, not yet loaded. A network's module is imported here and not before."""
    if params.model == HARMONIC:
        from engine.upscale.harmonic import Harmonic

        return Harmonic()
    precision = _precision(params, tier)
    if params.model == "audiolbm":
        made = import_module("engine.upscale.audiolbm.engine").AudioLBM(
            precision, rate_hz=int(params.target_rate), steps=params.steps, offload=tier.offload
        )
    else:
        given: dict[str, Any] = {"sampler_name": _AUDIOSR_SAMPLERS[params.sampler], "steps": params.steps}
        if params.guidance is not None:
            given["guidance"] = params.guidance
        made = import_module("engine.upscale.audiosr.engine").AudioSR(
            files[0], precision, offload=tier.offload, **given
        )
    engine: Upscaler = made
    return engine


def _precision(params: UpscaleParams, tier: Tier) -> str:
    return tier.precision or "auto" if params.precision == "auto" else params.precision

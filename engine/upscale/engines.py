"""The engine behind each model."""

from importlib import import_module
from typing import Any

from engine.upscale.memory import Tier
from engine.upscale.params import HARMONIC, UpscaleParams, model_family
from engine.upscale.upscaler import Upscaler

_AUDIOSR_SAMPLERS = {"dpm++": "dpm++2m", "ddim": "ddim"}


def engine_key(params: UpscaleParams, tier: Tier) -> str:
    """Jobs with the same key share a loaded engine."""
    if params.model == HARMONIC:
        return "upscale:harmonic"
    precision = _precision(params, tier)
    settings: tuple[object, ...] = (params.model, precision, params.steps, tier.offload)
    # AudioLBM has another network for each rate; AudioSR gives the same for all
    settings += (params.target_rate,) if params.model == "audiolbm" else (params.sampler, params.guidance)
    return ":".join(["upscale", *map(str, settings)])


def make_engine(params: UpscaleParams, tier: Tier) -> Upscaler:
    """The engine of `params.model`, not yet loaded. A network's module is imported here and not before."""
    match model_family(params.model):
        case "harmonic":
            from engine.upscale.harmonic import Harmonic

            return Harmonic()
        case "audiosr":
            given: dict[str, Any] = {"sampler_name": _AUDIOSR_SAMPLERS[params.sampler], "steps": params.steps}
            if params.guidance is not None:
                given["guidance"] = params.guidance
            made = import_module("engine.upscale.audiosr.engine").AudioSR(
                params.model, _precision(params, tier), offload=tier.offload, **given
            )
        case _:
            made = import_module("engine.upscale.audiolbm.engine").AudioLBM(
                _precision(params, tier), rate_hz=int(params.target_rate), steps=params.steps, offload=tier.offload
            )
    engine: Upscaler = made
    return engine


def _precision(params: UpscaleParams, tier: Tier) -> str:
    return tier.precision or "auto" if params.precision == "auto" else params.precision

"""The engine behind each model."""

from pathlib import Path

from engine.errors import AppError, Code
from engine.split.models import OWN, ROFORMER, family
from engine.split.params import SplitParams
from engine.split.separator import Separator


def engine_key(params: SplitParams) -> str:
    """Jobs with the same key share a loaded engine."""
    return f"split:{params.model}:{_name(params)}:{params.precision}"


def on_disk(params: SplitParams, models_dir: Path) -> bool:
    """The weights of `params.model` are there, from wherever they came."""
    if family(params.model) is not ROFORMER:
        from engine.upstream.demucs import checkpoint

        return checkpoint.on_disk(params.model, models_dir)
    from engine.split.roformer.locate import locate

    try:
        locate(_name(params), models_dir)
    except AppError as error:
        if error.code is Code.MODEL_MISSING:
            return False
        raise
    return True


def _name(params: SplitParams) -> str:
    return params.own_model if params.model == OWN else params.model


def make_engine(params: SplitParams) -> Separator:
    """The engine of `params.model`, not yet loaded."""
    if family(params.model) is ROFORMER:
        from engine.split.roformer.engine import RoformerSeparator

        return RoformerSeparator(_name(params), params.precision)
    from engine.split.demucs.engine import DemucsSeparator

    return DemucsSeparator(params.model, params.precision)

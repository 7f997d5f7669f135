"""The engine behind each model."""

from engine.split.models import OWN, ROFORMER, family_of
from engine.split.params import SplitParams
from engine.split.separator import Separator


def engine_key(params: SplitParams) -> str:
    """Jobs with the same key share a loaded engine."""
    return f"split:{params.model}:{_name(params)}:{params.precision}"


def _name(params: SplitParams) -> str:
    return params.own_model if params.model == OWN else params.model


def make_engine(params: SplitParams) -> Separator:
    """The engine of `params.model`, not yet loaded."""
    if family_of(params.model) is ROFORMER:
        from engine.split.roformer.engine import RoformerSeparator

        return RoformerSeparator(_name(params), params.precision)
    from engine.split.demucs.engine import DemucsSeparator

    return DemucsSeparator(params.model, params.precision)

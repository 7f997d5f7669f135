"""A checkpoint of the user's own, judged by its name, its YAML and its first bytes: no torch, so the server does it."""

from pathlib import Path

from engine.errors import invalid
from engine.split.models import OWN
from engine.split.params import SplitParams
from engine.split.roformer.locate import locate
from engine.upstream.documents import looks_like_weights


def check(params: SplitParams, models_dir: Path) -> None:
    """Raises MODEL_MISSING for one that is not there, INVALID_INPUT for one that cannot be read."""
    if params.model != OWN:
        return
    if not params.own_model.strip(". "):
        raise invalid("own_roformer_unnamed")
    looks_like_weights(locate(params.own_model, models_dir).checkpoint)

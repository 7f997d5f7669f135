"""A checkpoint of the user's own, judged by its name and its first bytes: no torch, so the server does it."""

from pathlib import Path

from engine.errors import AppError, Code, invalid
from engine.generate.models import LANGUAGE_MODEL, OWN
from engine.generate.params import GenerateParams
from engine.upstream.documents import looks_like_weights


def check(params: GenerateParams, models_dir: Path) -> None:
    """Raises MODEL_MISSING for one that is not there, INVALID_INPUT for one that cannot be read."""
    if params.model != OWN:
        return
    if not params.own_model.strip(". "):
        raise invalid("own_model_unnamed")
    file = models_dir / params.own_model / LANGUAGE_MODEL
    if not file.is_file():
        raise AppError(Code.MODEL_MISSING, "checkpoint_file_missing", file=file.name, folder=str(file.parent))
    looks_like_weights(file)

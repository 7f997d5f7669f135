"""Where the weights of a BS-RoFormer lie: a model of the catalogue, or a user's own in the models folder.

Importing this stays light: no torch.
"""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import AppError, Code
from engine.models import MODELS, ModelStore
from engine.split.roformer.config import read_yaml

WEIGHTS = (".ckpt", ".safetensors")
CONFIGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Found:
    """A checkpoint and, where there is one, the YAML beside it."""

    checkpoint: Path
    config: Path | None


def _beside(models_dir: Path) -> dict[str, tuple[Path, Path | None]]:
    """Checkpoints that users brought, by name, with the YAML that may be theirs.

    Each folder below the models folder that the catalogue does not know counts. One with a single checkpoint lends it
    its name; with several, `FOLDER/STEM` is the one with a YAML of its stem.
    """
    found = {}
    for folder in _folders(models_dir):
        if folder.name in MODELS:
            continue
        weights = _files(folder, WEIGHTS)
        for checkpoint in weights:
            name = folder.name if len(weights) == 1 else f"{folder.name}/{checkpoint.stem}"
            found[name] = (checkpoint, _config_beside(checkpoint, alone=len(weights) == 1))
    return found


def locate(model_id: str, models_dir: Path) -> Found:
    """The files of a catalogued model or of a user's own checkpoint.

    Raises MODEL_MISSING, with the folder to put it into, and INVALID_INPUT for a user's YAML that is refused.
    """
    if model_id in MODELS:
        [found] = ModelStore(models_dir).files(model_id)
        alone = found.parent != models_dir and len(_files(found.parent, WEIGHTS)) == 1
        return Found(found, _config_beside(found, alone=alone))
    checkpoint, config = _beside(models_dir).get(model_id, (None, None))
    if checkpoint is None or config is None:
        folder = str(models_dir / "NAME")
        raise AppError(Code.MODEL_MISSING, "roformer_own_missing", model=model_id[:60], folder=folder)
    read_yaml(config)
    return Found(checkpoint, config)


def _config_beside(checkpoint: Path, *, alone: bool) -> Path | None:
    """The YAML with the checkpoint's stem; where the checkpoint is alone, the only YAML of the folder."""
    configs = _files(checkpoint.parent, CONFIGS)
    same = [path for path in configs if path.stem == checkpoint.stem]
    if same:
        return same[0]
    return configs[0] if alone and len(configs) == 1 else None


def _folders(models_dir: Path) -> list[Path]:
    try:
        return sorted(path for path in models_dir.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:  # no models folder yet
        return []


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes and path.is_file())
    except OSError:  # gone or not readable: nothing is found in it
        return []

"""Where the weights of a BS-RoFormer lie: a model of the catalogue, or a user's own in the models folder.

Importing this stays light: no torch.
"""

from dataclasses import dataclass
from pathlib import Path

from engine.errors import AppError, Code, invalid
from engine.models import MODELS
from engine.split.models import OWN
from engine.split.params import SplitParams
from engine.split.roformer.config import read_yaml
from engine.upstream.documents import looks_like_weights

WEIGHTS = (".ckpt", ".safetensors")
CONFIGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Found:
    """A checkpoint and, where there is one, the YAML beside it."""

    checkpoint: Path
    config: Path | None


def check(params: SplitParams, models_dir: Path) -> None:
    """As `checked`, where it is a user's own that is asked for."""
    if params.model == OWN:
        checked(params.own_model, models_dir)


def checked(name: str, models_dir: Path) -> Path:
    """A checkpoint of the user's own, judged by its name, its YAML and its first bytes.

    Raises MODEL_MISSING for one that is not there, INVALID_INPUT for one that cannot be read.
    """
    if not name.strip(". "):
        raise invalid("own_roformer_unnamed")
    looks_like_weights(checkpoint := locate(name, models_dir).checkpoint)
    return checkpoint


def locate(name: str, models_dir: Path) -> Found:
    """The files of a user's own checkpoint: in a folder below the models folder that the catalogue does not know.

    One alone in its folder has the folder's name; of several, `FOLDER/STEM` is the one with a YAML of its stem. Raises
    MODEL_MISSING, with the folder to put it into, and INVALID_INPUT for a YAML that is refused.
    """
    for folder in _folders(models_dir):
        weights = _files(folder, WEIGHTS) if folder.name not in MODELS else []
        for checkpoint in weights:
            if name == (folder.name if len(weights) == 1 else f"{folder.name}/{checkpoint.stem}"):
                found = with_config(checkpoint, models_dir)
                if found.config:
                    read_yaml(found.config)
                    return found
    raise AppError(Code.MODEL_MISSING, "roformer_own_missing", model=name[:60], folder=str(models_dir / "NAME"))


def with_config(checkpoint: Path, models_dir: Path) -> Found:
    """A checkpoint and the YAML of its stem; where it is alone in a folder of its own, the only YAML of that."""
    folder = checkpoint.parent
    configs = _files(folder, CONFIGS)
    same = [path for path in configs if path.stem == checkpoint.stem]
    if not same and len(configs) == 1 and folder != models_dir and len(_files(folder, WEIGHTS)) == 1:
        same = configs
    return Found(checkpoint, same[0] if same else None)


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

"""Where CLaMP 3's files lie. Importing this stays light."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.models.ensure import located, needed

MODEL = "clamp3-saas"


@dataclass(frozen=True)
class ClampFiles:
    """`weights`: CLaMP 3's; `mert`: the folder of MERT's; `tokenizer`: XLM-R's sentencepiece model; `cache`: a folder
    for the vectors of the bank, which are made once for each text tower."""

    weights: Path
    mert: Path
    tokenizer: Path
    cache: Path

    @classmethod
    def of(cls, files: Mapping[str, Sequence[Path]]) -> "ClampFiles":
        """Of the files of models of the catalogue, those that MODEL needs among them; MERT's lie in its own folder."""
        weights, mert, tokenizer = (files[model][0] for model in needed(MODEL))
        return cls(weights, mert.parent, tokenizer, mert.parent.with_name(MODEL))


def there(models_dir: Path) -> ClampFiles | None:
    """All that is needed, where all of it is in the models folder already."""
    files = {model: located(model, models_dir) for model in needed(MODEL)}
    return ClampFiles.of(files) if all(files.values()) else None


def listens(model: str, models_dir: Path) -> bool:
    """Whether CLaMP 3 does, by the parameter `model` of `/tag`: for auto where all that it needs is there already."""
    return model == "clamp3" or (model == "auto" and there(models_dir) is not None)

"""Which models can split, what they make, and how their families want the sound handed to them."""

from dataclasses import dataclass

from engine.models.catalogue import MODELS, offered

OWN = "own"
"""The name under which a checkpoint of the user's is asked for."""


@dataclass(frozen=True)
class ModelFamily:
    """How a family of models is fed.

    `overlap` is the share of a window that the next one covers too, unless the user says otherwise. `normalised`: the
    track has mean 0 and standard deviation 1 for the model. `mirrored`: the track is continued as its mirror image at
    both ends. `batch` windows go to a GPU at once.
    """

    name: str
    overlap: float
    normalised: bool
    mirrored: bool
    batch: int


DEMUCS = ModelFamily("demucs", overlap=0.25, normalised=True, mirrored=False, batch=4)
ROFORMER = ModelFamily("bs-roformer", overlap=0.75, normalised=False, mirrored=True, batch=1)

STEMS = {model.id: model.stems for model in offered(DEMUCS.name, ROFORMER.name) if model.stems}
"""Model -> stems that it estimates. A model of one stem gives everything else as the mix without that stem."""

SEVERAL = tuple(model for model, stems in STEMS.items() if len(stems) > 1)
"""Models that estimate more than one stem."""

SIX = STEMS["htdemucs_6s"]
"""All stems that any of them knows."""

CHOICES = (*STEMS, OWN)


MODEL_FAMILIES = {
    **{model: ROFORMER if MODELS[model].model_family == ROFORMER.name else DEMUCS for model in STEMS}, OWN: ROFORMER
}  # fmt: skip
"""The family of each of CHOICES. A checkpoint of the user's is a BS-RoFormer."""


def need_mb(model: str, precision: str, device: str) -> int:
    """About what a model in CHOICES takes on a device while it works, MiB."""
    row = MODELS[model] if model in MODELS else offered(ROFORMER.name)[0]
    return row.need_mb(device, precision)

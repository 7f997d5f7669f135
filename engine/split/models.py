"""Which models can split, what they make, and how their families want the sound handed to them."""

from dataclasses import dataclass

from engine.models import MODELS

FOUR = ("drums", "bass", "other", "vocals")
SIX = (*FOUR, "guitar", "piano")
OWN = "own"
"""The name under which a checkpoint of the user's is asked for."""


@dataclass(frozen=True)
class Family:
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
    memory_mb: int


DEMUCS = Family("demucs", overlap=0.25, normalised=True, mirrored=False, batch=4, memory_mb=3000)
ROFORMER = Family("bs-roformer", overlap=0.75, normalised=False, mirrored=True, batch=1, memory_mb=5000)

STEMS = {
    "htdemucs": FOUR,
    "htdemucs_ft": FOUR,
    "htdemucs_6s": SIX,
    "hdemucs_mmi": FOUR,
    "mdx": FOUR,
    "mdx_extra": FOUR,
    "mdx_q": FOUR,
    "mdx_extra_q": FOUR,
    "bs-roformer-viperx": ("vocals",),
    "bs-roformer-4stem": FOUR,
    "bs-roformer-sw": SIX,
}
"""Model -> stems that it estimates. A model of one stem gives everything else as the mix without that stem."""

CHOICES = (*STEMS, OWN)


def family(model: str) -> Family:
    """The family of a model in CHOICES. A checkpoint of the user's is a BS-RoFormer."""
    return ROFORMER if model == OWN or MODELS[model].model_family == ROFORMER.name else DEMUCS

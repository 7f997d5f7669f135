"""Which models `/generate` offers, and what each needs. Light: the server reads it."""

from dataclasses import dataclass

from engine.models.catalogue import MODELS

COMPOSER, OWN = "composer", "own"
AUDIOGEN, STYLE = "audiogen-medium", "style"
LANGUAGE_MODEL = "state_dict.bin"
"""The file in a model's folder that holds the language model, as audiocraft exports it."""


@dataclass(frozen=True)
class Size:
    """Millions of parameters of a language model, and how many bytes its keys and values take for each frame."""

    parameters_m: int
    frame_bytes: int


SMALL, MEDIUM, LARGE = Size(420, 24 * 1024 * 4), Size(1840, 48 * 1536 * 4), Size(3260, 48 * 2048 * 4)

SIZES = {
    "small": SMALL,
    "medium": MEDIUM,
    "large": LARGE,
    "melody": MEDIUM,
    "melody-large": LARGE,
    "stereo-small": SMALL,
    "stereo-medium": MEDIUM,
    "stereo-large": LARGE,
    "stereo-melody": MEDIUM,
    "stereo-melody-large": LARGE,
    STYLE: MEDIUM,
    AUDIOGEN: MEDIUM,
}
MUSICGEN = (*SIZES, OWN)
"""Everything that the language models of this room make."""

MELODY = tuple(name for name in SIZES if "melody" in name)
CHOICES = (COMPOSER, *MUSICGEN)
PRECISIONS = ("auto", "int8", "fp32", "fp16", "bf16")
BYTES = {"int8": 1.05, "fp32": 4.0, "fp16": 2.0, "bf16": 2.0}
OFFLOADED_SHARE = 0.15
"""Two layers of 24 or more, embeddings and heads: what of the weights stays on the device when layers do not."""

BESIDE_MB = 1_000
"""Text encoder, codec and what the libraries themselves take."""


def catalogue_id(model: str) -> str:
    """The catalogue's name of a choice in SIZES: `small` is `musicgen-small`."""
    return model if model in MODELS else f"musicgen-{model}"


def precision_for(precision: str, device: str) -> str:
    """What `auto` means on a device."""
    if precision != "auto":
        return precision
    return "int8" if device == "cpu" else "fp16"


def size_of(parameters_m: float) -> Size:
    """The published size that a model of so many millions of parameters is like."""
    return next((size for size in (SMALL, MEDIUM) if parameters_m <= size.parameters_m * 1.2), LARGE)


def need_mb(
    model: str,
    precision: str,
    device: str,
    *,
    batch: int = 1,
    frames: int = 1504,
    own_m: float | None = None,
    offload: bool = False,
) -> int:
    """About what a model takes on its device while it works, MiB; with `offload`, its layers wait elsewhere.

    `own_m`: millions of parameters of one of the user's own; where that is not known, it is taken for a medium one.
    """
    size = SIZES.get(model) or (size_of(own_m) if own_m else MEDIUM)
    chosen = precision_for(precision, device)
    groups = 3 if model == STYLE else 2
    cache = size.frame_bytes * (2 if chosen == "fp32" else 1) * frames * groups * batch
    weights = size.parameters_m * BYTES[chosen] * 1e6 * (OFFLOADED_SHARE if offload else 1)
    return round(weights / 2**20 + cache / 2**20) + BESIDE_MB

"""Which models `/generate` offers, and what each needs. Light: the server reads it."""

from engine.models.catalogue import Model, offered

COMPOSER, OWN = "composer", "own"
AUDIOGEN, STYLE = "audiogen-medium", "style"
LANGUAGE_MODEL = "state_dict.bin"
"""The file in a model's folder that holds the language model, as audiocraft exports it."""


OFFERED = {model.id.removeprefix("musicgen-"): model for model in offered("musicgen", "audiogen")}
"""Choice -> the language model behind it."""

MUSICGEN = (*OFFERED, OWN)
"""Everything that the language models make."""

MELODY = tuple(name for name in OFFERED if "melody" in name)
MONO = tuple(name for name in OFFERED if "stereo" not in name)
CHOICES = (COMPOSER, *MUSICGEN)
PRECISIONS = ("auto", "int8", "fp32", "fp16", "bf16")
BYTES = {"int8": 1.05, "fp32": 4.0, "fp16": 2.0, "bf16": 2.0}
OFFLOADED_SHARE = 0.15
"""Two layers of 24 or more, embeddings and heads: what of the weights stays on the device when layers do not."""

BESIDE_MB = 1_000
"""Text encoder, codec and what the libraries themselves take."""


def precision_for(precision: str, device: str) -> str:
    """What `auto` means on a device."""
    if precision != "auto":
        return precision
    return "int8" if device == "cpu" else "fp16"


def like(parameters_m: float) -> Model:
    """The published model that one of so many millions of parameters is like."""
    sizes = (OFFERED["small"], OFFERED["medium"])
    return next((model for model in sizes if parameters_m <= model.parameters_m * 1.2), OFFERED["large"])


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
    size = OFFERED.get(model) or (like(own_m) if own_m else OFFERED["medium"])
    chosen = precision_for(precision, device)
    groups = 3 if model == STYLE else 2
    cache = size.frame_bytes * (2 if chosen == "fp32" else 1) * frames * groups * batch
    weights = size.parameters_m * BYTES[chosen] * 1e6 * (OFFLOADED_SHARE if offload else 1)
    return round(weights / 2**20 + cache / 2**20) + BESIDE_MB

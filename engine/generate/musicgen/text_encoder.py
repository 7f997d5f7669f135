"""T5 as audiocraft's text conditioner, read from a folder of the hub's files. It is in no checkpoint of MusicGen."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from engine.errors import AppError, Code
from engine.generate.musicgen.configuration import T5, TEXT_WIDTHS, ConfigSection
from engine.upstream import audiocraft
from engine.upstream.documents import judged, read_file, read_json, together
from engine.upstream.tensors import reason_of

CONFIG = "config.json"
WEIGHTS = ("*.safetensors", "*.bin")


class Shape(ConfigSection):
    """What shapes the encoder, by the names of transformers' T5Config."""

    model_type: Literal["t5"]
    d_model: Annotated[int, Field(ge=1, le=16_384)]
    d_kv: Annotated[int, Field(ge=1, le=1024)]
    d_ff: Annotated[int, Field(ge=1, le=131_072)]
    num_layers: Annotated[int, Field(ge=1, le=128)]
    num_heads: Annotated[int, Field(ge=1, le=256)]
    vocab_size: Annotated[int, Field(ge=1, le=1 << 20)]
    relative_attention_num_buckets: Annotated[int, Field(ge=2, le=4096)] = 32
    relative_attention_max_distance: Annotated[int, Field(ge=2, le=1 << 16)] = 128

    @property
    def parameters(self) -> int:
        """At least so many."""
        inner = self.num_heads * self.d_kv
        layer = self.d_model * (4 * inner + 2 * self.d_ff)
        return self.vocab_size * self.d_model + self.num_layers * layer


def read_text_encoder(folder: Path, words: T5, dim: int) -> Any:
    """audiocraft's T5Conditioner with the network in `folder`; its way into `dim` has no weights yet.

    Raises INVALID_INPUT `config_refused`, `checkpoint_damaged`.
    """
    content = read_file(folder / CONFIG)
    width, held = TEXT_WIDTHS[words.name], sum(path.stat().st_size for kind in WEIGHTS for path in folder.glob(kind))

    class Fitting(Shape):
        @model_validator(mode="after")
        def _fits(self) -> "Fitting":
            if self.d_model != width:
                raise together("d_model")
            if self.parameters > held:  # not even one byte for each
                raise together("num_layers")
            return self

    judged(Fitting, read_json(content, f"{folder.name}/{CONFIG}"), f"{folder.name}/{CONFIG}")
    audiocraft.load()
    from audiocraft.modules.conditioners import T5Conditioner

    try:
        with audiocraft.local_text_encoder(folder):
            return T5Conditioner(
                words.name, dim, words.finetune, "cpu", word_dropout=words.word_dropout,
                normalize_text=words.normalize_text,
            )  # fmt: skip
    except Exception as error:  # transformers and its tokenizers say of damage what they like
        raise AppError(
            Code.INVALID_INPUT, "checkpoint_damaged", name=folder.name, file=folder.name, reason=reason_of(error)
        ) from error

"""The style of a clip as MusicGen-Style hears it (Rouard et al. 2024, "Audio Conditioning for Music Generation via
Discrete Bottleneck Features"): MERT features, a transformer, a coarse quantiser, five frames a second.

audiocraft 1.3.0 has the transformer and the quantiser, but not what puts them together: that is here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator

from engine.audio.block import Audio
from engine.generate.musicgen.architecture import unsupported
from engine.generate.musicgen.checkpoint import damaged, read_package
from engine.generate.musicgen.configuration import ConfigSection, Style
from engine.models.engine import ModelEngine
from engine.upstream import audiocraft
from engine.upstream.documents import judged, read_file, read_json, together
from engine.upstream.tensors import UnreadableError, agree, reason_of

if TYPE_CHECKING:
    from engine.context import JobContext

MERT = "mert-v1-95m"
RATE_HZ = 24_000
WEIGHTS, SHAPE = "pytorch_model.bin", "config.json"
Sizes = Annotated[list[Annotated[int, Field(ge=1, le=8192)]], Field(min_length=1, max_length=16)]


class Mert(ConfigSection):
    """The fields of MERT's configuration that shape a HuBERT; those left out have HuBERT's own defaults."""

    hidden_size: Annotated[int, Field(ge=1, le=8192)] = 768
    num_hidden_layers: Annotated[int, Field(ge=1, le=128)] = 12
    num_attention_heads: Annotated[int, Field(ge=1, le=256)] = 12
    intermediate_size: Annotated[int, Field(ge=1, le=65_536)] = 3072
    hidden_act: Literal["gelu", "relu", "silu", "gelu_new"] = "gelu"
    layer_norm_eps: Annotated[float, Field(gt=0, le=1)] = 1e-5
    feat_extract_norm: Literal["group", "layer"] = "group"
    feat_extract_activation: Literal["gelu", "relu", "silu", "gelu_new"] = "gelu"
    feat_proj_layer_norm: bool = True
    conv_dim: Sizes = [512] * 7
    conv_stride: Sizes = [5, 2, 2, 2, 2, 2, 2]
    conv_kernel: Sizes = [10, 3, 3, 3, 3, 2, 2]
    conv_bias: bool = False
    num_conv_pos_embeddings: Annotated[int, Field(ge=1, le=4096)] = 128
    num_conv_pos_embedding_groups: Annotated[int, Field(ge=1, le=1024)] = 16
    do_stable_layer_norm: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hidden_size % self.num_attention_heads:
            raise together("num_attention_heads")
        if self.hidden_size % self.num_conv_pos_embedding_groups:
            raise together("num_conv_pos_embedding_groups")
        if not len(self.conv_dim) == len(self.conv_stride) == len(self.conv_kernel):
            raise together("conv_stride")
        return self


_SCALES = {"xsmall": (256, 8, 4), "default": (512, 8, 8), "large": (1024, 16, 24)}
"""`transformer_scale` -> width, heads, layers."""


class StyleListener(ModelEngine[Any]):
    """MERT v1, a HuBERT for music, read from the folder of its own hub files."""

    device_key = "musicgen"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _read(self, job: "JobContext") -> Any:
        return read_mert(self._folder)

    @torch.inference_mode()
    def features(self, sound: Audio) -> Audio:
        """float32 [1, samples] at RATE_HZ -> the last layer's features, float32 [frames, width], 75 a second."""
        model = self._loaded
        found: Audio = model(torch.from_numpy(np.ascontiguousarray(sound))).last_hidden_state[0].numpy()
        return found


def read_mert(folder: Path) -> Any:
    """The network behind `config.json` and `pytorch_model.bin`, ready to be used.

    Its own code at the hub is not run: without the optional CQT branch it is a HuBERT, which transformers has.
    Raises INVALID_INPUT `unsupported_checkpoint` or `checkpoint_damaged`.
    """
    from transformers import HubertConfig, HubertModel

    file = f"{folder.name}/{SHAPE}"
    parsed = read_json(read_file(folder / SHAPE), file)
    shape = judged(Mert, parsed, file)
    for switch in ("feature_extractor_cqt", "deepnorm"):
        if parsed.get(switch):
            raise unsupported(folder.name, switch)
    path = folder / WEIGHTS
    package = read_package(path, folder.name)
    try:
        state = {_today(name): tensor.float() for name, tensor in package.items()}
        config = HubertConfig(**shape.model_dump(exclude_unset=True))
        with torch.device("meta"):
            wanted: Any = HubertModel(config)
        absent = {name: tensor.shape for name, tensor in wanted.state_dict().items() if name != "masked_spec_embed"}
        agree(absent, {name: state.get(name) for name in absent})
        model: Any = HubertModel(config)
        model.load_state_dict(state, strict=False)  # what is there for training is left out
    except UnreadableError as error:
        raise unsupported(folder.name, reason_of(error)) from error
    except Exception as error:  # numbers that no layer can have; what is no tensor
        raise damaged(path, folder.name, error) from error
    return model.eval().requires_grad_(False)


def _today(name: str) -> str:
    """Weight normalisation has other names in a state dict than when MERT was saved."""
    root, _, last = name.rpartition(".")
    part = {"weight_g": "original0", "weight_v": "original1"}.get(last)
    return f"{root}.parametrizations.weight.{part}" if part else name


class StyleEncoder(torch.nn.Module):
    """From MERT's features to the prefix of the language model, with the weights of a checkpoint."""

    def __init__(self, options: Style, state: Mapping[str, torch.Tensor], root: str, name: str) -> None:
        super().__init__()
        audiocraft.load()
        from audiocraft.modules.transformer import StreamingTransformer
        from audiocraft.quantization.vq import ResidualVectorQuantizer

        scale = options.transformer_scale
        for field, known in (("model_name", ["mert"]), ("transformer_scale", [*_SCALES]), ("batch_norm", [True])):
            if (found := getattr(options, field)) not in known:
                raise unsupported(name, f"style.{field}: {found}")
        own = {key.removeprefix(root): tensor.float() for key, tensor in state.items() if key.startswith(root)}
        width, heads, layers = _SCALES[scale]
        self.codebooks, self._stride = options.n_q_out, options.ds_factor

        def build() -> None:
            self.embed = torch.nn.Linear(own["embed.weight"].shape[1], width)
            self.transformer = StreamingTransformer(
                d_model=width, num_heads=heads, num_layers=layers, dim_feedforward=4 * width, causal=False,
                norm_first=True, activation="gelu", bias_ff=False, bias_attn=False, memory_efficient=True,
            )  # fmt: skip
            self.batch_norm = torch.nn.BatchNorm1d(width, affine=False)
            self.rvq = ResidualVectorQuantizer(width, n_q=self.codebooks, bins=options.bins)
            self.output_proj = torch.nn.Linear(width, own["output_proj.weight"].shape[0])

        try:
            with torch.device("meta"):
                build()
            agree({key: tensor.shape for key, tensor in self.state_dict().items()}, own)
            build()
            self.load_state_dict(own)
        except Exception as error:  # absent tensors, numbers that no layer can have
            raise unsupported(name, reason_of(error)) from error
        self.eval().requires_grad_(False)

    @torch.inference_mode()
    def forward(self, features: Audio, codebooks: int) -> torch.Tensor:
        """float32 [frames, width of MERT] -> [1, frames / 15, dim]. The fewer `codebooks`, the looser the likeness."""
        x = self.transformer(self.embed(torch.from_numpy(features)[None]))
        x = self.batch_norm(x.transpose(1, 2))
        self.rvq.set_num_codebooks(min(codebooks, self.codebooks))
        coarse = self.rvq.decode(self.rvq.encode(x)).transpose(1, 2)
        prefix: torch.Tensor = self.output_proj(coarse[:, :: self._stride])
        return prefix


def excerpt(clip: Audio, length_s: float, seed: int) -> tuple[Audio, float]:
    """A piece of [1, samples] at RATE_HZ from a place that the seed draws, and where it begins, seconds.

    A shorter clip is heard over and over.
    """
    count = int(length_s * RATE_HZ)
    start = int(np.random.default_rng(seed).integers(0, max(0, clip.shape[1] - count) + 1))
    piece = clip[:, np.arange(start, start + count) % clip.shape[1]]
    return np.ascontiguousarray(piece, dtype=np.float32), start / RATE_HZ

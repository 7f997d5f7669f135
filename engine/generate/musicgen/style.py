"""The style of a clip as MusicGen-Style hears it (Rouard et al. 2024, "Audio Conditioning for Music Generation via
Discrete Bottleneck Features"): MERT features, a transformer, a coarse quantiser, five frames a second.

audiocraft 1.3.0 has the transformer and the quantiser, but not what puts them together: that is here.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.audio.block import Audio
from engine.generate.musicgen.architecture import unsupported
from engine.generate.musicgen.checkpoint import read_package
from engine.models.store import ModelStore
from engine.upstream import audiocraft

if TYPE_CHECKING:
    from engine.context import JobContext

MERT = "mert-v1-95m"
RATE_HZ = 24_000
WEIGHTS, SHAPE = "pytorch_model.bin", "config.json"

_HUBERT = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act", "layer_norm_eps",
    "feat_extract_norm", "feat_extract_activation", "feat_proj_layer_norm", "conv_dim", "conv_stride", "conv_kernel",
    "conv_bias", "num_conv_pos_embeddings", "num_conv_pos_embedding_groups", "do_stable_layer_norm",
)  # fmt: skip
"""The fields of MERT's configuration that shape a HuBERT; those left out have HuBERT's own defaults."""

_SCALES = {"xsmall": (256, 8, 4), "default": (512, 8, 8), "large": (1024, 16, 24)}
"""`transformer_scale` -> width, heads, layers."""


class StyleListener:
    """MERT v1, a HuBERT for music, read from its own hub files. Loading raises MODEL_MISSING without them."""

    family = "musicgen"

    def __init__(self) -> None:
        self._model: Any = None
        self._disposed = False

    def load(self, job: "JobContext") -> None:
        if self._disposed:
            raise RuntimeError("this engine was disposed of")
        if self._model is None:
            self._model = read_mert(ModelStore(job.models_dir).path(MERT))

    @torch.inference_mode()
    def features(self, sound: Audio) -> Audio:
        """float32 [1, samples] at RATE_HZ -> the last layer's features, float32 [frames, width], 75 a second."""
        if self._model is None or self._disposed:
            raise RuntimeError("this engine is not loaded")
        found: Audio = self._model(torch.from_numpy(np.ascontiguousarray(sound))).last_hidden_state[0].numpy()
        return found

    def dispose(self) -> None:
        self._model, self._disposed = None, True


def read_mert(folder: Path) -> Any:
    """The network behind `config.json` and `pytorch_model.bin`, ready to be used.

    Its own code at the hub is not run: without the optional CQT branch it is a HuBERT, which transformers has.
    Raises INVALID_INPUT `unsupported_checkpoint` or `checkpoint_damaged`.
    """
    from transformers import HubertConfig, HubertModel

    told = json.loads((folder / SHAPE).read_text(encoding="utf-8"))
    for switch in ("feature_extractor_cqt", "deepnorm"):
        if told.get(switch):
            raise unsupported(folder.name, switch)
    model: Any = HubertModel(HubertConfig(**{name: told[name] for name in _HUBERT if name in told}))
    state = {_today(name): tensor.float() for name, tensor in read_package(folder / WEIGHTS, folder.name).items()}
    answer = model.load_state_dict(state, strict=False)
    absent = [name for name in answer.missing_keys if name != "masked_spec_embed"]  # it is for training
    if absent:
        raise unsupported(folder.name, ", ".join(absent[:3]))
    return model.eval().requires_grad_(False)


def _today(name: str) -> str:
    """Weight normalisation has other names in a state dict than when MERT was saved."""
    root, _, last = name.rpartition(".")
    part = {"weight_g": "original0", "weight_v": "original1"}.get(last)
    return f"{root}.parametrizations.weight.{part}" if part else name


class StyleEncoder(torch.nn.Module):
    """From MERT's features to the prefix of the language model, with the weights of a checkpoint."""

    def __init__(self, options: Mapping[str, Any], state: Mapping[str, torch.Tensor], root: str, name: str) -> None:
        super().__init__()
        audiocraft.load()
        from audiocraft.modules.transformer import StreamingTransformer
        from audiocraft.quantization.vq import ResidualVectorQuantizer

        scale = options.get("transformer_scale", "default")
        if options.get("model_name") != "mert" or scale not in _SCALES or not options.get("batch_norm", True):
            raise unsupported(name, f"style {options.get('model_name')} / {scale}")
        own = {key.removeprefix(root): tensor.float() for key, tensor in state.items() if key.startswith(root)}
        width, heads, layers = _SCALES[scale]
        self.codebooks = int(options.get("n_q_out", 6))
        self._stride = int(options.get("ds_factor", 15))
        self.embed = torch.nn.Linear(own["embed.weight"].shape[1], width)
        self.transformer = StreamingTransformer(
            d_model=width, num_heads=heads, num_layers=layers, dim_feedforward=4 * width, causal=False, norm_first=True,
            activation="gelu", bias_ff=False, bias_attn=False, memory_efficient=True,
        )  # fmt: skip
        self.batch_norm = torch.nn.BatchNorm1d(width, affine=False)
        self.rvq = ResidualVectorQuantizer(width, n_q=self.codebooks, bins=int(options.get("bins", 1024)))
        self.output_proj = torch.nn.Linear(width, own["output_proj.weight"].shape[0])
        try:
            self.load_state_dict(own)
        except RuntimeError as error:
            raise unsupported(name, " ".join(str(error).split())[:200]) from error
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

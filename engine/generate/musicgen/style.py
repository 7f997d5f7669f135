"""The style of a clip as MusicGen-Style hears it (Rouard et al. 2024, "Audio Conditioning for Music Generation via
Discrete Bottleneck Features"): MERT features, a transformer, a coarse quantiser, five frames a second.

audiocraft 1.3.0 has the transformer and the quantiser, but not what puts them together: that is here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.audio.block import Audio
from engine.generate.musicgen.architecture import unsupported
from engine.generate.musicgen.configuration import Style
from engine.models.engine import ModelEngine
from engine.upstream import audiocraft
from engine.upstream.mert import RATE_HZ, read_mert
from engine.upstream.tensors import agree, reason_of

if TYPE_CHECKING:
    from engine.context import JobContext

MERT = "mert-v1-95m"
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

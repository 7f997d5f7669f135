"""audiosr 0.0.7 beside today's packages: what our engine is measured against, and the parts of it that inference needs.

Its requirements (numpy<=1.23.5, librosa 0.9.2, transformers 4.30.2, gradio and more) cannot be met by any Python after
3.11, so it is installed alone. While it is imported, what inference never touches is stood in for by modules that say
so when they are used: CLAP, AudioMAE, phonemes, torchvision, a progress bar. `torchaudio.load` reads by soundfile and
its `resample` is julius's.
"""

import importlib
import types
from functools import cache
from typing import Any

import torch
from torch import nn

from engine.upstream.audiocraft import StandIn, lent, stand_ins


class _NoClap(nn.Module):
    """Stands where AudioSR builds CLAP, which its inference never asks."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__()


def _load(path: str) -> tuple[torch.Tensor, int]:
    import soundfile

    audio, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(audio.T.copy()), rate_hz


def _resample(wave: torch.Tensor, orig_freq: int, new_freq: int) -> torch.Tensor:
    import julius

    return wave if orig_freq == new_freq else julius.resample.resample_frac(wave, orig_freq, new_freq)


_ABSENT = (
    "audiosr.clap.open_clip", "audiosr.clap.training.data", "audiosr.latent_diffusion.modules.audiomae.AudioMAE",
    "audiosr.latent_diffusion.modules.phoneme_encoder.encoder", "phonemizer", "unidecode", "torchvision",
    "torchvision.utils", "progressbar",
)  # fmt: skip


@cache
def load() -> types.ModuleType:
    """The package `audiosr`, imported. Raises ImportError when it is not installed."""
    # transformers asks which packages are there when a class is first used: that has to be over before any is lent.
    from transformers import AutoTokenizer, RobertaTokenizer, T5Config, T5EncoderModel  # noqa: F401

    sound = StandIn("torchaudio", load=_load), StandIn("torchaudio.functional", resample=_resample)
    with lent(stand_ins(*sound, *map(StandIn, _ABSENT))):
        package = importlib.import_module("audiosr")
        vae: Any = importlib.import_module("audiosr.latent_encoder.autoencoder")
        ddpm: Any = importlib.import_module("audiosr.latent_diffusion.models.ddpm")
        importlib.import_module("audiosr.utils")
    ddpm.CLAPAudioEmbeddingClassifierFreev2 = _NoClap
    assert vae.AutoencoderKL
    return package

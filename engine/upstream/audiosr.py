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

from engine.upstream.audiocraft import _module, _refused, lent


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


def _stand_ins() -> dict[str, types.ModuleType]:
    inside = "audiosr.latent_diffusion.modules"
    refused = {
        "audiosr.clap.open_clip": ("create_model",),
        "audiosr.clap.training.data": ("get_audio_features",),
        f"{inside}.audiomae.AudioMAE": ("Vanilla_AudioMAE",),
        f"{inside}.phoneme_encoder.encoder": ("TextEncoder",),
        "phonemizer": ("phonemize",),
        "unidecode": ("unidecode",),
        "torchvision.utils": ("make_grid",),
        "progressbar": ("ProgressBar",),
    }
    found = {name: _module(name, **{part: _refused(part) for part in parts}) for name, parts in refused.items()}
    found["torchvision"] = _module("torchvision", utils=found["torchvision.utils"])
    functional = _module("torchaudio.functional", resample=_resample)
    found["torchaudio"] = _module("torchaudio", load=_load, functional=functional)
    found["torchaudio.functional"] = functional
    return found


@cache
def load() -> types.ModuleType:
    """The package `audiosr`, imported. Raises ImportError when it is not installed."""
    # transformers asks which packages are there when a class is first used: that has to be over before any is lent.
    from transformers import AutoTokenizer, RobertaTokenizer, T5Config, T5EncoderModel  # noqa: F401

    with lent(_stand_ins()):
        package = importlib.import_module("audiosr")
        vae: Any = importlib.import_module("audiosr.latent_encoder.autoencoder")
        ddpm: Any = importlib.import_module("audiosr.latent_diffusion.models.ddpm")
        importlib.import_module("audiosr.utils")
    ddpm.CLAPAudioEmbeddingClassifierFreev2 = _NoClap
    assert vae.AutoencoderKL
    return package

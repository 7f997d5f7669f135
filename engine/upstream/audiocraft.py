"""audiocraft 1.3.0 beside today's torch, and the parts of it that inference needs.

Its requirements (torch 2.1.0, xformers, torchtext, spacy, av 11) cannot be met by any Python after 3.11, so it is
installed alone. While it is imported, what inference never touches is stood in for by modules that say so when they
are used, and what it does touch is computed here:

- xformers: `ops.unbind` is torch's; the mask class is only a mark. Attention itself is torch's own.
- torchaudio: see `torchaudio` beside this file.
- spacy: `normalize_text` and the whitespace tokenizer need it; no published checkpoint uses either.
- audiocraft.solvers: training.
"""

import contextlib
import importlib
import sys
import types
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import torch

from engine.upstream import torchaudio as own_torchaudio


class _Absent:
    """Stands where a class or function is imported by name and never used."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise RuntimeError(f"{type(self).__qualname__} is not part of this program")


def _module(name: str, **contents: Any) -> types.ModuleType:
    module = types.ModuleType(name, "A stand-in; see engine/upstream/audiocraft.py.")
    module.__spec__ = ModuleSpec(name, None)
    vars(module).update(contents)
    return module


def _refused(package: str) -> Any:
    def used(*args: object, **kwargs: object) -> None:
        raise RuntimeError(f"{package} is not part of this program")

    return used


@contextlib.contextmanager
def lent(modules: dict[str, types.ModuleType]) -> Iterator[None]:
    """Within it, imports find `modules`; after it, what they found before."""
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, known in before.items():
            if known is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = known


def _stand_ins() -> dict[str, types.ModuleType]:
    """Those that are needed while importing only."""
    transforms = _module(
        "torchaudio.transforms", Spectrogram=own_torchaudio.Spectrogram, Loudness=own_torchaudio.Loudness
    )
    compression = _module("audiocraft.solvers.compression", CompressionSolver=type("CompressionSolver", (_Absent,), {}))
    return {
        "spacy": _module("spacy", load=_refused("spacy")),
        "torchaudio": _module("torchaudio", transforms=transforms),
        "torchaudio.transforms": transforms,
        "audiocraft.solvers": _module("audiocraft.solvers", compression=compression),
        "audiocraft.solvers.compression": compression,
    }


def _xformers() -> dict[str, types.ModuleType]:
    """Those that audiocraft imports again while it runs."""
    mark = type("LowerTriangularMask", (), {"__doc__": "Its presence means: causal."})
    ops = _module(
        "xformers.ops", unbind=torch.unbind, LowerTriangularMask=mark, memory_efficient_attention=_refused("xformers")
    )
    return {"xformers": _module("xformers", ops=ops), "xformers.ops": ops}


@cache
def load() -> types.ModuleType:
    """The package `audiocraft`, imported. Raises ImportError when it is not installed."""
    # transformers asks which packages are there when a class is first used: that has to be over before any is lent.
    from transformers import EncodecModel, RobertaTokenizer, T5EncoderModel, T5Tokenizer  # noqa: F401

    for name, module in _xformers().items():
        sys.modules.setdefault(name, module)
    with lent(_stand_ins()):
        package = importlib.import_module("audiocraft")
        importlib.import_module("audiocraft.models")
    return package


@contextlib.contextmanager
def local_text_encoder(folder: Path) -> Iterator[None]:
    """Within it, T5 and its tokenizer are read from `folder` whatever name a checkpoint asks for: no hub is asked."""
    load()
    conditioners: Any = importlib.import_module("audiocraft.modules.conditioners")
    real = conditioners.T5Tokenizer, conditioners.T5EncoderModel

    def local(kind: Any) -> Any:
        return types.SimpleNamespace(from_pretrained=lambda name: kind.from_pretrained(folder, local_files_only=True))

    conditioners.T5Tokenizer, conditioners.T5EncoderModel = local(real[0]), local(real[1])
    try:
        yield
    finally:
        conditioners.T5Tokenizer, conditioners.T5EncoderModel = real

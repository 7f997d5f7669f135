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


class StandIn(types.ModuleType):
    """A module that has `contents`; whatever else is imported from it raises RuntimeError when it is called."""

    def __init__(self, name: str, **contents: Any) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)
        vars(self).update(contents)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def used(*args: object, **kwargs: object) -> None:
            raise RuntimeError(f"{self.__name__}.{name} is not part of this program")

        return used


def stand_ins(*modules: types.ModuleType) -> dict[str, types.ModuleType]:
    """By name; each has those below it."""
    found = {module.__name__: module for module in modules}
    for name, module in found.items():
        parent, _, own = name.rpartition(".")
        if parent in found:
            setattr(found[parent], own, module)
    return found


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


def _needed_to_import() -> dict[str, types.ModuleType]:
    return stand_ins(
        StandIn("spacy"),
        StandIn("torchaudio"),
        StandIn("torchaudio.transforms", Spectrogram=own_torchaudio.Spectrogram, Loudness=own_torchaudio.Loudness),
        StandIn("audiocraft.solvers"),
        StandIn("audiocraft.solvers.compression"),
    )


def _xformers() -> dict[str, types.ModuleType]:
    """Those that audiocraft imports again while it runs."""
    mark = type("LowerTriangularMask", (), {"__doc__": "Its presence means: causal."})
    return stand_ins(StandIn("xformers"), StandIn("xformers.ops", unbind=torch.unbind, LowerTriangularMask=mark))


@cache
def load() -> types.ModuleType:
    """The package `audiocraft`, imported. Raises ImportError when it is not installed."""
    # transformers asks which packages are there when a class is first used: that has to be over before any is lent.
    from transformers import EncodecModel, RobertaTokenizer, T5EncoderModel, T5Tokenizer  # noqa: F401

    for name, module in _xformers().items():
        sys.modules.setdefault(name, module)
    with lent(_needed_to_import()):
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

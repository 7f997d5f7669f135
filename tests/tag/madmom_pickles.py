"""Networks with random weights in the form of madmom's files."""

import pickle
import sys
import types
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from engine.tag.harmony.madmom import CHORD_SHAPES, CHORDS, FEATURES, KEY_SHAPES


def install(folder: Path) -> list[Path]:
    """`key_cnn.pkl`, `chords_cnnfeat.pkl` and `chords_cnncrf.pkl` in `folder`, the same each time."""
    files = [folder / name for name in ("key_cnn.pkl", "chords_cnnfeat.pkl", "chords_cnncrf.pkl")]
    if not folder.exists():
        folder.mkdir(parents=True)
        random = np.random.default_rng(1)
        write(files[0], "NeuralNetwork", layers=layers(KEY_SHAPES, random))
        write(files[1], "NeuralNetwork", layers=layers(CHORD_SHAPES, random))
        shapes = {"pi": (CHORDS,), "tau": (CHORDS,), "c": (CHORDS,), "A": (CHORDS, CHORDS), "W": (FEATURES, CHORDS)}
        field = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
        write(files[2], "ConditionalRandomField", **field)
    return files


def layers(shapes: list[tuple[int, int, int, int]], random: np.random.Generator) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for entering, leaving, *sides in shapes:
        spread = (entering * sides[0] * sides[1]) ** -0.5
        kernel = random.normal(0, spread, (entering, leaving, *sides)).astype(np.float32)
        found.append(("ConvolutionalLayer", {"weights": kernel, "bias": np.zeros(1, np.int64)}))
        norm = {name: random.uniform(0.5, 1.5, leaving).astype(np.float32) for name in ("gamma", "inv_std")}
        centre = {name: random.normal(0, 0.1, leaving).astype(np.float32) for name in ("mean", "beta")}
        found.append(("BatchNormLayer", {**norm, **centre}))
    return found


def write(path: Path, kind: str, **held: Any) -> None:
    """An object of madmom's class `kind` that holds `held`; layers are (class, what they hold)."""
    module = types.ModuleType("madmom.ml.nn")

    def made(name: str, content: dict[str, Any]) -> Any:
        if not hasattr(module, name):
            setattr(module, name, type(name, (), {"__module__": module.__name__}))
        whole = getattr(module, name)()
        vars(whole).update(content)
        return whole

    held = {**held, **({"layers": [made(*layer) for layer in held["layers"]]} if "layers" in held else {})}
    with patch.dict(sys.modules, {module.__name__: module, "madmom": module, "madmom.ml": module}):
        path.write_bytes(pickle.dumps(made(kind, held), 3))

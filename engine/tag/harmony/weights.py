"""madmom's pickles as arrays: nothing in them is run, and no class of theirs is made."""

import pickle
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import AppError, Code
from engine.upstream.tensors import UnreadableError, reason_of

Array = NDArray[np.float32]

_MOST_BYTES = 1 << 24
"""The largest of the three files has 4 MB."""


class _Shell:
    """Stands for any class of madmom's and keeps what it was given."""


class _Type:
    """Stands for numpy's dtype."""

    def __init__(self, code: str, *_: Any) -> None:
        self.code = code

    def __setstate__(self, state: Any) -> None:
        if self.code not in ("f4", "i8") or state[1] != "<":
            raise UnreadableError(f"its numbers are {state[1]}{self.code}")


class _Array:
    """Stands for numpy's ndarray."""

    values: Array

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, columns_first, raw = state
        content = raw.encode("latin1") if isinstance(raw, str) else bytes(raw)
        kind: np.dtype[Any] = np.dtype({"f4": "<f4", "i8": "<i8"}[dtype.code])
        if prod(shape) * kind.itemsize != len(content):
            raise UnreadableError(f"an array of {dtype.code} {list(shape)} has {len(content)} bytes")
        values = np.frombuffer(content, kind).astype(np.float32)
        if not np.isfinite(values).all():
            raise UnreadableError("it holds values that are not numbers")
        self.values = values.reshape(shape, order="F" if columns_first else "C")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Array(),
            ("numpy._core.multiarray", "_reconstruct"): lambda *_: _Array(),
            ("numpy", "ndarray"): _Array,
            ("numpy", "dtype"): _Type,
        }
        if (module, name) in known:
            return known[module, name]
        if module.startswith("madmom.ml."):
            return type(name, (_Shell,), {})
        raise UnreadableError(f"it asks for {module}.{name}"[:80])


def _read(path: Path) -> dict[str, Any]:
    """What the pickled object holds."""
    if path.stat().st_size > _MOST_BYTES:
        raise UnreadableError("it is too large")
    with path.open("rb") as file:
        found = _Reader(file, encoding="latin1").load()
    if not isinstance(found, _Shell):
        raise UnreadableError("it holds no model")
    return vars(found)


def _floats(holder: dict[str, Any], name: str, shape: tuple[int, ...]) -> Array:
    found = holder.get(name)
    if not isinstance(found, _Array) or found.values.shape != shape:
        raise UnreadableError(f"{name} is not {list(shape)}")
    return found.values


def read_convolutions(path: Path, shapes: list[tuple[int, int, int, int]]) -> list[tuple[Array, Array]]:
    """The convolutions of a network, the normalisation behind each put into it: kernels as torch has them,
    [out, in, time, frequency], and shifts [out].

    `shapes`: the kernels as the file has them, [in, out, time, frequency]; there they are turned about in time and
    frequency. Raises INVALID_INPUT `checkpoint_unreadable` for any other network.
    """
    try:
        layers = [(type(layer).__name__, vars(layer)) for layer in _read(path)["layers"]]
        kernels = [held for kind, held in layers if kind == "ConvolutionalLayer"]
        norms = [held for kind, held in layers if kind == "BatchNormLayer"]
        if len(kernels) != len(shapes) or len(norms) != len(shapes):
            raise UnreadableError(f"it has {len(kernels)} convolutions, not {len(shapes)}")
        found = []
        for kernel, norm, shape in zip(kernels, norms, shapes, strict=True):
            weights = _floats(kernel, "weights", shape)
            mean, gain, spread, shift = (
                _floats(norm, name, (shape[1],)) for name in ("mean", "gamma", "inv_std", "beta")
            )
            scale = gain * spread
            turned = weights.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1] * scale[:, None, None, None]
            found.append((np.ascontiguousarray(turned), shift + (_floats(kernel, "bias", (1,)) - mean) * scale))
        return found
    except Exception as error:
        raise _unreadable(path, error) from error


def read_field(path: Path, features: int, states: int) -> dict[str, Array]:
    """The conditional random field behind the chord network: `pi`, `tau`, `c` [states], `A` [from, to], `W` [features,
    states]. Raises INVALID_INPUT `checkpoint_unreadable`."""
    shapes = {"pi": (states,), "tau": (states,), "c": (states,), "A": (states, states), "W": (features, states)}
    try:
        holder = _read(path)
        return {name: _floats(holder, name, shape) for name, shape in shapes.items()}
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> AppError:
    return AppError(Code.INVALID_INPUT, "checkpoint_unreadable", file=path.name, reason=reason_of(error))

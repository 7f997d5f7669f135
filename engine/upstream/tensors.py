"""Checkpoints of other programs as tensors, read with nothing in them run."""

from pathlib import Path
from typing import Any

import torch


def read_tensors(path: Path) -> Any:
    """What a `.safetensors` file or a torch checkpoint holds, on the processor, mapped from disk where the format can.

    Raises whatever the reader meets in a damaged or hostile file: no reader says what that may be.
    """
    if path.suffix.lower() == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    # only tensors and plain containers are unpickled; the older format, which is no archive, cannot be mapped
    with path.open("rb") as file:
        archive = file.read(2) == b"PK"
    return torch.load(path, map_location="cpu", weights_only=True, mmap=archive)

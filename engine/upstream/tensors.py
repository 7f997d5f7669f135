"""Checkpoints of other programs as tensors, read with nothing in them run and no more memory taken than they have."""

import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from engine.upstream import legacy

MAX_HEADER_BYTES = 1 << 24
"""Names and shapes in a safetensors file; published ones take under 1 MiB."""
MAX_PICKLE_BYTES = 1 << 26
"""What stands beside the tensors in a torch archive; AudioSR's, with an optimiser's leavings, takes 2 MiB."""
MAX_ENTRIES = 200_000

M = TypeVar("M", bound=nn.Module)


class UnreadableError(ValueError):
    """The file is damaged, or claims what it has not."""


def read_tensors(path: Path, known_types: Sequence[Any] = ()) -> Any:
    """What a `.safetensors` file or a torch checkpoint holds, on the processor, mapped from disk where the format can.

    Besides tensors and plain containers only `known_types` are unpickled. The format before torch 1.6, which is no
    archive, is read as well; the one before torch 0.2, a tar, is refused. Every tensor is strided and lies in the file
    at its full size. Raises whatever the reader meets in a damaged or hostile file: no reader says what that may be;
    `reason_of` tells it.
    """
    if path.suffix.lower() == ".safetensors":
        judge_safetensors(path)
        from safetensors.torch import load_file

        return load_file(path)
    with path.open("rb") as file:
        archive = file.read(2) == b"PK"
    if archive:
        _judge_archive(path)
    elif tarfile.is_tarfile(path):
        raise UnreadableError("it is a tar, as torch wrote before 0.2")
    with torch.serialization.safe_globals(list(known_types)):
        if archive:
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        else:
            with legacy.readable(path) as file_of_2019:
                found = torch.load(file_of_2019, map_location="cpu", weights_only=True)
    _judge_tensors(found, path.stat().st_size)
    return found


def judge_safetensors(path: Path) -> None:
    """Raises UnreadableError for a header that is larger than the file or any real one: readers take that memory first.

    Offsets, shapes and types are compared by the library itself before it makes a tensor.
    """
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    if header > min(MAX_HEADER_BYTES, path.stat().st_size):
        raise UnreadableError(f"its header claims {header} bytes")


def _judge_archive(path: Path) -> None:
    """torch stores its records as they are; only a stranger's archive could grow while it is unpacked."""
    size = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        records = archive.infolist()
    if len(records) > MAX_ENTRIES or sum(record.file_size for record in records) > size:
        raise UnreadableError("its records claim more than the file holds")
    if any(record.compress_type != zipfile.ZIP_STORED for record in records):
        raise UnreadableError("its records are compressed, which torch never does")
    if any(record.file_size > MAX_PICKLE_BYTES for record in records if record.filename.endswith("data.pkl")):
        raise UnreadableError("what stands beside its tensors is too large")


def _judge_tensors(found: Any, size: int) -> None:
    """Every tensor in nested containers is a plain one whose elements are all there."""
    waiting, seen, storages = [found], {id(found)}, {}
    while waiting:
        value = waiting.pop()
        if isinstance(value, torch.Tensor):
            if type(value) not in (torch.Tensor, nn.Parameter) or value.layout is not torch.strided:
                raise UnreadableError(f"it holds a tensor of the kind {type(value).__name__}, {value.layout}")
            if value.device.type != "cpu" or value.is_quantized:
                raise UnreadableError("it holds a tensor without numbers")
            storage = value.untyped_storage()
            if value.numel() * value.element_size() > storage.nbytes():
                raise UnreadableError(f"a tensor of shape {list(value.shape)} claims more than the file holds")
            storages[storage.data_ptr()] = storage.nbytes()
            continue
        parts = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
        if isinstance(parts, list | tuple | set):
            fresh = [part for part in parts if not isinstance(part, str | int | float) and id(part) not in seen]
            seen.update(map(id, fresh))
            waiting += fresh
    if sum(storages.values()) > size:
        raise UnreadableError("its tensors claim more than the file holds")


def reason_of(error: BaseException) -> str:
    """What a reader said, as one short line."""
    said = " ".join(str(error).split())
    return said[:200] or type(error).__name__


def filled(make: Callable[[], M], state: Mapping[str, torch.Tensor]) -> M:
    """The module that `make` builds, with the tensors of `state`: none too many, none too few, none of another shape.

    It is built without memory first, so that only a network that the file really holds is given any. Raises
    UnreadableError for one that differs, and whatever `make` raises.
    """
    with torch.device("meta"):
        wanted = {name: tensor.shape for name, tensor in make().state_dict().items()}
    agree(wanted, state)
    module = make()
    module.load_state_dict(state)
    return module


def agree(wanted: Mapping[str, Sequence[int]], state: Mapping[str, Any]) -> None:
    """Raises UnreadableError with the first names and shapes that differ from what is `wanted`."""
    lacking = [f"-{name}" for name in wanted if not isinstance(state.get(name), torch.Tensor)]
    spare = [f"+{name}"[:80] for name in state if name not in wanted]
    if lacking or spare:
        raise UnreadableError(
            ", ".join([*lacking[:3], *spare[:3]]) + f" ({len(lacking)} missing, {len(spare)} too many)"
        )
    for name, shape in wanted.items():
        if tuple(state[name].shape) != tuple(shape):
            raise UnreadableError(f"{name}: {list(state[name].shape)}, not {list(shape)}")

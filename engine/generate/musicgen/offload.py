"""Layers that wait in main memory: on the device each is there only while its turn lasts.

Two places on the device are all they take. While one layer computes, the next is copied into the other place; the
order of copies and computations is kept by events of the device, so that the processor waits for neither.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any, Protocol

import torch

from engine.generate.musicgen.layer import Layer

PLACES = 2


class Transfers(Protocol):
    """Copies beside the computation, and marks that tell how far each has come."""

    def send(self, copy: Callable[[], None], after: Any) -> Any:
        """Run `copy` once the computation has passed the mark `after`; returns the mark of its end."""

    def arrive(self, mark: Any) -> None:
        """Let the computation wait for a copy."""

    def mark(self) -> Any:
        """A mark behind all that the computation was given so far."""


class AtOnce:
    """Where copies and computation are one sequence anyway: the processor."""

    def send(self, copy: Callable[[], None], after: Any) -> None:
        copy()

    def arrive(self, mark: Any) -> None: ...

    def mark(self) -> None: ...


class CudaTransfers:
    """Copies in a stream of their own."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._stream: Any = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def send(self, copy: Callable[[], None], after: Any) -> Any:
        with torch.cuda.stream(self._stream):
            if after is not None:
                self._stream.wait_event(after)
            copy()
            return self._stream.record_event()

    def arrive(self, mark: Any) -> None:
        torch.cuda.current_stream(self._device).wait_event(mark)

    def mark(self) -> Any:
        return torch.cuda.current_stream(self._device).record_event()


class LayersOffloaded:
    """Give it layers in main memory, all of one shape; iterating gives them one by one on the device.

    A layer is valid until the next is asked for.
    """

    def __init__(self, layers: Iterable[Layer], device: str, transfers: Transfers | None = None) -> None:
        on_gpu = device.startswith("cuda")
        self._layers = [_each(layer, _pinned) if on_gpu else layer for layer in layers]
        self._transfers = transfers or (CudaTransfers(device) if on_gpu else AtOnce())
        self._places = [
            _each(self._layers[0], lambda tensor: torch.empty_like(tensor, device=device)) for _ in range(PLACES)
        ]
        self._used: list[Any] = [self._transfers.mark() for _ in range(PLACES)]

    def __iter__(self) -> Iterator[Layer]:
        coming = self._send(0)
        for index in range(len(self._layers)):
            here = coming
            if index + 1 < len(self._layers):
                coming = self._send(index + 1)
            self._transfers.arrive(here)
            try:
                yield self._places[index % PLACES]
            finally:
                self._used[index % PLACES] = self._transfers.mark()

    def _send(self, index: int) -> Any:
        place, layer = self._places[index % PLACES], self._layers[index]

        def copy() -> None:
            for there, here in zip(_tensors(place), _tensors(layer), strict=True):
                there.copy_(here, non_blocking=True)

        return self._transfers.send(copy, self._used[index % PLACES])


def _pinned(tensor: torch.Tensor) -> torch.Tensor:
    """Where the device can read it without the processor's help."""
    return tensor.pin_memory()


def _each(layer: Layer, change: Callable[[torch.Tensor], torch.Tensor]) -> Layer:
    def changed(part: Any) -> Any:
        return None if part is None else tuple(map(change, part)) if isinstance(part, tuple) else change(part)

    return Layer(**{field.name: changed(getattr(layer, field.name)) for field in fields(Layer)})


def _tensors(layer: Layer) -> Iterator[torch.Tensor]:
    for field in fields(Layer):
        part = getattr(layer, field.name)
        if part is not None:
            yield from part if isinstance(part, tuple) else (part,)

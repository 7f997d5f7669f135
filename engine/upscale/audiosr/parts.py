"""Where AudioSR's networks run, in what numbers, and in what memory order."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from engine.upscale.audiosr.checkpoint import Parts

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
EXACT = ("encoding",)
"""Parts that stay in float32: what they cost is little, and all that follows depends on them."""


class Placed:
    """The parts on a device. With `offload`, each one is on it only while it works.

    `tick` is called at each layer of whatever runs, and may raise.
    """

    def __init__(self, parts: Parts, device: torch.device, precision: str, *, offload: bool) -> None:
        self.device = device
        self.scale = parts.scale
        self._offload = offload and device.type != "cpu"
        self._tick: Callable[[], None] = lambda: None
        self._networks: dict[str, nn.Module] = {}
        self._dtypes: dict[str, torch.dtype] = {}
        for name in ("encoding", "unet", "decoding", "vocoder"):
            dtype = torch.float32 if name in EXACT else DTYPES[precision]
            network = getattr(parts, name).to(torch.device("cpu") if self._offload else device, dtype)
            if name != "vocoder":
                # convolutions of pictures and the transformers between them want the channels last
                network = network.to(memory_format=torch.channels_last)
            for layer in network.modules():
                if not list(layer.children()):
                    layer.register_forward_pre_hook(lambda *_: self._tick())
            self._networks[name], self._dtypes[name] = network, dtype

    @contextlib.contextmanager
    def use(self, name: str, tick: Callable[[], None]) -> Iterator[Callable[..., Tensor]]:
        """A function that runs one part on tensors of the CPU or the device, floats in its own numbers, and returns
        float32 on the device."""
        network, dtype = self._networks[name], self._dtypes[name]
        if self._offload:
            network.to(self.device)
        self._tick = tick

        def run(x: Tensor, *others: Any) -> Tensor:
            x = x.to(self.device, dtype)
            if x.ndim == 4:
                x = x.contiguous(memory_format=torch.channels_last)
            out: Tensor = network(x, *(other.to(self.device) for other in others))
            return out.float()

        try:
            yield run
        finally:
            self._tick = lambda: None
            if self._offload:
                network.to("cpu")

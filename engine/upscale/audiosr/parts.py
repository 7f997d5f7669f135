"""Where AudioSR's networks run, in what numbers, and in what memory order."""

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from engine.models.device import torch_dtype
from engine.upscale.audiosr.checkpoint import Parts
from engine.upscale.audiosr.fast_convolution import with_fast_convolutions

EXACT = ("encoding", "vocoder")
"""Parts that stay in float32. All that follows depends on the condition; and what 16 bits do to the vocoder's sound,
white noise 51 dB below it, would stand beside the treble that it is asked for."""
NAMES = ("encoding", "unet", "decoding", "vocoder")


class Placed:
    """The parts on a device. With `offload`, each one is on a GPU only while it works."""

    def __init__(self, parts: Parts, device: torch.device, precision: str, *, offload: bool = False) -> None:
        self.device = device
        self.scale = parts.scale
        self._offload = offload and device.type != "cpu"
        self._tick: Callable[[], None] = lambda: None
        self._networks = {
            name: self._ready(name, getattr(parts, name), torch_dtype("fp32" if name in EXACT else precision))
            for name in NAMES
        }

    def _ready(self, name: str, network: nn.Module, dtype: torch.dtype) -> tuple[nn.Module, torch.dtype]:
        network = network.to(torch.device("cpu") if self._offload else self.device, dtype)
        if name != "vocoder":
            # convolutions of pictures and the transformers between them want the channels last
            network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if self.device.type == "cpu" and dtype == torch.float32 and name != "unet":  # its pictures are too small
            network = with_fast_convolutions(network)
        for layer in network.modules():
            if not list(layer.children()):
                layer.register_forward_pre_hook(lambda *_: self._tick())
        return network, dtype

    @contextlib.contextmanager
    def use(self, name: str, tick: Callable[[], None]) -> Iterator[Callable[..., Tensor]]:
        """A function that runs one part on float32 tensors, wherever they are, and returns float32 on the device.

        `tick` is called while it runs, and may raise.
        """
        network, dtype = self._networks[name]
        if self._offload:
            network.to(self.device)
        self._tick = tick

        def run(x: Tensor, *others: Tensor) -> Tensor:
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

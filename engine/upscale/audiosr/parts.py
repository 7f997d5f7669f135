"""Where AudioSR's networks run, in what numbers, and in what memory order."""

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from engine.models.graph import has_openvino
from engine.upscale.audiosr.checkpoint import Parts
from engine.upscale.audiosr.graphs import Graph

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
EXACT = ("encoding", "vocoder")
"""Parts that stay in float32. All that follows depends on the condition; and what 16 bits do to the vocoder's sound,
white noise 51 dB below it, would stand beside the treble that it is asked for."""
NAMES = ("encoding", "unet", "decoding", "vocoder")
GRAPHED = ("encoding", "decoding", "vocoder")
"""Parts that OpenVINO runs in less time than torch; the denoiser is not one of them."""


class Placed:
    """The parts on a device: by OpenVINO on a processor that has it, else by torch.

    With `offload`, each one is on a GPU only while it works.
    """

    def __init__(
        self, parts: Parts, device: torch.device, precision: str, *, runtime: str = "auto", offload: bool = False
    ) -> None:
        """`runtime`: auto, torch or openvino."""
        self.device = device
        self.scale = parts.scale
        graphs = runtime == "openvino" or (runtime == "auto" and device.type == "cpu" and has_openvino())
        self.runtime = "torch+openvino" if graphs else "torch"
        self._offload = offload and device.type != "cpu"
        self._tick: Callable[[], None] = lambda: None
        self._graphs: dict[str, Graph] = {}
        self._networks: dict[str, tuple[nn.Module, torch.dtype]] = {}
        for name in NAMES:
            kind = "fp32" if name in EXACT else precision
            if graphs and name in GRAPHED:
                self._graphs[name] = Graph(getattr(parts, name).float(), kind)
            else:
                self._networks[name] = self._ready(name, getattr(parts, name), DTYPES[kind])

    def _ready(self, name: str, network: nn.Module, dtype: torch.dtype) -> tuple[nn.Module, torch.dtype]:
        network = network.to(torch.device("cpu") if self._offload else self.device, dtype)
        if name != "vocoder":
            # convolutions of pictures and the transformers between them want the channels last
            network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        for layer in network.modules():
            if not list(layer.children()):
                layer.register_forward_pre_hook(lambda *_: self._tick())
        return network, dtype

    @contextlib.contextmanager
    def use(self, name: str, tick: Callable[[], None]) -> Iterator[Callable[..., Tensor]]:
        """A function that runs one part on float32 tensors, wherever they are, and returns float32 on the device.

        `tick` is called while it runs, and may raise.
        """
        if graph := self._graphs.get(name):
            yield lambda *inputs: graph(inputs, tick)
            return
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

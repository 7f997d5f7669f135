"""AudioSR's networks as graphs of OpenVINO's, for processors."""

import contextlib
import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

EXAMPLES: dict[str, tuple[tuple[int, ...], ...]] = {
    "encoding": ((1, 1, 64, 256), (1, 16, 8, 32)),
    "decoding": ((1, 16, 8, 32),),
    "vocoder": ((1, 256, 8),),
}
"""Shapes small enough to trace the networks with in no time; the graphs are then given their true shapes."""


def has_openvino() -> bool:
    return importlib.util.find_spec("openvino") is not None


class Graph:
    """One network, compiled for the shapes that it was last given. `precision` is what it really computes with."""

    def __init__(self, name: str, network: nn.Module, precision: str) -> None:
        import openvino

        examples = tuple(torch.zeros(shape) for shape in EXAMPLES[name])
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the shapes become fixed, as it warns
            traced = torch.jit.trace(network, examples, check_trace=False)  # type: ignore[no-untyped-call]
            self._model: Any = openvino.convert_model(traced, example_input=examples)
        # the model's constants are the network's own memory
        self._network = network
        self._wish = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}[precision]
        self.precision = precision
        self._shapes: list[list[int]] = []
        self._request: Any = None

    def __call__(self, inputs: tuple[Tensor, ...], tick: Callable[[], None]) -> Tensor:
        """float32 tensors in and out. `tick` is called while it works; what it raises ends the work."""
        tick()
        self._fit([list(tensor.shape) for tensor in inputs])
        request = self._request
        request.start_async({place: tensor.contiguous().numpy() for place, tensor in enumerate(inputs)})
        try:
            while not request.wait_for(50):
                tick()
        except BaseException:
            request.cancel()
            with contextlib.suppress(RuntimeError):  # that is how a canceled request ends
                request.wait()
            raise
        return torch.from_numpy(request.get_output_tensor(0).data.copy())

    def _fit(self, shapes: list[list[int]]) -> None:
        if shapes == self._shapes:
            return
        import openvino

        self._request = None  # its memory first
        self._model.reshape(dict(enumerate(shapes)))
        options = {"INFERENCE_PRECISION_HINT": self._wish, "INFERENCE_NUM_THREADS": torch.get_num_threads()}
        compiled = openvino.Core().compile_model(self._model, "CPU", {**options, "PERFORMANCE_HINT": "LATENCY"})
        used = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.precision = {"f32": "fp32", "bf16": "bf16", "f16": "fp16"}[used]
        self._request, self._shapes = compiled.create_infer_request(), shapes

"""AudioSR's networks as graphs of OpenVINO's, for processors."""

import warnings
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import Any

import torch
from torch import Tensor, nn

from engine.models.graph import inferred


class Graph:
    """One network, compiled for the shapes that it was last given. `precision` is what it really computes with."""

    def __init__(self, network: nn.Module, precision: str) -> None:
        self._network = network
        self._wish = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}[precision]
        self.precision = precision
        self._shapes: list[list[int]] = []
        self._request: Any = None
        self._threads = torch.get_num_threads()

    def __call__(self, inputs: tuple[Tensor, ...], tick: Callable[[], None]) -> Tensor:
        """float32 tensors in and out. `tick` is called while it works; what it raises ends the work."""
        self._fit([list(tensor.shape) for tensor in inputs], tick)
        request = self._request
        inferred(request, {place: tensor.contiguous().numpy() for place, tensor in enumerate(inputs)}, tick)
        return torch.from_numpy(request.get_output_tensor(0).data.copy())

    def _fit(self, shapes: list[list[int]], tick: Callable[[], None]) -> None:
        tick()
        if shapes == self._shapes:
            return
        self._request, self._shapes = None, []  # their memory first
        made: Future[Any] = Future()
        # it cannot be stopped and takes some seconds: after a cancel nobody waits for what it makes
        Thread(target=self._compile, args=(shapes, made), daemon=True).start()
        while not made.done():
            wait([made], 0.05)
            tick()
        compiled = made.result()
        used = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.precision = {"f32": "fp32", "bf16": "bf16", "f16": "fp16"}[used]
        self._request, self._shapes = compiled.create_infer_request(), shapes

    def _compile(self, shapes: list[list[int]], made: "Future[Any]") -> None:
        try:
            made.set_result(self._compiled(shapes))
        except BaseException as error:
            made.set_exception(error)

    def _compiled(self, shapes: list[list[int]]) -> Any:
        import openvino

        # exported, not traced: a traced module is never let go of, some of its memory stays for good
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the packages about each other
            examples = tuple(torch.zeros(shape) for shape in shapes)
            graph: Any = openvino.convert_model(torch.export.export(self._network, examples))
        options = {"INFERENCE_PRECISION_HINT": self._wish, "INFERENCE_NUM_THREADS": self._threads}
        return openvino.Core().compile_model(graph, "CPU", {**options, "PERFORMANCE_HINT": "LATENCY"})

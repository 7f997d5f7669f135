"""Demucs as a separation engine."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from engine.context import JobContext
from engine.models import Model
from engine.models.device import usable_precision
from engine.models.engine import ModelEngine
from engine.split.demucs.graph import has_openvino
from engine.split.demucs.runtimes import (
    GraphRuntime,
    Runtime,
    TorchRuntime,
    can_be_graph,
    graph_of_file,
    graph_of_network,
)
from engine.split.separator import Estimates, Mixes
from engine.upstream.demucs.checkpoint import htdemucs, networks


class DemucsSeparator(ModelEngine[list[Runtime]]):
    """One model of the catalogue, from its files: its networks, and what each one's opinion counts."""

    device_key = "demucs"

    def __init__(self, model: Model, files: list[Path], precision: str = "auto", runtime: str = "auto") -> None:
        """`precision`: auto, fp32, bf16 or fp16. `runtime`: auto, torch or openvino."""
        self._model, self._files, self._requested_precision, self._runtime = model, files, precision, runtime
        self.sources: tuple[str, ...] = ()
        self.rate_hz = self.window = 0
        self.facts: dict[str, str] = {}

    def _read(self, job: JobContext) -> list[Runtime]:
        device = job.device
        precision = usable_precision(self._requested_precision, device)
        on_graph = self._runtime == "openvino" or (self._runtime == "auto" and device == "cpu" and has_openvino())
        files = self._files
        onnx = files[0] if on_graph and files[0].suffix == ".onnx" else None
        found = [(htdemucs(), onnx)] if onnx else networks(files)
        first = found[0][0]
        self.sources = tuple(first.sources)  # type: ignore[arg-type]
        self.rate_hz = int(first.samplerate)  # type: ignore[arg-type]
        self.window = int(self.rate_hz * (self._model.segment_s or first.segment))  # type: ignore[operator]
        if onnx:
            runtimes: list[Runtime] = [GraphRuntime(graph_of_file(onnx), precision)]
        else:
            graphs = job.models_dir / ".graphs" if on_graph else None
            runtimes = [self._begun(network, file, device, precision, graphs) for network, file in found]
        self.facts = {
            "runtime": "+".join(dict.fromkeys(runtime.name for runtime in runtimes)),
            "precision": "+".join(dict.fromkeys(runtime.precision for runtime in runtimes)),
            "device": device,
        }
        return runtimes

    def _begun(self, network: nn.Module, file: Path, device: str, precision: str, graphs: Path | None) -> Runtime:
        if graphs and can_be_graph(network):
            return GraphRuntime(graph_of_network(network, self.window, file, graphs), precision)
        return TorchRuntime(network, device, precision)

    def separate(self, mix: Mixes, tick: Callable[[], None] = lambda: None) -> Estimates:
        runtimes, sound = self._loaded, torch.from_numpy(mix)
        estimates = [runtime(sound, tick) for runtime in runtimes]
        return np.asarray(weighted(estimates, self._model.bag_weights).numpy())


def weighted(estimates: Sequence[Tensor], bag_weights: Sequence[Sequence[float]] | None) -> Tensor:
    """The mean of the networks' estimates, each [batch, sources, channels, samples], by `Model.bag_weights`."""
    if len(estimates) == 1:
        return estimates[0]
    weights = torch.tensor(bag_weights or [[1.0] * estimates[0].shape[1]] * len(estimates), dtype=torch.float32)
    weights = weights / weights.sum(0)
    return sum((e * w[:, None, None] for e, w in zip(estimates, weights, strict=True)), torch.zeros(()))

"""What runs a network: torch as it is, or OpenVINO's graph of it on a processor.

Seen for one window of 7.8 s of htdemucs on two cores with AVX512-BF16, in single runs: torch 3.6 s in 32 bits
and 3.4 s under autocast to bfloat16, onnxruntime 6.2 s, OpenVINO 2.2 s in 32 bits and 1.25 s in bfloat16, which changes
the stems by -37 dB or less of themselves: SDR against known stems moved by 0.04 dB at most.
"""

import contextlib
import hashlib
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from engine.errors import AppError, Code
from engine.split.demucs.graph import inferred
from engine.split.demucs.spectrum import SIZE, sound, spectrum

Tick = Callable[[], None]


class Runtime(Protocol):
    """One network, ready to run. `precision` is what it really computes with."""

    name: str
    precision: str

    def __call__(self, mix: Tensor, tick: Tick) -> Tensor:
        """float32 [batch, channels, samples] -> [batch, sources, channels, samples], on the CPU."""


class TorchRuntime:
    """The network itself, on any device; `tick` is called at each of its layers."""

    name = "torch"

    def __init__(self, model: nn.Module, device: str, precision: str) -> None:
        self.precision = precision
        self._device = device
        self._model = model.to(device).eval()
        self._tick: Tick = lambda: None
        for layer in model.modules():
            if not list(layer.children()):
                layer.register_forward_pre_hook(lambda *_: self._tick())

    def __call__(self, mix: Tensor, tick: Tick) -> Tensor:
        kind = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}[self.precision]
        cast = torch.autocast(self._device.partition(":")[0], kind) if kind else contextlib.nullcontext()
        self._tick = tick
        try:
            with torch.inference_mode(), cast:
                out: Tensor = self._model(mix.to(self._device))
                return out.float().cpu()
        finally:
            self._tick = lambda: None


class GraphRuntime:
    """A hybrid network between its spectrograms as a graph of OpenVINO's, compiled for one length of window."""

    name = "openvino"

    def __init__(self, graph: Any, precision: str) -> None:
        """`graph`: an `openvino.Model` from (mix, spectrum) to (spectra of the stems, their waves)."""
        import openvino

        hint = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}[precision]
        core = openvino.Core()
        options = {"INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": torch.get_num_threads()}
        compiled = core.compile_model(graph, "CPU", {**options, "PERFORMANCE_HINT": "LATENCY"})
        used = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.precision = {"f32": "fp32", "bf16": "bf16", "f16": "fp16"}[used]
        self._length = int(compiled.inputs[0].shape[-1])
        self._request = compiled.create_infer_request()

    def __call__(self, mix: Tensor, tick: Tick) -> Tensor:
        return torch.cat([self._one(window[None], tick) for window in mix])

    def _one(self, mix: Tensor, tick: Tick) -> Tensor:
        tick()
        samples = mix.shape[-1]
        whole = nn.functional.pad(mix, (0, self._length - samples)).contiguous()
        request = self._request
        inferred(request, {0: whole.numpy(), 1: spectrum(whole).contiguous().numpy()}, tick)
        spectra, waves = (torch.from_numpy(request.get_output_tensor(i).data) for i in range(2))
        return (sound(spectra, self._length) + waves)[..., :samples]


def graph_of_file(path: Path) -> Any:
    """The `openvino.Model` in an ONNX file. Raises INVALID_INPUT `not_htdemucs_onnx` for another graph."""
    import openvino

    try:
        graph = openvino.Core().read_model(str(path))
        ports = [[port.partial_shape.is_static for port in side] for side in (graph.inputs, graph.outputs)]
    except RuntimeError as error:  # what it cannot parse, or an operation that it does not know
        raise AppError(Code.INVALID_INPUT, "not_htdemucs_onnx", file=path.name) from error
    if ports != [[True, True], [True, True]]:
        raise AppError(Code.INVALID_INPUT, "not_htdemucs_onnx", file=path.name)
    return graph


def can_be_graph(model: nn.Module) -> bool:
    """It works between spectrograms of the kind of `spectrum`, with real and imaginary parts as channels."""
    if not (hasattr(model, "_ispec") and getattr(model, "cac", False) and getattr(model, "nfft", 0) == SIZE):
        return False
    return bool(getattr(model, "hybrid", True) and not getattr(model, "hybrid_old", False))


def graph_of_network(model: Any, samples: int, checkpoint: Path, kept_in: Path) -> Any:
    """`model`, for which `can_be_graph` holds, as an `openvino.Model` for windows of `samples`.

    Making one takes some ten seconds, so it is kept in the folder `kept_in` for as long as the file `checkpoint` and
    the programs that made it stay the same.
    """
    import openvino

    stat = checkpoint.stat()
    made_of = (stat.st_size, stat.st_mtime_ns, samples, openvino.__version__, torch.__version__)
    kept = kept_in / f"{checkpoint.stem}-{hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]}.xml"
    if kept.with_suffix(".bin").exists() and kept.exists():
        return openvino.Core().read_model(str(kept))
    graph = _traced(model, samples)
    with contextlib.suppress(OSError, RuntimeError):  # a folder that is full or cannot be written costs time only
        kept_in.mkdir(exist_ok=True)
        for old in kept_in.glob(f"{checkpoint.stem}-*"):
            old.unlink()
        new = kept.with_name(f"{os.getpid()}-{kept.name}")
        openvino.save_model(graph, str(new), compress_to_fp16=False)
        new.with_suffix(".bin").replace(kept.with_suffix(".bin"))
        new.replace(kept)
        graph = openvino.Core().read_model(str(kept))  # as every later job has it: the same input, the same bytes
    return graph


def _traced(model: Any, samples: int) -> Any:
    import openvino

    mix = torch.zeros(1, model.audio_channels, samples)
    inputs = (mix, spectrum(mix))
    with torch.no_grad(), _between_spectra(model) as core, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the shapes are fixed, as it warns that they will be
        traced = torch.jit.trace(core, inputs, check_trace=False)  # type: ignore[no-untyped-call]
    graph = openvino.convert_model(traced, example_input=inputs)
    graph.reshape({place: list(tensor.shape) for place, tensor in enumerate(inputs)})
    return graph


@contextlib.contextmanager
def _between_spectra(model: Any) -> Any:
    """The network as a module from (mix, spectrum) to (spectra, waves), its own way to and from spectra taken out."""

    class Core(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, mix: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
            kept: list[Tensor] = []
            model._magnitude = lambda z: given
            model._mask = lambda z, spectra: kept.append(spectra)
            waves = self.model(mix)
            return kept[0], waves

    model._spec = lambda mix: mix
    model._ispec = lambda z, length=None, scale=0: torch.zeros(())
    try:
        yield Core()
    finally:
        for name in ("_spec", "_magnitude", "_mask", "_ispec"):
            vars(model).pop(name, None)

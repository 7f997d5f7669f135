"""`bench musicgen [--size small] [--seconds 30] [--batch 1] [--device cpu]`: ours against audiocraft's.

A language model of real shape with random weights. Ours: all steps of the duration, guidance on, with the sound
decoded as its codes come. Peer: audiocraft's `LMModel.generate` in float32 (on a GPU in half precision, as audiocraft
runs it there), timed over some steps at the beginning, in the middle and at the end of the sequence (its whole run
takes six minutes; `--full` takes them), plus its codec's decode of the same codes. Both in one process on the same
cores. Sizes whose float32 weights do not fit are run without a peer (`--no-peer`): ratio 0.

Fields: linears_ms, attention_ms, sampling_ms, codec_ms (milliseconds a step), steps_per_s and peer_steps_per_s
(language model alone), real_time (seconds of sound over seconds taken, codec included), codec_share, rss_mb,
floor_share (how near a step comes to the time that reading its weights once takes: weight bytes a step over the
bandwidth of a copy, measured in the same run as copy_gb_per_s, over the seconds of a step), prefill_600_s (reading
600 frames, as every further window does), logits_relative_error and top_250_overlap against float32 (random weights).
"""

import argparse
import contextlib
import hashlib
import math
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import psutil
import torch

from engine.generate.musicgen.architecture import Architecture, read_architecture
from engine.generate.musicgen.checkpoint import Checkpoint
from engine.generate.musicgen.codec import Codec
from engine.generate.musicgen.decoder import Condition, guidance
from engine.generate.musicgen.engine import DECODED_FRAMES
from engine.generate.musicgen.fidelity import compare
from engine.generate.musicgen.generation import generate_codes
from engine.generate.musicgen.graphs import GraphDecoder
from engine.generate.musicgen.native.decoder import NativeDecoder
from engine.generate.musicgen.reference import TorchDecoder
from engine.generate.musicgen.sampling import Draw, sampled
from engine.models.device import PRECISIONS, torch_dtype
from engine.upstream import audiocraft
from tests.generate.checkpoints import codec_config, language_model_config

SHAPES = {"small": (1024, 16, 24), "medium": (1536, 24, 48), "large": (2048, 32, 48)}
COEF, TEXT_FRAMES, PEER_STEPS = 3.0, 20, 12


@dataclass(frozen=True)
class RandomState(Mapping[str, torch.Tensor]):
    """A state dict whose tensors are drawn when they are asked for, the same ones each time."""

    shapes: dict[str, tuple[int, ...]]

    def __getitem__(self, name: str) -> torch.Tensor:
        shape = self.shapes[name]
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
        drawn = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
        if len(shape) == 1:
            return (1 + 0.1 * drawn if name.endswith("weight") else 0.1 * drawn).half()
        return (drawn * math.pow(shape[-1], -0.5)).half()

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


class Enough(Exception):  # noqa: N818
    """The peer has shown how fast it is."""


def build(size: str) -> tuple[dict[str, Any], Architecture, Any, RandomState]:
    """xp.cfg, architecture, audiocraft's model without memory, and its weights to be."""
    from audiocraft.models import builders
    from omegaconf import OmegaConf

    dim, heads, layers = SHAPES[size]
    config = language_model_config("text", dim=dim, heads=heads, layers=layers, card=2048)
    config["dataset"] = {"segment_duration": 30}
    config["transformer_lm"] |= {"weight_init": None, "depthwise_init": None, "zero_bias_init": False}
    bare = {**config, "conditioners": {}, "device": "meta", "dtype": "float32"}
    model = builders.get_lm_model(OmegaConf.create(bare)).eval()
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    return config, read_architecture(config, size), model, RandomState(shapes)


def build_codec(device: str = "cpu") -> Codec:
    """EnCodec 32 kHz at its real shape."""
    from audiocraft.models import builders
    from omegaconf import OmegaConf

    config = codec_config()
    config["seanet"] |= {"dimension": 128, "n_filters": 64}
    config["rvq"] |= {"bins": 2048}
    import yaml

    state = builders.get_compression_model(OmegaConf.create(config)).state_dict()
    return Codec({"xp.cfg": yaml.safe_dump(config), "best_state": state}, stereo=False, device=device)


def condition(dim: int, batch: int = 1) -> Condition:
    cross = np.random.default_rng(0).normal(size=(2 * batch, TEXT_FRAMES, dim)).astype(np.float32)
    cross[batch:] = 0
    return Condition(batch, guidance(COEF), cross=cross)


def weight_bytes(arch: Architecture, precision: str) -> int:
    """What a step must read of the weights: matrices of the layers and heads, their scales with int8.

    Keys and values of the cross-attention are there from the beginning: those two of its four matrices are not read.
    """
    of_layer = {arch.dim: (4 + (2 if arch.cross else 0)) * arch.dim + arch.hidden, arch.hidden: arch.dim}
    matrices = {columns: rows * arch.layers for columns, rows in of_layer.items()}  # columns -> rows
    matrices[arch.dim] += arch.codebooks * arch.cardinality
    width = {"int8": 1, "fp32": 4}.get(precision, 2)
    return sum(columns * rows * width + (4 * rows if precision == "int8" else 0) for columns, rows in matrices.items())


def copy_bytes_per_s(device: str, size: int = 1 << 28) -> float:
    """Bytes read and written a second while a block of `size` bytes is copied on the device: the best of several."""
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def copy() -> None:
        target.copy_(source)
        finished(device)

    copy()
    return 2 * size / min(_timed(copy) for _ in range(7))


def finished(device: str) -> None:
    """Wait until the device has done all that it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def ours(decoder: Any, arch: Architecture, codec: Codec, frames: int, batch: int = 1) -> dict[str, float]:
    given, draw = condition(arch.dim, batch), Draw(1.0, 250)
    streams, decoded, codec_s = [codec.stream() for _ in range(batch)], 0, 0.0
    stamps: list[float] = []

    def heard(codes: Any, complete: int) -> None:
        nonlocal decoded, codec_s
        stamps.append(time.perf_counter())
        last = complete == frames
        if complete >= decoded + DECODED_FRAMES or last:
            for index, stream in enumerate(streams):
                stream.feed(codes[index, :, decoded:complete], last=last)
            decoded = complete
            codec_s += time.perf_counter() - stamps[-1]

    began = time.perf_counter()
    generate_codes(decoder, arch, given, frames, draw, np.random.default_rng(0), heard=heard)
    took_s = time.perf_counter() - began
    steps = frames + max(arch.delays)
    logits = np.random.default_rng(1).normal(size=(batch, arch.codebooks, arch.cardinality)).astype(np.float32)
    sampling_s = statistics.median(_timed(lambda: sampled(logits, draw, np.random.default_rng(0))) for _ in range(30))
    cache, _ = decoder.prefill(given, np.full((batch, arch.codebooks, 1), arch.special), 40)
    column = np.zeros((batch, arch.codebooks), np.int64)
    linears_s = statistics.median(_timed(lambda: decoder.step(column, cache)) for _ in range(25))
    step_s = (took_s - codec_s) / steps
    usual_s = statistics.median(after - before for before, after in pairwise(stamps))  # most steps decode nothing
    return {
        "took_s": took_s,
        "codec_s": codec_s,
        "steps": steps,
        "linears_ms": linears_s * 1e3,
        "attention_ms": max(0.0, usual_s - linears_s - sampling_s) * 1e3,
        "sampling_ms": sampling_s * 1e3,
        "codec_ms": codec_s / steps * 1e3,
        "steps_per_s": 1 / step_s,
    }


def peer_step_s(
    model: Any, arch: Architecture, frames: int, *, full: bool, batch: int = 1, device: str = "cpu"
) -> float:
    """Seconds of one step of audiocraft's loop, the mean over the sequence."""
    from audiocraft.modules.conditioners import ConditioningAttributes

    cross = torch.from_numpy(condition(arch.dim, batch).cross).to(device, next(model.parameters()).dtype)
    model.condition_provider.tokenize = lambda attributes: attributes
    model.condition_provider.forward = lambda tokenized: {
        "description": (cross, torch.ones(cross.shape[:2], device=device))
    }
    attributes = [ConditioningAttributes(text={"description": "x"}) for _ in range(batch)]
    means = []
    for start in [0] if full else [0, frames // 2, frames - PEER_STEPS - 2]:
        stamps: list[float] = []

        def tick(done: int, total: int, stamps: list[float] = stamps) -> None:
            finished(device)
            stamps.append(time.perf_counter())
            if not full and len(stamps) > PEER_STEPS:
                raise Enough

        shape = (batch, arch.codebooks, start)
        prompt = torch.randint(0, arch.cardinality, shape, device=device) if start else None
        with contextlib.suppress(Enough):
            model.generate(prompt, attributes, num_samples=batch, max_gen_len=frames, cfg_coef=COEF, callback=tick)
        means.append((stamps[-1] - stamps[0]) / (len(stamps) - 1))
    return statistics.mean(means)


def _timed(deed: Any) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench musicgen")
    parser.add_argument("--size", choices=SHAPES, default="small")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=["int8", *PRECISIONS], default=None)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--full", action="store_true", help="run the peer for the whole duration")
    options = parser.parse_args(arguments)
    batch, device = options.batch, options.device
    audiocraft.load()
    precision = options.precision or ("int8" if device == "cpu" else "fp16")
    config, arch, model, state = build(options.size)
    frames = round(options.seconds * 50)
    before_mb = psutil.Process().memory_info().rss / 2**20
    decoder: Any
    if precision == "int8":
        decoder = NativeDecoder(arch, state)
    else:
        kind = TorchDecoder if device == "cpu" else GraphDecoder
        decoder = kind(arch, state, device=device, dtype=torch_dtype(precision))
    cache, _ = decoder.prefill(condition(arch.dim, batch), np.full((batch, arch.codebooks, 1), arch.special), 4)
    decoder.step(np.zeros((batch, arch.codebooks), np.int64), cache)  # compiled once, not counted
    codec = build_codec(device)
    found = ours(decoder, arch, codec, frames, batch)
    rss_mb = psutil.Process().memory_info().rss / 2**20
    bytes_per_s = copy_bytes_per_s(device)
    floor_share = weight_bytes(arch, precision) / bytes_per_s * found["steps_per_s"]
    prefill_s = _timed(lambda: decoder.prefill(condition(arch.dim), np.zeros((1, arch.codebooks, 600), np.int64), 604))
    fidelity = {} if precision == "fp32" else compare(Checkpoint("bench", None, config, arch, state), decoder)  # type: ignore[arg-type]
    used_threads = getattr(decoder, "threads", torch.get_num_threads())
    decoder = None  # its memory is the peer's now
    peer_s = peer_steps_per_s = 0.0
    if not options.no_peer:
        dtype = torch.float32 if device == "cpu" else torch.float16
        model.load_state_dict({name: state[name].to(device, dtype) for name in state}, assign=True)
        with torch.autocast("cuda", torch.float16, enabled=device != "cpu"):
            step_s = peer_step_s(model, arch, frames, full=options.full, batch=batch, device=device)
        codes = np.random.default_rng(0).integers(0, arch.cardinality, (arch.codebooks, frames))
        whole_s = batch * _timed(lambda: codec.decode(codes))
        peer_s, peer_steps_per_s = step_s * found["steps"] + whole_s, 1 / step_s
    figures = {name: round(value, 3) for name, value in found.items() if name not in ("took_s", "codec_s")}
    return {
        "ours_s": round(found["took_s"], 2),
        "peer_s": round(peer_s, 2),
        **figures,
        "peer_steps_per_s": round(peer_steps_per_s, 3),
        "real_time": round(batch * options.seconds / found["took_s"], 3),
        "codec_share": round(found["codec_s"] / found["took_s"], 3),
        "floor_share": round(floor_share, 3),
        "copy_gb_per_s": round(bytes_per_s / 1e9, 2),
        "rss_mb": round(rss_mb),
        "model_mb": round(rss_mb - before_mb),
        "prefill_600_s": round(prefill_s, 2),
        **{name: value for name, value in fidelity.items() if name != "steps"},
        "size": options.size,
        "precision": precision,
        "device": device,
        "batch": batch,
        "threads": used_threads,
    }

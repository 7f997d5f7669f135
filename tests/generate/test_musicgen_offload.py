"""Layers that wait in main memory, and what happens to an engine that ran out of it."""

import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.generate.models import need_mb
from engine.generate.musicgen import engine as engines
from engine.generate.musicgen import perform as room
from engine.generate.musicgen.architecture import read_architecture
from engine.generate.musicgen.decoder import Condition, guidance
from engine.generate.musicgen.offload import PLACES, LayersOffloaded
from engine.generate.musicgen.perform import Placement, steps_down
from engine.generate.musicgen.reference import LayersOnDisk, TorchDecoder
from engine.generate.params import GenerateParams
from engine.generate.run import run
from tests.fake_job import FakeJob
from tests.generate.checkpoints import (
    DIM,
    LAYERS,
    build_language_model,
    language_model_config,
    write_checkpoint,
    write_text_encoder,
)


class LazyDevice:
    """A stand-in whose copies happen as late as a device's may: only when the computation waits for them."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, Callable[[], None]]] = deque()
        self.sent = self.marks = 0

    def send(self, copy: Callable[[], None], after: Any) -> int:
        self.sent += 1
        self.waiting.append((self.sent, copy))
        return self.sent

    def arrive(self, mark: Any) -> None:
        while self.waiting and self.waiting[0][0] <= mark:
            self.waiting.popleft()[1]()

    def mark(self) -> int:
        self.marks += 1
        return self.marks


def model(kind: str) -> tuple[Any, dict[str, torch.Tensor]]:
    config = language_model_config(kind)
    return read_architecture(config, kind), dict(build_language_model(config).state_dict())


def test_every_layer_comes_in_its_turn_and_two_places_are_all_it_takes() -> None:
    arch, state = model("text")
    layers = list(LayersOnDisk(state, arch, torch.float32, "cpu"))
    device = LazyDevice()
    offloaded = LayersOffloaded(layers, "cpu", device)
    for _ in range(2):
        places = set()
        for layer, expected in zip(offloaded, layers, strict=True):
            places.add(layer.qkv.data_ptr())
            torch.testing.assert_close(layer.qkv, expected.qkv, rtol=0, atol=0)
            torch.testing.assert_close(layer.norm_cross, expected.norm_cross, rtol=0, atol=0)
            layer.qkv.fill_(torch.nan)  # what is used after its turn would spread
        assert len(places) == PLACES and not places & {layer.qkv.data_ptr() for layer in layers}
    assert device.sent == 2 * LAYERS and not device.waiting


def test_a_copy_waits_for_the_last_use_of_its_place() -> None:
    """The mark that it is sent behind is the one set after the layer before it in that place was computed with."""
    arch, state = model("text")
    device = LazyDevice()
    order: list[tuple[str, int]] = []
    offloaded = LayersOffloaded(LayersOnDisk(state, arch, torch.float32, "cpu"), "cpu", device)
    send = device.send
    device.send = lambda copy, after: order.append(("after", after)) or send(copy, after)  # type: ignore[method-assign]
    for _ in offloaded:
        order.append(("turn", 0))
    # two marks from the beginning; then one is set behind each turn
    assert order == [("after", 1), ("after", 2), ("turn", 0), ("after", 3), ("turn", 0), ("turn", 0)]


@pytest.mark.parametrize("kind", ["text", "melody"])
def test_offloaded_codes_are_those_of_the_whole_model(kind: str) -> None:
    arch, state = model(kind)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2, 5, DIM)).astype(np.float32)
    told = {"cross": rows} if arch.cross else {"prefix": rows}
    condition = Condition(1, guidance(3.0), **told)
    tokens = rng.integers(0, arch.cardinality, (1, arch.codebooks, 3))
    found = []
    for hold in ("device", "host"):
        decoder = TorchDecoder(arch, state, hold=hold)  # type: ignore[arg-type]
        cache, logits = decoder.prefill(condition, tokens, 6)
        found.append([logits, *(decoder.step(tokens[:, :, index], cache) for index in range(3))])
    np.testing.assert_array_equal(*found)


def test_less_is_tried_step_by_step() -> None:
    assert steps_down("fp32", "cuda") == [
        Placement("fp32", "cuda"), Placement("fp32", "cuda", offload=True),
        Placement("fp16", "cuda"), Placement("fp16", "cuda", offload=True),
        Placement("int8", "cpu"),
    ]  # fmt: skip
    assert [str(place) for place in steps_down("auto", "cuda")] == [
        "fp16 on cuda", "fp16 on cuda, layer by layer", "int8 on cpu",
    ]  # fmt: skip
    assert steps_down("auto", "cpu") == [Placement("int8", "cpu")]
    whole, part = (need_mb("large", "fp16", "cuda", offload=offload) for offload in (False, True))
    assert part < whole / 2


def test_what_ran_out_of_memory_lets_go_and_layers_wait_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = FakeJob(tmp_path)
    job.models_dir = tmp_path / "models"
    write_checkpoint(job.models_dir / "mine", "text")
    write_text_encoder(job.models_dir / "t5-base")
    wish = GenerateParams(
        prompt="rock", model="own", own_model="mine", seed=1, duration=1.0, precision="fp32", unconditional=True
    )
    run(wish, job)
    usual = job.tracks[-1]
    assert usual["details"]["offloaded"] is False
    made: list[weakref.ref[Any]] = []

    class Small(engines.TorchDecoder):
        """A device that whole models do not fit on."""

        def __init__(self, *args: Any, hold: Any = "device", **options: Any) -> None:
            super().__init__(*args, hold=hold, **options)
            self.fits = hold == "host"
            made.append(weakref.ref(self))

        def prefill(self, *args: Any) -> Any:
            if not self.fits:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().prefill(*args)

    monkeypatch.setattr(engines, "TorchDecoder", Small)
    monkeypatch.setattr(
        room, "steps_down", lambda *_: [Placement("fp32", "cpu"), Placement("fp32", "cpu", offload=True)]
    )
    job.engines.clear()
    run(wish, job)
    track = job.tracks[-1]
    assert track["details"]["fallbacks"] == ["fp32 on cpu"] and track["details"]["offloaded"] is True
    assert track["audio"].tobytes() == usual["audio"].tobytes()
    assert len(made) == 2 and made[0]() is None, "the one that did not fit is gone"
    monkeypatch.undo()
    run(wish, job)
    assert job.tracks[-1]["details"]["fallbacks"] == [], "and is loaded anew when there is room again"

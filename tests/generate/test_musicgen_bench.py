"""`bench musicgen` at a fraction of its width: every field is there, and the floor is the weights that a step reads."""

import pytest
import torch

from benchmarks import musicgen as bench
from engine.generate.musicgen.native.decoder import pack
from engine.upstream import audiocraft


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    audiocraft.load()
    monkeypatch.setitem(bench.SHAPES, "small", (64, 4, 3))


def test_weight_bytes_are_those_of_the_matrices_that_a_step_reads() -> None:
    _, arch, _, state = bench.build("small")
    matrices = {name: state[name] for name in state if state[name].ndim == 2 and not name.startswith("emb")}
    read = {name: tensor[: 64 if "cross_attention.in" in name else None] for name, tensor in matrices.items()}
    numbers = sum(tensor.numel() for tensor in read.values())
    assert bench.weight_bytes(arch, "fp16") == 2 * numbers and bench.weight_bytes(arch, "fp32") == 4 * numbers
    packed = [pack(tensor) for tensor in read.values()]
    assert bench.weight_bytes(arch, "int8") == sum(whole.nbytes + scales.nbytes for whole, scales in packed)


def test_the_copy_is_waited_for_and_counted_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[str] = []
    monkeypatch.setattr(bench, "finished", waited.append)
    monkeypatch.setattr(bench, "_timed", lambda deed: (deed(), 0.5)[1])
    assert bench.copy_bytes_per_s("cpu", size=1000) == 2 * 1000 / 0.5
    assert len(waited) == 8 and set(waited) == {"cpu"}


def test_the_share_of_the_floor_is_that_of_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "copy_bytes_per_s", lambda device: 1e9)
    monkeypatch.setattr(torch.cuda, "synchronize", None)  # not to be called on a processor
    found = bench.measure(["--seconds", "0.5", "--precision", "bf16", "--batch", "2"])
    _, arch, _, _ = bench.build("small")
    assert found["copy_gb_per_s"] == 1.0 and found["batch"] == 2
    expected = bench.weight_bytes(arch, "bf16") / 1e9 * found["steps_per_s"]
    assert found["floor_share"] == pytest.approx(expected, abs=1e-3)
    assert found["ours_s"] > 0 and found["peer_s"] > 0 and found["peer_steps_per_s"] > 0
    assert found["real_time"] == pytest.approx(2 * 0.5 / found["ours_s"], rel=0.1)

"""Weights out of an ONNX file: names are put back, and a file that is another graph, or lies, is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.errors import AppError, Code
from engine.split.demucs.runtimes import graph_of_file
from engine.upstream.demucs.from_onnx import _in_order_of_use, state_of


def constants() -> list[Any]:
    """The nameless constants of a graph of HT Demucs in their order, at two by three, and one with its name."""
    dice, found = np.random.default_rng(0), []
    for number, _ in enumerate(_in_order_of_use()):
        found.append(numpy_helper.from_array(dice.normal(size=(2, 3)).astype(np.float32), f"onnx::Mul_{number + 40}"))
    found.reverse()  # their numbers tell, not their places
    return [*found, numpy_helper.from_array(np.ones((4, 5), np.float32), "encoder.0.conv.weight")]


def write(path: Path, initialisers: list[Any]) -> Path:
    graph = helper.make_graph([], "graph", [], [], initialisers)
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


def test_each_constant_gets_its_name_back(tmp_path: Path) -> None:
    given = constants()
    state = state_of(write(tmp_path / "htdemucs.onnx", given))
    arrays = [numpy_helper.to_array(one) for one in given[-2::-1]]
    assert np.array_equal(state["encoder.0.conv.weight"].numpy(), np.ones((4, 5)))
    by_name: dict[str, list[Any]] = {}
    for (key, how), array in zip(_in_order_of_use(), arrays, strict=True):
        by_name.setdefault(key, []).append((how, array))
    assert state.keys() == {*by_name, "encoder.0.conv.weight"}
    for key, parts in by_name.items():
        how, array = parts[0]
        expected = {
            "flat": array.reshape(-1), "transposed": array.T, "embedding": array.T / 10.0,
            "query": np.concatenate([part.T for _, part in parts]),
        }[how]  # fmt: skip
        assert np.array_equal(state[key].numpy(), expected.astype(np.float32)), key


def _dims(one: Any) -> None:
    one.dims[0] = 2**40


def _outside(one: Any) -> None:
    one.ClearField("raw_data")
    one.data_location = TensorProto.EXTERNAL
    one.external_data.add(key="location", value="../../../../etc/passwd")


def _integers(one: Any) -> None:
    one.CopyFrom(numpy_helper.from_array(np.zeros((2, 3), np.int64), one.name))


def _nameless(one: Any) -> None:
    one.name = "onnx::Mul_many"


def _negative(one: Any) -> None:
    one.dims[0] = -2


LIES: tuple[Callable[[Any], None], ...] = (_dims, _outside, _integers, _nameless, _negative)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_constant_that_is_not_what_it_says_is_refused(lie: Callable[[Any], None], tmp_path: Path) -> None:
    given = constants()
    lie(given[7])
    with pytest.raises(AppError) as error:
        state_of(write(tmp_path / "htdemucs.onnx", given))
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, "not_htdemucs_onnx")


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x08\x07" * 5000], ids=["empty", "text", "noise"])
@pytest.mark.parametrize("read", [state_of, graph_of_file])
def test_what_is_no_graph_of_htdemucs_is_refused(read: Callable[[Path], Any], content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "htdemucs.onnx"
    path.write_bytes(content)
    with pytest.raises(AppError) as error:
        read(path)
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, "not_htdemucs_onnx")


def test_too_few_and_too_many_constants_are_refused(tmp_path: Path) -> None:
    given = constants()
    more = numpy_helper.from_array(np.zeros(3, np.float32), "onnx::Mul_9")
    for wrong in (given[1:], [*given, more], []):
        with pytest.raises(AppError) as error:
            state_of(write(tmp_path / "htdemucs.onnx", wrong))
        assert error.value.code is Code.INVALID_INPUT
        assert error.value.key == "not_htdemucs_onnx"


def test_a_graph_with_other_ends_is_refused(tmp_path: Path) -> None:
    one = helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, 2])
    other = helper.make_tensor_value_info("b", TensorProto.FLOAT, [1, 2])
    graph = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "graph", [one], [other])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, str(tmp_path / "htdemucs.onnx"))
    with pytest.raises(AppError) as error:
        graph_of_file(tmp_path / "htdemucs.onnx")
    assert error.value.code is Code.INVALID_INPUT
    assert error.value.key == "not_htdemucs_onnx"

"""The YAML of each layout is understood; one that is wrong or hostile is refused with a sentence."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import AppError, Code
from engine.split.roformer.config import KNOWN, read_yaml
from tests.split.roformer.tiny import TINY, document, write_yaml


@pytest.mark.parametrize("config", [TINY, *KNOWN.values()], ids=["tiny", *KNOWN])
def test_the_yaml_of_a_layout_is_read_back(config: Any, tmp_path: Path) -> None:
    path = write_yaml(tmp_path / "c.yaml", document(config))
    assert "!!python/tuple" in path.read_text("utf-8")
    assert read_yaml(path) == config


def changed(**sections: dict[str, Any]) -> dict[str, Any]:
    whole = document(TINY)
    for name, values in sections.items():
        whole[name] |= values
        whole[name] = {key: value for key, value in whole[name].items() if value != "gone"}
    return whole


def test_what_a_yaml_leaves_out_is_what_upstream_takes_for_it(tmp_path: Path) -> None:
    gone = dict.fromkeys(("stft_hop_length", "freqs_per_bands", "heads", "dim_head", "num_stems"), "gone")
    config = read_yaml(write_yaml(tmp_path / "c.yaml", changed(model=gone)))
    assert (config.stft_hop_length, config.heads, config.dim_head, config.num_stems) == (512, 8, 64, 1)
    assert config.freqs_per_bands == TINY.freqs_per_bands


def test_lists_serve_as_tuples_and_the_window_may_stand_with_inference(tmp_path: Path) -> None:
    whole = changed(model={"freqs_per_bands": list(TINY.freqs_per_bands)}, inference={"chunk_size": 50_000})
    assert read_yaml(write_yaml(tmp_path / "c.yaml", whole)).window == 50_000


def test_names_of_stems_become_names_for_files(tmp_path: Path) -> None:
    whole = changed(training={"target_instrument": "Lead Vocals (dry)"})
    assert read_yaml(write_yaml(tmp_path / "c.yaml", whole)).sources == ("lead_vocals_dry",)


@pytest.mark.parametrize(
    ("field", "sections"),
    [
        ("dim", {"model": {"dim": 0}}),
        ("dim", {"model": {"dim": 10**9}}),
        ("dim", {"model": {"dim": "gone"}}),
        ("depth", {"model": {"depth": "twelve"}}),
        ("dim_head", {"model": {"dim_head": 15}}),
        ("freqs_per_bands", {"model": {"freqs_per_bands": [1, 2, 3]}}),
        ("freqs_per_bands", {"model": {"freqs_per_bands": [1025, 0]}}),
        ("freqs_per_bands", {"model": {"freqs_per_bands": "x" * 1000}}),
        ("stft_hop_length", {"model": {"stft_hop_length": 2048}}),
        ("stft_n_fft", {"model": {"stft_n_fft": 1 << 40}}),
        ("chunk_size", {"audio": {"chunk_size": "gone"}}),
        ("chunk_size", {"audio": {"chunk_size": 10**12}}),
        ("chunk_size", {"audio": {"chunk_size": 100}}),
        ("sample_rate", {"audio": {"sample_rate": 1}}),
        ("instruments", {"training": {"instruments": ["a", "b"], "target_instrument": "gone"}}),
        ("instruments", {"training": {"target_instrument": "../../etc"}, "model": {"num_stems": 2}}),
        ("instruments", {"training": {"target_instrument": "////"}}),
        ("instruments", {"training": {"target_instrument": 7}}),
        ("instruments", {"training": {"instruments": ["A b", "a_b"], "target_instrument": "gone"},
                         "model": {"num_stems": 2}}),
        ("stereo", {"model": {"stereo": False}}),
        ("stereo", {"model": {"stereo": "gone"}}),
        ("linear_transformer_depth", {"model": {"linear_transformer_depth": 1}}),
        ("skip_connection", {"model": {"skip_connection": True}}),
        ("use_shared_bias", {"model": {"use_shared_bias": True}}),
        ("num_bands", {"model": {"num_bands": 60}}),
        ("window", {"model": {"window": 3}}),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(field: str, sections: dict[str, Any], tmp_path: Path) -> None:
    path = write_yaml(tmp_path / "bad.yaml", changed(**sections))
    with pytest.raises(AppError) as caught:
        read_yaml(path)
    assert caught.value.code is Code.INVALID_INPUT
    assert field in str(caught.value) and "bad.yaml" in str(caught.value) and len(str(caught.value)) < 400


HOSTILE = {
    "empty": "",
    "a number": "7",
    "no model": "audio: {}",
    "model is a list": "model: [1, 2]",
    "broken": "model: {dim: [",
    "tabs": "model:\n\tdim: 1",
    "a command": "model: !!python/object/apply:os.system ['touch OWNED']",
    "a module": "model: !!python/name:os.system",
    "a tuple of nothing": "model: {dim: !!python/tuple 5}",
    "deep": "[" * 20_000,
    "unhashable key": "model: {{a: 1}: 2}",
    "an endless integer": "model: {dim: " + "9" * 100_000 + "}",
    "large": "#" + "x" * (1 << 20),
    "merges within merges": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    + "model: *a11",
    "aliases within aliases": "a0: &a0 [1]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    + "model: {dim: *a11, depth: 1, stereo: true}",
    "itself": "model: &m {dim: *m, depth: *m, stereo: true}",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_a_hostile_file_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bad.yaml"
    path.write_text(HOSTILE[name], encoding="utf-8")
    with pytest.raises(AppError) as caught:
        read_yaml(path)
    assert caught.value.code is Code.INVALID_INPUT and "bad.yaml" in str(caught.value)
    assert not (tmp_path / "OWNED").exists()


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: f"model: {text}".encode())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_bytes_end_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(content)
    with pytest.raises(AppError) as caught:
        read_yaml(path)
    assert caught.value.code is Code.INVALID_INPUT and "any.yaml" in str(caught.value)


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.lists(st.integers(), max_size=3)
)


@given(st.sampled_from(sorted(document(TINY)["model"])), values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_value_is_read_or_refused(tmp_path: Path, field: str, value: Any) -> None:
    path = write_yaml(tmp_path / "any.yaml", changed(model={field: value}))
    try:
        assert read_yaml(path).window == TINY.window
    except AppError as error:
        assert error.code is Code.INVALID_INPUT


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        read_yaml(tmp_path / "none.yaml")
    assert caught.value.code is Code.INVALID_INPUT and "none.yaml" in str(caught.value)

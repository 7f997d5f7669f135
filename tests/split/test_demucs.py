"""Demucs on small networks with random weights, in the true file formats."""

import importlib.util
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from demucs.apply import BagOfModels, apply_model
from demucs.hdemucs import HDemucs
from demucs.htdemucs import HTDemucs
from safetensors.torch import save_file

from engine.audio.scratch_audio import ScratchAudio
from engine.errors import AppError, Canceled, Code
from engine.models import MODELS, ModelStore
from engine.models.catalogue import offered
from engine.split.demucs.engine import DemucsSeparator
from engine.split.demucs.spectrum import sound, spectrum
from engine.split.models import DEMUCS, SIX, STEMS
from engine.split.stream import Separation, examine
from tests.audio.sounds import noise
from tests.fake_job import FakeJob
from tests.split.made_sources import written

SEGMENT = Fraction(3, 2)
RATE_HZ = 44_100
FOUR = STEMS["htdemucs"]
OFFERED = {model.id: model for model in offered("demucs") if model.stems}


def small_network(seed: int, kind: type = HTDemucs, sources: tuple[str, ...] = FOUR) -> Any:
    torch.manual_seed(seed)
    if kind is HTDemucs:
        return HTDemucs(list(sources), channels=8, segment=SEGMENT, bottom_channels=32, t_layers=2, dconv_mode=3).eval()
    return HDemucs(list(sources), channels=8, segment=1.5).eval()


def as_th(network: Any, path: Path) -> None:
    """As `demucs.states.serialize_model` packs it."""
    args, kwargs = network._init_args_kwargs
    state = {name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()}
    package = {"klass": type(network), "args": args, "kwargs": kwargs, "state": state, "training_args": {"epochs": 1}}
    torch.save(package, path)


def as_safetensors(network: Any, path: Path) -> None:
    """As the hub has it since Demucs 4.1."""

    def plain(value: Any) -> Any:
        if isinstance(value, Fraction):
            return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
        return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value

    args, kwargs = network._init_args_kwargs
    klass = f"{type(network).__module__}.{type(network).__name__}"
    facts = {"klass": klass, "args": json.dumps(plain(list(args))), "kwargs": json.dumps(plain(kwargs))}
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path, metadata=facts)


def loaded(folder: Path, model: str, precision: str = "fp32", runtime: str = "auto") -> DemucsSeparator:
    job = FakeJob(folder)
    engine = DemucsSeparator(MODELS[model], ModelStore(job.models_dir).files(MODELS[model]), precision, runtime)
    engine.load(job)
    return engine


def signatures(model: str) -> list[str]:
    """The names of its networks' files at the hub."""
    row = MODELS[next(iter(MODELS[model].mirrors), model)]
    return [Path(file.name).stem for file in row.files]


def placed(folder: Path, model: str, pack: Any = as_safetensors, kind: type = HTDemucs) -> list[Any]:
    """Small networks as the files of `model`; the networks."""
    place = folder / "models" / model
    place.mkdir(parents=True)
    networks = []
    for seed, signature in enumerate(signatures(model)):
        networks.append(small_network(seed, kind, STEMS[model]))
        name = f"{signature}-0123abcd.th" if pack is as_th else f"{signature}.safetensors"
        pack(networks[-1], place / name)
    return networks


@pytest.mark.parametrize("samples", [343_980, 66_150, 5000, 1024 * 3, 900])
def test_spectra_are_those_of_demucs(samples: int) -> None:
    network = small_network(0)
    mix = torch.from_numpy(np.stack([noise(2, samples), noise(2, samples)[::-1].copy()]))
    z = network._spec(mix)
    assert torch.equal(spectrum(mix), network._magnitude(z))
    spectra = torch.randn(2, 4, 4, 2048, z.shape[-1])
    there = network._ispec(network._mask(z, spectra), samples)
    assert torch.allclose(sound(spectra, samples), there, atol=1e-5)


@pytest.mark.parametrize("runtime", ["torch", "openvino"])
@pytest.mark.parametrize("pack", [as_th, as_safetensors], ids=["th", "safetensors"])
@pytest.mark.parametrize("kind", [HTDemucs, HDemucs], ids=["htdemucs", "hdemucs"])
def test_estimates_are_those_of_the_package(tmp_path: Path, kind: type, pack: Any, runtime: str) -> None:
    [network] = placed(tmp_path, "htdemucs", pack, kind)
    if pack is as_th:
        network = network.half().float()
    engine = loaded(tmp_path, "htdemucs", runtime=runtime)
    assert engine.facts["runtime"] == runtime and engine.sources == FOUR and engine.window == 66_150
    mix = np.stack([noise(2, engine.window), noise(2, engine.window) * 0.3])
    with torch.no_grad():
        theirs = network(torch.from_numpy(mix)).numpy()
    ours = engine.separate(mix, lambda: None)
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize(("model", "kind"), [("htdemucs_ft", HTDemucs), ("mdx", HDemucs)])
def test_a_bag_over_a_whole_track_is_what_demucs_makes_of_it(
    tmp_path: Path, model: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = MODELS[model]  # two networks show as much as four
    weights = row.bag_weights and ((1, 1, 0, 0), (0, 1, 1, 1))
    few = {"files": row.files[:2], "bag_weights": weights, "segment_s": row.segment_s and 1.5}
    monkeypatch.setitem(MODELS, model, row.model_copy(update=few))
    networks = placed(tmp_path, model, kind=kind)
    engine = loaded(tmp_path, model)
    audio = noise(2, 90_000) * 0.2
    source = examine(written(tmp_path / "mix.wav", audio), ScratchAudio(None), lambda samples: None)
    made = Separation(source, engine, DEMUCS, engine.window, overlap=0.25, shifts=1, batch=2)
    ours = np.concatenate(list(made.stems(lambda windows: None)), axis=-1)
    mix = torch.from_numpy(audio)
    mean, deviation = mix.mean(0).mean(), mix.mean(0).std() + 1e-8
    whole = BagOfModels(networks, weights and [list(w) for w in weights])
    theirs = apply_model(whole, ((mix - mean) / deviation)[None], shifts=0, overlap=0.25)[0] * deviation
    assert ours.shape == tuple(theirs.shape) == (len(STEMS[model]), 2, 90_000)
    # Demucs hands the end to the older networks as it is, shorter than a window; here it comes with what precedes it
    partial = (90_000 - engine.window) // made._overlap_add.hop + 1
    same = slice(0, made._overlap_add.hop * partial if kind is HDemucs else None)
    assert np.abs(ours - theirs.numpy())[..., same].max() < 1e-4 * np.abs(theirs.numpy()).max()


def test_sixteen_bits_come_close(tmp_path: Path) -> None:
    placed(tmp_path, "htdemucs")
    mix = noise(2, 66_150)[None]
    exact = loaded(tmp_path, "htdemucs", "fp32").separate(mix, lambda: None)
    for runtime in ("torch", "openvino"):
        engine = loaded(tmp_path, "htdemucs", "bf16", runtime)
        rough = engine.separate(mix, lambda: None)
        error_db = 10 * np.log10(np.square(rough - exact).sum() / np.square(exact).sum())
        assert error_db < -25
        # a processor without bfloat16 computes in 32 bits, and says so: then nothing may differ but the runtime
        told = {"bf16": rough.tobytes() != exact.tobytes(), "fp32": error_db < -80}
        assert told[engine.facts["precision"]], (runtime, engine.facts)


def test_a_graph_is_made_once_and_anew_for_another_file(tmp_path: Path) -> None:
    placed(tmp_path, "htdemucs")
    mix = noise(2, 66_150)[None]
    first = loaded(tmp_path, "htdemucs").separate(mix, lambda: None)
    kept = sorted((tmp_path / "models" / ".graphs").iterdir())
    assert [path.suffix for path in kept] == [".bin", ".xml"]
    times = [path.stat().st_mtime_ns for path in kept]
    assert np.array_equal(loaded(tmp_path, "htdemucs").separate(mix, lambda: None), first)
    assert [path.stat().st_mtime_ns for path in kept] == times
    as_safetensors(small_network(5), tmp_path / "models" / "htdemucs" / "955717e8.safetensors")
    assert not np.allclose(loaded(tmp_path, "htdemucs").separate(mix, lambda: None), first, atol=1e-4)
    assert len(list((tmp_path / "models" / ".graphs").iterdir())) == 2


@pytest.mark.parametrize("runtime", ["torch", "openvino"])
def test_a_wish_to_stop_is_heard_within_a_window(tmp_path: Path, runtime: str) -> None:
    placed(tmp_path, "htdemucs")
    engine = loaded(tmp_path, "htdemucs", runtime=runtime)
    mix = np.repeat(noise(2, 66_150)[None], 8, axis=0)

    def stop() -> None:
        raise Canceled

    with pytest.raises(Canceled):
        engine.separate(mix, stop)
    assert engine.separate(mix[:1], lambda: None).shape == (1, 4, 2, 66_150)


def test_what_is_not_there_is_missed_with_the_next_step(tmp_path: Path) -> None:
    for model in OFFERED:
        with pytest.raises(AppError) as caught:
            loaded(tmp_path, model)
        assert caught.value.code is Code.MODEL_MISSING and model in str(caught.value)
        assert ("diffq" in str(caught.value)) is (model.endswith("_q") and not importlib.util.find_spec("diffq"))


def test_a_truncated_file_is_no_checkpoint(tmp_path: Path) -> None:
    placed(tmp_path, "htdemucs")
    [file] = (tmp_path / "models" / "htdemucs").iterdir()
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(AppError, match="955717e8") as caught:
        loaded(tmp_path, "htdemucs")
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "checkpoint_unreadable")


def test_a_pickle_that_wants_to_run_something_does_not(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "sprung",))

    place = tmp_path / "models" / "htdemucs"
    place.mkdir(parents=True)
    torch.save({"klass": HTDemucs, "args": (), "kwargs": {}, "state": Trap()}, place / "955717e8.th")
    with pytest.raises(AppError) as caught:
        loaded(tmp_path, "htdemucs")
    assert caught.value.code is Code.INVALID_INPUT and not (tmp_path / "sprung").exists()


def test_each_network_of_a_bag_has_its_weights() -> None:
    for id_, model in OFFERED.items():
        assert len(model.stems) == (6 if id_ == "htdemucs_6s" else 4)
        rows = [len(row) for row in model.bag_weights or ()]
        assert rows == ([len(model.stems)] * len(model.files) if model.bag_weights else []), id_
    assert {stem for stems in STEMS.values() for stem in stems} == set(SIX)


def test_a_safetensors_that_names_a_function_for_its_class_does_not_run_it(tmp_path: Path) -> None:
    place, sprung = tmp_path / "models" / "htdemucs", tmp_path / "sprung"
    place.mkdir(parents=True)
    for klass, args in (("os.mkdir", [str(sprung)]), ("pathlib.Path.touch", [str(sprung)]), ("antigravity.x", [])):
        facts = {"klass": klass, "args": json.dumps(args), "kwargs": "{}"}
        save_file({"a": torch.zeros(1)}, place / "955717e8.safetensors", metadata=facts)
        with pytest.raises(AppError) as caught:
            loaded(tmp_path, "htdemucs")
        assert caught.value.code is Code.INVALID_INPUT and caught.value.key == "checkpoint_unreadable"
    facts = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": "{}"}
    save_file({"a": torch.zeros(1)}, place / "955717e8.safetensors",
              metadata={**facts, "structure": '{"_class": "antigravity.x"}'})  # fmt: skip
    with pytest.raises(AppError) as caught:
        loaded(tmp_path, "htdemucs")
    assert caught.value.code is Code.INVALID_INPUT and "antigravity" not in sys.modules
    assert not sprung.exists()


def test_networks_of_one_model_must_go_together(tmp_path: Path) -> None:
    placed(tmp_path, "htdemucs_ft")
    name = signatures("htdemucs_ft")[2]
    as_safetensors(small_network(9, sources=FOUR[::-1]), tmp_path / "models" / "htdemucs_ft" / f"{name}.safetensors")
    with pytest.raises(AppError, match=name) as caught:
        loaded(tmp_path, "htdemucs_ft")
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "checkpoint_unreadable")

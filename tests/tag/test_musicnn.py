"""musicnn against its own graph, and its listener against itself however a sound is cut.

`data/musicnn.npz` holds what TensorFlow 2.15.1 gave for `played()` with the graph and the weights of the wheel
musicnn 0.1.0, on log10(1 + 10000 · power) of librosa 0.11's mel spectrogram, reflected at the ends, in float32: for
each of two windows the probabilities [2, 50] and the embedding [2, 200] of `msd` and of `mtt`.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import AppError, Code
from engine.tag.musicnn.checkpoint import read
from engine.tag.musicnn.engine import Heard, MusicTagger
from engine.tag.musicnn.spectrum import WINDOW
from tests.fake_job import FakeJob
from tests.tag.conftest import Weights
from tests.tag.musicnn_bundle import install, played, variables, write_bundle

REFERENCE = Path(__file__).parent / "data" / "musicnn.npz"


def parts(heard: Heard) -> np.ndarray:
    return np.concatenate([heard.msd, heard.mtt, heard.msd_embedding, heard.mtt_embedding])


def heard(tagger: MusicTagger, sound: np.ndarray, cuts: Sequence[int] = (), every: int = 1) -> Heard:
    listener = tagger.listener(every)
    for block in np.split(sound, sorted(cuts)):
        listener.add(block)
    return listener.result()


@pytest.fixture(scope="module")
def tagger(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> MusicTagger:
    engine = MusicTagger(weights("musicnn"))
    engine.load(FakeJob(tmp_path_factory.mktemp("job")))
    return engine


class Counting(MusicTagger):
    """A tagger without networks, whose answer tells the windows apart."""

    batch = 2

    def __init__(self) -> None:
        self.windows = 0

    def hear(self, windows: np.ndarray) -> np.ndarray:
        self.windows += len(windows)
        told = np.stack([windows[:, ::193][:, :250], np.abs(windows[:, 1::193][:, :250])], axis=1)
        return told.astype(np.float32)


def test_probabilities_and_embeddings_are_those_of_the_original_graph(tagger: MusicTagger) -> None:
    with np.load(REFERENCE) as reference:
        found = heard(tagger, played())
        assert found.windows == 2 and found.msd.dtype == np.float32
        for name in ("msd", "mtt"):
            assert np.abs(getattr(found, name) - reference[name].mean(axis=0)).max() < 1e-5
            embedding = getattr(found, f"{name}_embedding")
            assert np.abs(embedding - reference[f"{name}_embedding"].mean(axis=0)).max() < 1e-4


@given(st.lists(st.integers(0, 3 * WINDOW), max_size=6), st.integers(1, 3 * WINDOW))
@settings(deadline=None, max_examples=40)
def test_the_result_does_not_depend_on_how_blocks_are_cut(cuts: list[int], samples: int) -> None:
    sound = np.random.default_rng(samples).uniform(-0.5, 0.5, samples).astype(np.float32)
    cut, whole = heard(Counting(), sound, cuts), heard(Counting(), sound)
    assert np.array_equal(parts(cut), parts(whole)) and cut.windows == whole.windows == -(-samples // WINDOW)


@pytest.mark.parametrize("samples", [0, 1, 2, 255, 257, WINDOW - 1, WINDOW + 1])
@pytest.mark.parametrize("level", [0.0, 1e-5, 1.0])
def test_every_sound_has_a_result(samples: int, level: float) -> None:
    sound = np.full(samples, level, np.float32)
    found = heard(Counting(), sound)
    assert np.isfinite(parts(found)).all()
    assert bool(parts(found).any()) is bool(found.windows) is (samples > 0 and level > 1e-3)


def test_loud_noise_and_a_short_sound_have_a_result(tagger: MusicTagger) -> None:
    noise = np.sign(np.random.default_rng(1).standard_normal(WINDOW // 7)).astype(np.float32)
    found = heard(tagger, noise)
    assert np.isfinite(parts(found)).all() and found.msd.max() <= 1 and found.windows == 1


def test_silence_between_music_says_nothing(tagger: MusicTagger) -> None:
    music = played()
    silent = np.zeros(2 * WINDOW, np.float32)
    assert np.allclose(
        parts(heard(tagger, np.concatenate([silent, music])))[:100], parts(heard(tagger, music))[:100], atol=0.02
    )
    assert heard(tagger, silent).windows == 0


def test_one_of_so_many_windows() -> None:
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, 5 * WINDOW).astype(np.float32)
    engine = Counting()
    assert heard(engine, sound, every=2).windows == engine.windows == 3


def test_a_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    values = variables()
    leavings = {"beta1_power": np.zeros(()), "dense/bias/Adam_1": np.zeros(200)}
    write_bundle(tmp_path / "index", tmp_path / "data", values | leavings)
    found = read(tmp_path / "index", tmp_path / "data")
    assert found.keys() == values.keys()
    assert all(np.array_equal(found[name].numpy(), value) for name, value in values.items())


def refused(files: list[Path], folder: Path) -> str:
    with pytest.raises(AppError) as error:
        MusicTagger(files).load(FakeJob(folder))
    assert error.value.code is Code.INVALID_INPUT and error.value.key == "checkpoint_unreadable"
    return str(error.value.values["file"])


@pytest.mark.parametrize("place", range(0, 5400, 613))
def test_a_damaged_index_is_refused(place: int, tmp_path: Path) -> None:
    files = install(tmp_path)
    content = files[0].read_bytes()
    files[0].write_bytes(content[: len(content) * place // 5400])
    assert refused(files, tmp_path) == "msd.index"


def test_what_a_bundle_must_not_be_is_refused(tmp_path: Path) -> None:
    files = install(tmp_path)
    assert refused([tmp_path / "none", *files[1:]], tmp_path) == "none"
    files[3].write_bytes(files[3].read_bytes()[:-4])
    assert refused(files, tmp_path) == "mtt.data"
    for wrong in (
        {"dense/bias": np.zeros(199)},
        {"dense_2/bias": np.zeros(1)},
        {"dense/bias": np.full(200, np.nan)},
        {"batch_normalization/moving_variance": np.full(1, -1.0)},
    ):
        write_bundle(files[2], files[3], variables() | wrong)
        assert refused(files, tmp_path) == "mtt.data"
    write_bundle(files[2], files[3], {name: value for name, value in variables().items() if name != "dense/bias"})
    assert refused(files, tmp_path) == "mtt.data"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path]:
    """The index of a bundle of a few variables, and its folder."""
    folder = tmp_path_factory.mktemp("bundle")
    values = {f"dense_{place}/kernel": np.ones((place, 3)) for place in range(30)}
    write_bundle(folder / "index", folder / "data", values)
    return (folder / "index").read_bytes(), folder


@given(st.integers(min_value=0), st.integers(0, 255))
@settings(deadline=None, max_examples=200)
def test_no_changed_byte_of_an_index_leads_astray(small: tuple[bytes, Path], place: int, byte: int) -> None:
    """Whatever it makes of the index, that is read or refused."""
    content, folder = bytearray(small[0]), small[1]
    content[place % len(content)] = byte
    (folder / "changed").write_bytes(content)
    try:
        found = {name: tensor.numel() for name, tensor in read(folder / "changed", folder / "data").items()}
    except AppError as error:
        assert error.code is Code.INVALID_INPUT
    else:
        assert sum(found.values()) <= 2 * (folder / "data").stat().st_size

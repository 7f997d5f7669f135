import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audio.encode import write
from engine.audio.layouts import STEREO, named
from engine.audio.scratch_audio import ScratchAudio
from engine.errors import AppError, Canceled, Code
from engine.parameters import Format
from engine.split.models import DEMUCS, ROFORMER
from engine.split.stream import Channels, Separation, SplitSource, edges, examine, triangle
from tests.audio.sounds import noise
from tests.split.made_sources import Shares, separation, stems, written

LAYOUTS = ["mono", "stereo", "3.0", "4.0", "quad", "5.1", "7.1(wide)", "FL+FR+TFL+TFC+TFR", "9 channels"]


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("4.0", [(0, 1), (2,), (3,)]), ("3.1", [(0, 1), (2,), (3,)]), ("quad", [(0, 1), (2, 3)]),
        ("5.1", [(0, 1), (2,), (3,), (4, 5)]), ("FL+FR+TFL+TFC+TFR", [(0, 1), (2, 4), (3,)]),
        ("4 channels", [(0,), (1,), (2,), (3,)]),
    ],
)  # fmt: skip
def test_a_model_hears_left_and_right_together_and_the_others_alone(
    tmp_path: Path, name: str, groups: list[tuple[int, ...]]
) -> None:
    layout, path = named(name), tmp_path / "a.flac"
    write(path, noise(layout.channels, 1000), 44_100, layout=layout, format=Format.FLAC)
    assert [group.places for group in examine(path, ScratchAudio(None), lambda samples: None).groups] == groups


@pytest.mark.parametrize("family", [DEMUCS, ROFORMER], ids=lambda family: family.name)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(LAYOUTS), samples=st.integers(1, 30_000), shifts=st.integers(1, 3),
    overlap=st.sampled_from([0.0, 0.25, 0.5, 0.75]), batch=st.integers(1, 4),
)  # fmt: skip
def test_windows_leave_no_seam(
    tmp_path: Path, family: object, name: str, samples: int, shifts: int, overlap: float, batch: int
) -> None:
    layout, path = named(name), tmp_path / "a.wav"
    channels = layout.channels
    audio = noise(channels, samples)
    write(path, audio, 44_100, layout=layout, format=Format.WAV, bit_depth="32f")
    model = Shares()
    made = separation(path, model, family, shifts, overlap, batch)  # type: ignore[arg-type]
    found = stems(made)
    assert found.shape == (4, channels, samples)
    for estimate, share in zip(found, model.shares.values(), strict=True):
        assert np.abs(estimate - _around_the_mean(audio, made, share)).max() < 2e-5
    assert all(size <= batch for size in model.batches)


def _around_the_mean(audio: np.ndarray, made: Separation, share: float) -> np.ndarray:
    """The offset that normalising takes away belongs to no stem."""
    offsets = np.zeros((len(audio), 1), np.float32)
    for group in made.source.groups:
        offsets[list(group.places)] = group.mean if made.model_family.normalised else 0
    return (audio - offsets) * np.float32(share)


@pytest.mark.parametrize("rate_hz", [8000, 22_050, 32_000, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("samples", [1, 17, 30_001])
def test_stems_have_the_rate_and_length_of_the_source(tmp_path: Path, rate_hz: int, samples: int) -> None:
    audio = noise(2, samples)
    found = stems(separation(written(tmp_path / "a.wav", audio, rate_hz), Shares(), ROFORMER))
    assert found.shape == (4, 2, samples)
    if samples > 1000 and rate_hz <= 44_100:  # nothing is lost on the way up and back but the band's very edge
        middle = slice(500, -500)
        assert np.corrcoef(found[0, 0, middle], audio[0, middle])[0, 1] > 0.95


def test_progress_counts_every_window_once(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", noise(6, 20_000))
    for family, shifts in ((DEMUCS, 1), (DEMUCS, 2), (ROFORMER, 1), (ROFORMER, 3)):
        model = Shares()
        made = separation(path, model, family, shifts)
        told: list[int] = []
        for _ in made.stems(told.append):
            pass
        assert sum(told) == made.windows
        # a shifted pass begins with silence, which is free
        assert sum(model.batches) == made.windows if shifts == 1 else 0 < sum(model.batches) <= made.windows


def test_silence_costs_nothing_and_stays_silence(tmp_path: Path) -> None:
    audio = noise(2, 60_000)
    audio[:, 10_000:50_000] = 0
    model = Shares()
    made = separation(written(tmp_path / "a.wav", audio), model)
    found = stems(made)
    assert len(model.batches) < made.windows
    assert not found[:, :, 15_000:45_000].any()
    silent = Shares()
    assert not stems(separation(written(tmp_path / "b.wav", np.zeros((2, 30_000), np.float32)), silent)).any()
    assert not silent.batches


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", noise(2, 40_000), 48_000)
    first, second = (stems(separation(path, Shares(), shifts=3)).tobytes() for _ in range(2))
    assert first == second


def test_a_wish_to_stop_is_heard_in_the_middle(tmp_path: Path) -> None:
    made = separation(written(tmp_path / "a.wav", noise(2, 60_000)), Shares())

    def stop(windows: int) -> None:
        raise Canceled

    with pytest.raises(Canceled):
        list(made.stems(stop))


def test_what_is_no_number_is_refused(tmp_path: Path) -> None:
    audio = noise(2, 1000)
    audio[0, 500] = np.nan
    with pytest.raises(AppError, match="NaN") as refused:
        examine(written(tmp_path / "a.wav", audio), ScratchAudio(None), lambda samples: None)
    assert refused.value.code is Code.INVALID_INPUT


def test_hours_need_little_memory(full: bool) -> None:
    """A stand-in for the scratch gives out hours; what Python and numpy hold at once is counted."""
    hours = 3.0 if full else 0.1
    samples = round(hours * 3600 * 44_100)
    second = noise(2, 44_100)

    class Hours(ScratchAudio):
        def __iter__(self) -> Iterator[np.ndarray]:
            for start in range(0, samples, 44_100):
                yield second[:, : samples - start]

    source = SplitSource(Hours(None), 44_100, STEREO, samples, (Channels((0, 1), 0.0, 0.3),))
    made = Separation(source, Shares(window=343_980), DEMUCS, 343_980, 0.25, 2, 1)
    tracemalloc.start()
    counted = sum(block.shape[-1] for block in made.stems(lambda windows: None))
    peak_mb = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert counted == samples and peak_mb < 300


def test_the_windows_fade_as_their_makers_have_it() -> None:
    assert triangle(5).tolist() == pytest.approx([1 / 3, 2 / 3, 1, 2 / 3, 1 / 3])
    assert triangle(4).tolist() == [0.5, 1, 1, 0.5]
    weights = edges(100)
    assert (weights[10:90] == 1).all() and (np.diff(weights[:11]) > 0).all() and np.allclose(weights, weights[::-1])

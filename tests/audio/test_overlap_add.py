import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.audio.overlap_add import OverlapAdd, cut, reflected
from tests.audio.sounds import noise


@given(
    samples=st.integers(1, 200), length=st.integers(1, 40), hop=st.integers(1, 40), size=st.integers(1, 90),
    batch=st.integers(1, 5),
)  # fmt: skip
def test_what_is_cut_and_joined_is_as_it_was(samples: int, length: int, hop: int, size: int, batch: int) -> None:
    windows = OverlapAdd(np.linspace(0.1, 1, length, dtype=np.float32), min(hop, length))
    audio = noise(2, samples)
    seen: list[int] = []

    def process(mix: NDArray[np.float32]) -> NDArray[np.float32]:
        assert mix.shape[1:] == (2, length) and len(mix) <= batch
        seen.append(len(mix))
        return np.stack([mix, -mix], axis=1)

    parts = list(windows.stream((audio[:, i : i + size] for i in range(0, samples, size)), process, batch=batch))
    joined = np.concatenate(parts, axis=-1)
    assert np.allclose(joined, np.stack([audio, -audio]), atol=1e-6)
    assert sum(seen) == windows.count(samples)


def test_the_last_window_sees_what_came_before_it() -> None:
    windows = OverlapAdd(np.ones(10, np.float32), 8)
    audio = np.arange(1, 14, dtype=np.float32)[None]
    seen = []
    list(windows.stream([audio], lambda mix: (seen.append(mix[0, 0]), mix)[1]))
    assert [window.tolist() for window in seen] == [list(range(1, 11)), [7, 8, 9, 10, 11, 12, 13, 0, 0, 0]]


def test_nothing_in_nothing_out() -> None:
    windows = OverlapAdd(np.ones(10, np.float32), 8)
    assert not list(windows.stream([], lambda mix: mix)) and windows.count(0) == 0


@pytest.mark.parametrize(("weights", "hop"), [((1, 0, 1), 1), ((1, 1), 3), ((1, 1), 0)])
def test_windows_that_would_leave_holes_are_refused(weights: tuple[float, ...], hop: int) -> None:
    with pytest.raises(ValueError, match="weights"):
        OverlapAdd(np.array(weights, np.float32), hop)


@given(samples=st.integers(2, 60), border=st.integers(0, 59), size=st.integers(1, 70))
def test_reflected_is_what_numpy_pads(samples: int, border: int, size: int) -> None:
    border = min(border, samples - 1)
    audio = noise(2, samples)
    stream = reflected((audio[:, i : i + size] for i in range(0, samples, size)), border)
    padded = np.concatenate(list(stream), axis=1)
    assert np.array_equal(padded, np.pad(audio, ((0, 0), (border, border)), mode="reflect"))


def test_cut_leaves_out_the_front_and_takes_all_in() -> None:
    audio = np.arange(20, dtype=np.float32)[None]
    for size, front, samples in itertools.product((1, 3, 20), (0, 4), (1, 7, 40)):
        stream = (audio[:, i : i + size] for i in range(0, 20, size))
        assert np.array_equal(
            np.concatenate(list(cut(stream, front, samples)), axis=-1), audio[:, front : front + samples]
        )
        assert next(stream, None) is None

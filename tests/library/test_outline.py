"""A waveform in sixty digits."""

import pytest

from engine.library.outline import POINTS, outline


def test_the_loudest_of_each_stretch_counts_and_the_highest_is_z() -> None:
    high, low = [0.0] * 600, [0.0] * 600
    high[5], low[305] = 0.25, -0.5
    digits = outline([high, low])
    assert len(digits) == POINTS
    assert digits == "i" + "0" * 29 + "z" + "0" * 29


@pytest.mark.parametrize("count", [1, 7, 59, 60, 61, 1000])
def test_any_number_of_peaks_becomes_as_many_digits(count: int) -> None:
    assert outline([[0.5] * count, [-0.1] * count]) == "z" * POINTS


def test_silence_is_flat_and_nothing_is_empty() -> None:
    assert outline([[0.0] * 8, [0.0] * 8]) == "0" * POINTS
    assert outline([[], []]) == ""

"""What two fundamentals tell of a transposition."""

import numpy as np
import pytest

from engine.match.features import F0
from engine.match.pitch_track import transposition


def tune(semitones: float, drop: int = 0) -> F0:
    """Two notes of nearly the same length, so that the median is either; the first frames may be unvoiced."""
    notes = np.repeat([0, 0, 2, 2, 0, 2], 25) + semitones
    values = (None,) * drop + tuple(220 * 2 ** (notes[drop:] / 12))
    return F0(sr_hz=50, starts_s=(0,), values=(values,), median_hz=None, voiced_share=1)


@pytest.mark.parametrize("semitones", [-2.7, -0.05, 0, 1.3])
def test_a_few_frames_more_do_not_move_it(semitones: float) -> None:
    for drop in (0, 3, 9):
        assert transposition(tune(0), tune(semitones, drop)) == pytest.approx(semitones, abs=0.01)


def test_without_pitches_there_is_none() -> None:
    silent = F0(sr_hz=50, starts_s=(0,), values=((None, None),), median_hz=None, voiced_share=0)
    assert transposition(silent, tune(0)) is None and transposition(None, tune(0)) is None

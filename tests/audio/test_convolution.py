"""Convolution of a stream against scipy's."""

import math

import numpy as np
import pytest
from scipy import signal

from engine.audio.convolution import Convolver
from engine.audio.processor import BLOCK


@pytest.mark.parametrize("taps", [1, 2, 777, BLOCK // 2, BLOCK // 2 + 1, BLOCK, 3 * BLOCK + 5])
def test_convolution_is_scipys_within_120_db(taps: int) -> None:
    random = np.random.default_rng(taps)
    response = random.standard_normal((2, taps)) * np.exp(-6.9 * np.arange(taps) / taps)
    audio = (0.1 * np.random.default_rng(0).standard_normal((2, 5 * BLOCK))).astype(np.float32)
    convolver, state, out = Convolver(response), None, []
    for start in range(0, audio.shape[1], BLOCK):
        made, state = convolver.process(audio[:, start : start + BLOCK], state)
        out.append(made)
    expected = signal.fftconvolve(audio.astype(np.float64), response, axes=1)[:, : audio.shape[1]]
    error = np.concatenate(out, axis=1) - expected
    assert 20 * math.log10(np.abs(error).max() / np.abs(expected).max()) < -120

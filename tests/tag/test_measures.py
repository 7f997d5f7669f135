"""What is measured of a sound, whatever its length."""

import numpy as np
import pytest

from engine.tag.measures import MeasuringListener


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.5, 0.99, 1.0, 1.1, 3.0])
def test_sounds_of_any_length_are_measured(seconds: float) -> None:
    listener = MeasuringListener()
    noise = np.random.default_rng(1).normal(0, 0.1, round(seconds * listener.rate_hz)).astype(np.float32)
    noise[noise.size // 2 :] *= 3
    listener.add(noise)
    found = listener.result()
    assert found.silent_share == 0
    assert found.energy is not None and 0 < found.energy < 1
    assert found.density is not None and 0 <= found.density < 20

"""Pictures of sounds whose spectrum is known."""

import numpy as np
import pytest

from engine.audio.spectrogram import COLUMNS, FLOOR_DB, ROWS, levels_of

RATE_HZ = 44_100


def blocks(sound: np.ndarray, size: int = 5000) -> list[np.ndarray]:
    sound = np.atleast_2d(sound).astype(np.float32)
    return [sound[:, at : at + size] for at in range(0, sound.shape[1], size)]


def test_a_sine_lights_its_own_row_at_its_own_level() -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    levels = levels_of(blocks(0.5 * np.sin(2 * np.pi * 5000 * time_s)), RATE_HZ)
    row = int(np.argmax(levels[:, levels.shape[1] // 2]))
    assert (ROWS - 1 - row) == pytest.approx(5000 / (RATE_HZ / 2) * ROWS, abs=1)
    assert levels.max() == pytest.approx(-6, abs=1.5)
    assert np.median(levels) < -80


def test_a_sweep_rises() -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    levels = levels_of(blocks(np.sin(2 * np.pi * (200 * time_s + 2400 * time_s**2))), RATE_HZ)
    rows = ROWS - 1 - np.argmax(levels, axis=0)[3:-3]
    assert (np.diff(rows) >= 0).all() and rows[0] < 10 and rows[-1] > 200


@pytest.mark.parametrize("channels", [1, 2, 9])
@pytest.mark.parametrize("samples", [1, 2, 700, 100_000])
def test_any_length_and_number_of_channels(channels: int, samples: int) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, (channels, samples))
    levels = levels_of(blocks(noise), RATE_HZ)
    assert levels.shape[0] == ROWS and 1 <= levels.shape[1] <= COLUMNS
    assert np.isfinite(levels).all() and levels.max() > -75


def test_silence_is_even_and_what_is_no_number_is_silence() -> None:
    for sound in (np.zeros(5000), np.full(5000, np.nan)):
        assert (levels_of(blocks(sound), 8000) == FLOOR_DB).all()


def test_the_picture_does_not_depend_on_the_blocks_and_stays_small() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 30 * RATE_HZ))
    one, many = levels_of(blocks(noise, 10**7), RATE_HZ), levels_of(blocks(noise, 4801), RATE_HZ)
    assert one.shape == many.shape and np.abs(one - many).max() < 1e-3
    long = levels_of((np.zeros((1, 441_000), np.float32) for _ in range(600)), RATE_HZ)
    assert long.shape[1] <= COLUMNS

"""An equaliser that nobody drew stays within 12 dB as a whole, and leaves the noise under the music where it is."""

import numpy as np
import pytest

from engine.match.analyze import analyze_features
from engine.match.eq_fit import MAX_GAIN_DB, fit_eq
from engine.match.features import FLOOR_DB, fine_hz
from engine.match.invert import invert_params
from engine.match.noise import Bounds
from engine.match.processors.equaliser import response_db
from engine.match.refine import refine
from tests.match.noisy_pairs import RATE_HZ, hiss, outcome, tilted, with_pauses
from tests.match.test_invert import music, real_music

PAIRS = 20
LEVELS_DB, DULL_DB, BRIGHT_DB = (-50, -60, -70, -55), (-9, -6, -3, -12), (6, 3, 8, 4)
GRID_HZ = np.geomspace(10, 21_000, 1000)


@pytest.mark.slow
def test_noise_in_pauses_comes_up_no_more_than_the_music(full: bool) -> None:
    """By the A weighting and by power, but for what a limiter takes off the music's peaks."""
    for n in range(PAIRS if full else 3):
        sounds = [real_music(20, 2 * n + k) * 0.5 if full else music(12, 2 * n + k) for k in (0, 1)]
        target, reference = with_pauses(tilted(sounds[0], 0, DULL_DB[n % 4])), tilted(sounds[1], 0, BRIGHT_DB[n % 4])
        noise = hiss(target.shape[1], LEVELS_DB[n % 4], ("white", "pink")[n // 2 % 2], n)
        made = outcome(target, noise, reference)
        more = {name: rise - made.music_rise_db - made.limited_db for name, rise in made.noise_rise_db.items()}
        print(
            f"\n{n}: {made.apart_db:.0f} dB apart, music {made.music_rise_db:+.1f}",
            {k: round(v, 1) for k, v in more.items()},
        )
        assert more["A"] < 1.5 and more["all"] < 1.5, n
        assert made.curve_db.max() <= MAX_GAIN_DB + 0.05


def test_steady_noise_is_told_from_music() -> None:
    sound = music(12, 1)
    paused = with_pauses(sound - hiss(sound.shape[1], -60, "white", 5) * 0)
    floor = hiss(sound.shape[1], -60, "white", 2)
    told = np.array(analyze_features(paused + floor, RATE_HZ, 2).noise_db)
    alone = np.array(analyze_features(floor, RATE_HZ, 2).spectrum.mid_db)
    assert np.abs(told - alone)[11:].max() < 2.5
    for free in (sound, np.zeros_like(sound), hiss(sound.shape[1], -20, "pink", 3)):
        heard = analyze_features(free, RATE_HZ, 2).noise_db
        assert max(heard[:20], default=FLOOR_DB) == FLOOR_DB


@pytest.mark.parametrize("seed", range(12))
def test_the_whole_curve_of_a_fit_stays_within_its_bound(seed: int) -> None:
    """Whatever is wanted: bells beside each other do not add up to more than one of them may do."""
    random = np.random.default_rng(seed)
    f_hz = np.array(fine_hz())
    steps = random.choice([-30.0, 30.0], 6)
    wanted = np.interp(np.arange(len(f_hz)), np.linspace(0, len(f_hz), 6), steps)
    fit = fit_eq(f_hz, wanted, np.ones(len(f_hz)), RATE_HZ)
    assert np.abs(response_db(fit.bands, RATE_HZ, GRID_HZ)).max() <= MAX_GAIN_DB + 0.05


@pytest.mark.parametrize(("low_db", "high_db"), [(12, -12), (-12, 12), (12, 12), (-12, -12)])
def test_no_pair_of_sounds_is_equalised_by_more(low_db: float, high_db: float) -> None:
    target, reference = music(8, 1), tilted(tilted(music(8, 2), low_db, high_db), low_db, high_db)
    reference[1] *= 0.3
    style = invert_params(*(analyze_features(sound, RATE_HZ, 2) for sound in (reference, target))).style
    assert style.eq
    for bands in (style.eq, style.side_eq):
        assert np.abs(response_db(bands, RATE_HZ, GRID_HZ)).max() <= MAX_GAIN_DB + 0.05


def test_a_search_stays_within_the_bounds() -> None:
    target = with_pauses(tilted(music(8, 1), 0, -9)) + hiss(8 * RATE_HZ, -55, "white", 1)
    heard = [analyze_features(sound, RATE_HZ, 2) for sound in (tilted(music(8, 2), 0, 9), target)]
    found = refine(invert_params(*heard).style, *heard, target, RATE_HZ, 2, evaluations=15)
    assert Bounds(heard[1]).within(found.style.eq)

"""The ceiling that gives a sound its crest factor."""

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.loudness import measure
from engine.match.analyze import analyze_features
from engine.match.crest import CrestMeter, under_crest
from engine.match.render import Report, render
from engine.match.style import LimiterSettings, LoudnessTarget, StyleParams

RATE = 44_100


def drums(seconds: float = 6) -> Audio:
    """Hits on steady noise, the left ones higher."""
    random = np.random.default_rng(3)
    t = np.arange(round(seconds * RATE)) / RATE
    hits = np.exp(-30 * (t % 0.37)) * (0.6 + 0.4 * np.sin(9 * t)) * random.standard_normal(len(t))
    ground = 0.05 * random.standard_normal((2, len(t)))
    return (0.2 * np.array([hits, 0.8 * hits]) + 2.0 * ground).astype(np.float32)


def measured(audio: Audio) -> CrestMeter:
    levels = CrestMeter(len(audio))
    for block in (audio[:, :999], audio[:, 999:999], audio[:, 999:]):
        levels.add(block)
    return levels


def crest_db(audio: Audio) -> float:
    found = analyze_features(audio, RATE, len(audio)).dynamics.crest_db
    assert found is not None
    return found


def test_the_ceiling_is_what_clipping_at_it_shows() -> None:
    sound = drums()
    wished = crest_db(sound) - 2.5
    ceiling = 10 ** (measured(sound).ceiling_db(wished, 0.0, 0.0) / 20)
    peaks = np.minimum(np.abs(sound).max(axis=1), ceiling)
    rms = np.sqrt(np.square(sound, dtype=np.float64).mean(axis=1))
    assert np.mean(20 * np.log10(peaks / rms)) == pytest.approx(wished, abs=1e-4)


def test_one_channel_under_the_ceiling_is_left_as_it_is() -> None:
    levels = measured(np.array([[0.8, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1]], np.float32))
    whole = 0.5 * (20 * np.log10(0.8) - 10 * np.log10(0.1675) + 0 + 0)
    rms = 0.5 * (10 * np.log10(0.1675) + 20 * np.log10(0.1))
    ceiling_db = levels.ceiling_db(whole - 2, 0.0, 0.0)
    assert 0.5 * (ceiling_db + 20 * np.log10(0.1)) - rms == pytest.approx(whole - 2, abs=1e-4)


@pytest.mark.parametrize(("less_db", "expected_db"), [(-3, -0.5), (40, -6.5)])
def test_the_ceiling_stays_between_its_ends(less_db: float, expected_db: float) -> None:
    sound = np.float32(3) * drums()  # its peaks rise over full scale
    ceiling_db = measured(sound).ceiling_db(crest_db(sound) - less_db, 0.0, -0.5)
    assert ceiling_db == pytest.approx(expected_db, abs=1e-6)


def test_silence_keeps_its_ceiling() -> None:
    assert measured(np.zeros((2, 2000), np.float32)).ceiling_db(12, 0, -1) == -1
    assert CrestMeter(2).ceiling_db(12, 0, -1) == -1
    assert under_crest(None, CrestMeter(1), 0) is None
    assert under_crest(LimiterSettings(), CrestMeter(1), 0) == LimiterSettings()


@pytest.mark.parametrize("less_db", [1.5, 2.5, 4])
def test_a_rendering_has_the_crest_factor_and_the_loudness(less_db: float) -> None:
    sound = drums()
    wished, report = crest_db(sound) - less_db, Report()
    style = StyleParams(lufs=LoudnessTarget(target_db=-20), limiter=LimiterSettings(tp_db=0, crest_db=wished))
    made = np.concatenate(list(render(sound, RATE, 2, style, report=report)), axis=1)
    levels = measure(made, RATE)
    assert crest_db(made) == pytest.approx(wished, abs=0.12)
    assert levels.loudness_lufs == pytest.approx(-20, abs=0.1)
    assert levels.true_peak_dbtp is not None and report.ceiling_dbtp is not None
    assert levels.true_peak_dbtp <= report.ceiling_dbtp < 0


def test_loudness_comes_before_the_crest_factor() -> None:
    t = np.arange(6 * RATE) / RATE
    tone = sum(np.sin(2 * np.pi * k * 220 * t) / k for k in range(1, 16)) * np.float64(0.2)
    audio = np.stack([tone, tone]).astype(np.float32)
    target_db = (measure(audio, RATE).loudness_lufs or 0) + 1
    style = StyleParams(lufs=LoudnessTarget(target_db=target_db), limiter=LimiterSettings(tp_db=0, crest_db=0.5))
    report = Report()
    made = np.concatenate(list(render(audio, RATE, 2, style, report=report)), axis=1)
    assert measure(made, RATE).loudness_lufs == pytest.approx(target_db, abs=0.15)
    assert report.loudness_lufs == pytest.approx(target_db, abs=0.1)

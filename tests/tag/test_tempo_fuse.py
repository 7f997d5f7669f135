"""One tempo out of TempoCNN's shares and BeatNet's activations."""

from collections.abc import Sequence

import numpy as np
import pytest

from engine.tag.tempo.beatnet import HeardBeats
from engine.tag.tempo.fuse import CURVE_STEP_S, LEAST_CONFIDENCE, fuse, pulse_of, spread
from engine.tag.tempo.tempocnn import CLASSES, SLOWEST_BPM, TempoDistribution


def shares(**bpm: float) -> TempoDistribution:
    """Peaks at named tempos: `a=120.0` alone, or with weights by order 2 to 1."""
    tempos = SLOWEST_BPM + np.arange(CLASSES)
    peaks = [2.0**-place * np.exp(-0.5 * (tempos - at) ** 2) for place, at in enumerate(bpm.values())]
    return TempoDistribution((np.sum(peaks, axis=0) / np.sum(peaks)).astype(np.float32))


def played(times_s: Sequence[float] | np.ndarray, beats_per_bar: int, seed: int = 0) -> np.ndarray:
    """Activations of beats at given times, the first of them the first of a bar, over a little noise."""
    found = np.random.default_rng(seed).uniform(0.002, 0.02, (int(times_s[-1] * 50) + 60, 2)).astype(np.float32)
    frames = np.arange(len(found))
    for number, time_s in enumerate(times_s):
        shape = 0.95 * np.maximum(0, 1 - np.abs(frames - 50 * time_s) / 2)
        found[:, int(number % beats_per_bar == 0)] += shape
    return np.minimum(found, 0.97)


def steady(bpm: float, seconds: float = 30.0) -> np.ndarray:
    return np.arange(0.4, seconds, 60 / bpm)


@pytest.mark.parametrize("beats_per_bar", [3, 4])
@pytest.mark.parametrize("bpm", [61.3, 97.0, 128.45, 174.0])
def test_a_steady_tempo_is_known_to_a_tenth_of_a_percent(bpm: float, beats_per_bar: int) -> None:
    times = steady(bpm)
    tempo = fuse(shares(a=bpm), played(times, beats_per_bar))
    assert tempo is not None
    assert tempo.bpm == pytest.approx(bpm, rel=1e-3)
    assert tempo.beats_per_bar == beats_per_bar
    assert len(tempo.beats_s) == len(times) and np.abs(np.array(tempo.beats_s) - times).max() < 0.02
    assert np.abs(np.array(tempo.downbeats_s) - times[::beats_per_bar]).max() < 0.02
    assert tempo.confidence > 0.8 and spread(np.array(tempo.curve_bpm)) < 0.02
    assert tempo.alternative_bpm == pytest.approx(bpm * 2 if bpm < 110 else bpm / 2, rel=1e-3)
    assert len(tempo.curve_bpm) == 1 + int(tempo.beats_s[-1] / CURVE_STEP_S)
    assert np.allclose(tempo.curve_bpm, bpm, rtol=0.01)


def test_the_octave_is_tempocnns_and_the_beats_go_along() -> None:
    strokes = played(steady(174.0), 8)
    for bpm in (174.0, 87.0):
        tempo = fuse(shares(a=bpm), strokes)
        assert tempo is not None and tempo.bpm == pytest.approx(bpm, rel=1e-3)
        assert np.diff(tempo.beats_s).mean() == pytest.approx(60 / bpm, rel=5e-3)


def test_a_range_has_the_last_word() -> None:
    strokes, heard = played(steady(174.0), 8), shares(a=174.0)
    for low, high in ((70, 100), (60, None), (None, 120), (85, 90), (160, 180)):
        tempo = fuse(heard, strokes, low, high)
        assert tempo is not None and (low or 0) <= tempo.bpm <= (high or 300)
        assert min(abs(tempo.bpm / bpm - 1) for bpm in (174, 87)) < 1e-3


def test_an_alternative_is_the_likelier_of_half_and_double() -> None:
    sound = played(steady(110.0), 4)
    for other in (55.0, 220.0):
        tempo = fuse(shares(a=110.0, b=other), sound)
        assert tempo is not None and tempo.alternative_bpm == pytest.approx(other, rel=1e-3)


def test_where_a_tempo_drifts_its_curve_follows() -> None:
    at, bpm, times = 0.5, 95.0, list[float]()
    while at < 60:
        times.append(at)
        bpm = 95 + 0.5 * at
        at += 60 / bpm
    tempo = fuse(shares(a=110.0), played(times, 4))
    assert tempo is not None and spread(np.array(tempo.curve_bpm)) > 0.1
    assert tempo.bpm == pytest.approx(110, rel=0.02)
    moments = CURVE_STEP_S * np.arange(len(tempo.curve_bpm))
    inside = (moments > 6) & (moments < 54)
    assert np.allclose(np.array(tempo.curve_bpm)[inside], 95 + 0.5 * moments[inside], rtol=0.01)


def test_a_stumble_does_not_move_the_tempo() -> None:
    times = np.concatenate([steady(120.0, 20), 20.17 + steady(120.0, 20)])
    tempo = fuse(shares(a=120.0), played(times, 4))
    assert tempo is not None and tempo.bpm == pytest.approx(120, rel=2e-3)


@pytest.mark.parametrize("seed", range(3))
def test_without_pulse_there_is_little_confidence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    anything = TempoDistribution(np.full(CLASSES, 1 / CLASSES, np.float32))
    noise = rng.dirichlet([0.3, 0.3, 2], size=1000)[:, :2].astype(np.float32)
    at_random = played(np.sort(rng.uniform(0, 30, 50)), 99)
    for activations in (noise, at_random):
        tempo = fuse(anything, activations)
        assert tempo is not None and tempo.confidence < LEAST_CONFIDENCE


def test_without_beats_there_is_no_tempo() -> None:
    for frames in (0, 1, 1000):
        assert fuse(shares(a=120.0), np.zeros((frames, 2), np.float32)) is None
    assert fuse(shares(a=120.0), played(steady(120.0, 1.6), 4)) is None


def test_the_tempo_is_the_first_networks_and_the_bars_are_those_of_all() -> None:
    times = steady(120.0)
    first, mean = played(times, 4), played(times, 3, seed=1)
    alone, both = fuse(shares(a=120.0), first), pulse_of(shares(a=120.0), HeardBeats(first, mean))
    assert alone is not None and both is not None
    assert both.beats_per_bar == 3 and np.abs(np.array(both.downbeats_s) - times[::3]).max() < 0.02
    assert both.bpm == pytest.approx(120, rel=1e-3) and both.confidence == alone.confidence
    far = played(steady(87.0), 4)
    assert pulse_of(shares(a=120.0), HeardBeats(first, far)) == alone
    assert pulse_of(shares(a=120.0), HeardBeats(first[:0], mean)) is None

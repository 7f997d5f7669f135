"""Distances are 0 to oneself, known for known changes; refinement comes nearer and says by how much."""

import json

import pytest

from engine.match.analyze import analyze_features
from engine.match.invert import invert_params
from engine.match.metrics import Artefacts, bark_distance, distance
from engine.match.refine import refine
from tests.match.test_invert import RATE, chain, music, rendered


def test_a_sound_is_at_no_distance_from_itself() -> None:
    heard = analyze_features(music(5, 1), RATE, 2)
    far = distance(heard, heard)
    assert (far.stft_dist, far.mel_dist, far.bark_dist, far.lufs_err, far.crest_err_db, far.width_err) == (0,) * 6


def test_six_decibels_are_six_decibels() -> None:
    sound = music(5, 1)
    heard, half = (analyze_features(s, RATE, 2) for s in (sound, sound / 2))
    far = distance(half, heard)
    assert far.bark_dist == pytest.approx(6.02, abs=0.05)
    assert far.mel_dist == pytest.approx(6.02, abs=0.4)
    assert far.lufs_err == pytest.approx(6.02, abs=0.02)
    assert far.crest_err_db == pytest.approx(0, abs=0.01)
    assert bark_distance(heard, half) == pytest.approx(bark_distance(half, heard))


def test_clicks_and_clipping_are_counted_and_music_is_not() -> None:
    sound = music(5, 2)
    counted = Artefacts(2)
    counted.add(sound)
    assert counted.count == 0
    spoilt = sound.copy()
    spoilt[0, 50_000] += 0.9
    spoilt[1, 70_000:70_010] = 1.0
    again = Artefacts(2)
    for start in range(0, spoilt.shape[1], 30_000):
        again.add(spoilt[:, start : start + 30_000])
    assert 2 <= again.count <= 5
    assert again.rate(RATE) == pytest.approx(again.count / 5, rel=0.01)


def test_distances_tell_how_much_nearer_a_match_came() -> None:
    sound = music(6, 3)
    other = rendered(music(6, 4), chain(5))
    target, reference = analyze_features(sound, RATE, 2), analyze_features(other, RATE, 2)
    result = analyze_features(rendered(sound, invert_params(reference, target).style), RATE, 2)
    before, after = distance(target, reference), distance(result, reference)
    assert after.mel_dist < before.mel_dist
    assert json.loads(json.dumps(after.model_dump(), allow_nan=False))


def test_refinement_comes_nearer_and_is_the_same_every_time() -> None:
    target, reference = music(6, 3), rendered(music(6, 4), chain(5))
    features = [analyze_features(s, RATE, 2) for s in (reference, target)]
    style = invert_params(*features).style
    worse = style.model_copy(update={"eq": tuple(b.model_copy(update={"gain_db": b.gain_db * 0.6}) for b in style.eq)})
    refined = refine(worse, *features, target[:, : 4 * RATE], RATE, 2, evaluations=24)
    assert refined.evaluations == 24
    assert refined.after_db < refined.before_db
    assert refined == refine(worse, *features, target[:, : 4 * RATE], RATE, 2, evaluations=24)

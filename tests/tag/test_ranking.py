"""Which descriptors stand out, with the published vectors of the shared bank in place of the text tower's."""

import json
from math import erf, sqrt
from pathlib import Path

import numpy as np
import pytest

from engine.tag.descriptors import CATEGORIES, load
from engine.tag.descriptors.ranking import LEAST, TOP, Vectors, ranked
from tests.wants import wants

SHARED = Path(__file__).parents[3] / "shared" / "data" / "clamp3"
BANK = load()
shared = pytest.mark.skipif(not SHARED.is_dir(), reason=wants("shared data"))


def published() -> Vectors:
    """float32 [160, 768], in the order of the shared bank, which is ours (test_descriptors)."""
    vectors: Vectors = np.load(SHARED / "descriptor_embeddings_clamp3.npy", allow_pickle=False)
    assert vectors.shape == (sum(map(len, json.loads((SHARED / "descriptor_bank.json").read_text()).values())), 768)
    return vectors


def random(seed: int, *shape: int) -> Vectors:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@shared
def test_a_descriptors_vector_under_as_much_noise_is_first_in_its_category_and_clear() -> None:
    texts = published()
    noise = random(0, *texts.shape)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    for descriptor, audio in zip(BANK.descriptors, texts + noise, strict=True):
        own = [match for match in ranked(audio, texts, BANK) if match.category == descriptor.category]
        assert own[0].name == descriptor.id and own[0].score >= LEAST, descriptor


@shared
def test_what_lies_near_in_the_published_vectors_is_named_beside() -> None:
    texts = published()
    where = {(one.category, one.id): at for at, one in enumerate(BANK.descriptors)}
    nears = {
        ("mood", "sad"): "melancholic",
        ("genre", "techno"): "electronic",
        ("instruments", "piano"): "rhodes piano",
    }
    for word, near in nears.items():
        found = [match.name for match in ranked(texts[where[word]], texts, BANK)]
        assert {word[1], near} <= {*found}


def test_the_score_is_what_lies_above_the_mean_in_standard_deviations_of_the_category() -> None:
    audio, texts = random(1, 20), random(2, 160, 20)
    cosines = texts @ audio / np.linalg.norm(texts, axis=1) / np.linalg.norm(audio)
    found = {(match.category, match.name): match for match in ranked(audio, texts, BANK, top=99, least=0)}
    assert len(found) == 160
    for category in CATEGORIES:
        at = [place for place, one in enumerate(BANK.descriptors) if one.category == category]
        lifts = cosines[at] - cosines[at].mean()
        matches = [found[category, BANK.descriptors[place].id] for place in at]
        assert np.allclose([match.above_mean for match in matches], lifts, atol=1e-6)
        expected = [0.5 + 0.5 * erf(lift / lifts.std() / sqrt(2)) for lift in lifts]
        assert np.allclose([match.score for match in matches], expected, atol=1e-6)


def test_lengths_of_vectors_make_no_difference() -> None:
    audio, texts = random(1, 20), random(2, 160, 20)
    longer = texts * np.exp(random(3, 160, 1))
    for first, second in zip(ranked(audio, texts, BANK), ranked(100 * audio, longer, BANK), strict=True):
        assert (first.category, first.name) == (second.category, second.name)
        assert first.above_mean == pytest.approx(second.above_mean, abs=1e-6)


def test_each_category_gives_its_clearest_and_no_more() -> None:
    audio, texts = random(1, 20), random(2, 160, 20)
    everything, found = ranked(audio, texts, BANK, top=99, least=0), ranked(audio, texts, BANK)
    for category in CATEGORIES:
        own = [match for match in found if match.category == category]
        ordered = [match for match in everything if match.category == category]
        assert [match.above_mean for match in ordered] == sorted((match.above_mean for match in ordered), reverse=True)
        assert own == [match for match in ordered[:TOP] if match.score >= LEAST]


@pytest.mark.parametrize("audio", [np.zeros(20, np.float32), np.full(20, 1e-30, np.float32)])
def test_what_says_nothing_is_called_nothing(audio: Vectors) -> None:
    texts = np.ones((160, 20), np.float32) if audio.any() else random(2, 160, 20)
    assert ranked(audio, texts, BANK) == ()

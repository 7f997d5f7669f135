"""Which descriptors stand out, with the published vectors of the shared bank in place of the text tower's."""

import json
from math import erf, sqrt
from pathlib import Path

import numpy as np
import pytest

from engine.tag.descriptors import CATEGORIES, load
from engine.tag.descriptors.ranking import LEAST, Vectors, cosines, ranked
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


def like(name: str, texts: Vectors) -> Vectors:
    """A direction near a descriptor's, and a little near to all others by chance."""
    at = next(place for place, one in enumerate(BANK.descriptors) if one.id == name)
    return texts[at] / np.linalg.norm(texts[at]) + 0.02 * random(1, texts.shape[1])


def test_the_score_is_what_lies_above_the_mean_in_standard_deviations_of_the_category() -> None:
    texts = random(2, 160, 300)
    audio = like("punk", texts)
    found = cosines(audio, texts)
    assert np.allclose(found, texts @ audio / np.linalg.norm(texts, axis=1) / np.linalg.norm(audio), atol=1e-6)
    at = [place for place, one in enumerate(BANK.descriptors) if one.category == "genre"]
    lifts = found[at] - found[at].mean()
    (match,) = ranked(audio, texts, BANK)
    assert match.name == "punk"
    assert match.score == pytest.approx(0.5 + 0.5 * erf(lifts.max() / lifts.std() / sqrt(2)), abs=1e-6)


def test_lengths_of_vectors_make_no_difference() -> None:
    texts = random(2, 160, 300)
    audio = like("punk", texts)
    first, second = ranked(audio, texts, BANK), ranked(100 * audio, texts * np.exp(random(3, 160, 1)), BANK)
    assert [match.name for match in first] == [match.name for match in second] == ["punk"]
    assert first[0].score == pytest.approx(second[0].score, abs=1e-6)


def test_each_category_gives_its_clearest_first() -> None:
    texts = random(2, 160, 300)
    moods = [place for place, one in enumerate(BANK.descriptors) if one.category == "mood"][:3]
    audio = texts[moods].T @ np.array([1.0, 3.0, 2.0], np.float32) + texts[100]
    found = ranked(audio, texts, BANK)
    assert [match.name for match in found if match.category == "mood"] == [
        BANK.descriptors[place].id for place in (moods[1], moods[2], moods[0])
    ]
    assert [CATEGORIES.index(match.category) for match in found] == sorted(
        CATEGORIES.index(match.category) for match in found
    )
    assert [match for match in found if match.score >= 0.99] == [*ranked(audio, texts, BANK, least=0.99)]


@shared
@pytest.mark.parametrize("seed", range(3))
def test_a_direction_by_chance_is_called_hardly_anything(seed: int) -> None:
    texts = published()
    named = [len(ranked(audio, texts, BANK)) for audio in random(seed, 200, 768)]
    assert sum(named) < 30


@pytest.mark.parametrize("audio", [np.zeros(20, np.float32), np.full(20, 1e-30, np.float32)])
def test_what_says_nothing_is_called_nothing(audio: Vectors) -> None:
    texts = np.ones((160, 20), np.float32) if audio.any() else random(2, 160, 20)
    assert ranked(audio, texts, BANK) == ()

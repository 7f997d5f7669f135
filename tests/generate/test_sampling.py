"""Sampling means what it means for language models."""

from collections import Counter

import pytest

from engine.generate.composer.sampling import Sampling

CANDIDATES = [("a", 6.0), ("b", 3.0), ("c", 1.0)]


def shares(sampling: Sampling, wish=None, draws: int = 6000) -> dict[str, float]:
    dice = sampling.dice("test")
    counted = Counter(dice.choose(CANDIDATES, wish) for _ in range(draws))
    return {name: counted[name] / draws for name, _ in CANDIDATES}


def test_temperature_one_keeps_the_weights():
    found = shares(Sampling(1, 1.0, 0, 0.0))
    assert found == pytest.approx({"a": 0.6, "b": 0.3, "c": 0.1}, abs=0.03)


def test_low_temperature_is_safe_and_high_is_surprising():
    assert shares(Sampling(1, 0.1, 0, 0.0))["a"] > 0.99
    hot = shares(Sampling(1, 2.0, 0, 0.0))
    assert hot["c"] == pytest.approx(1 / (1 + 3**0.5 + 6**0.5), abs=0.03)


def test_top_k_keeps_the_likeliest():
    assert shares(Sampling(1, 1.0, 2, 0.0))["c"] == 0
    assert shares(Sampling(1, 1.0, 1, 0.0))["a"] == 1


def test_top_p_takes_the_smallest_set_that_reaches_it_and_switches_top_k_off():
    found = shares(Sampling(1, 1.0, 1, 0.8))
    assert found["b"] > 0.2
    assert found["c"] == 0


def test_guidance_multiplies_the_wish():
    def wish(name: str) -> float:
        return 2.0 if name == "c" else 1.0

    weak = shares(Sampling(1, 1.0, 0, 0.0, 1.0), wish)["c"]
    strong = shares(Sampling(1, 1.0, 0, 0.0, 5.0), wish)["c"]
    assert weak == pytest.approx(2 / 11, abs=0.03)
    assert strong == pytest.approx(32 / 41, abs=0.03)


def test_purposes_have_streams_of_their_own():
    sampling = Sampling(7)
    alone = [sampling.dice("melody").uniform() for _ in range(1)]
    sampling.dice("drums").uniform()
    assert alone == [sampling.dice("melody").uniform()]
    assert sampling.dice("drums").uniform() != sampling.dice("melody").uniform()

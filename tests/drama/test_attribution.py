"""How often who speaks is found, in texts labelled by hand: three languages, two sets held out of all tuning.

Reached in November 2026, precision and recall: English tuning .972 and .968, held-out .843 and .837, second .895 and
.885; Russian .944 and .931, .882 and .865, .696 and .676; Chinese .920 and .908, .818 and .811, .757 and .747. Held-out
texts were counted only; the second set was labelled before the rules that followed it.
"""

from functools import cache

import pytest

from engine.drama.cast import DOUBTFUL, attribute, persons
from engine.drama.project import uncovered
from tests.drama.attribution_texts import Score, read, score, texts

LEAST = {
    ("en", "tuning"): (0.95, 0.95),
    ("en", "held-out"): (0.82, 0.81),
    ("en", "held-out 2"): (0.88, 0.87),
    ("ru", "tuning"): (0.92, 0.91),
    ("ru", "held-out"): (0.86, 0.84),
    ("ru", "held-out 2"): (0.67, 0.65),
    ("zh", "tuning"): (0.89, 0.88),
    ("zh", "held-out"): (0.80, 0.79),
    ("zh", "held-out 2"): (0.74, 0.73),
}
"""Language and part -> precision and recall that stay."""


@pytest.fixture(scope="module", autouse=True)
def _recogniser_once() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(persons, "recogniser", cache(persons.recogniser))
        yield


@cache
def scores(language: str, part: str) -> Score:
    found = Score()
    for text in texts(language):
        if text.part == part:
            project = attribute(read(text))
            assert uncovered(project) == []
            one = score(text, project)
            found.counts += one.counts
            found.wrong += one.wrong
    return found


@pytest.mark.parametrize(("language", "part"), LEAST)
def test_speakers_are_found(language: str, part: str) -> None:
    found = scores(language, part)
    print(f"{language} {part}: precision {found.precision():.3f}, recall {found.recall():.3f}, {dict(found.counts)}")
    precision, recall = LEAST[language, part]
    assert found.precision() >= precision
    assert found.recall() >= recall


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_there_are_texts_enough(language: str) -> None:
    lines = {part: scores(language, part).counts["all"] for part in ("tuning", "held-out", "held-out 2")}
    assert sum(lines.values()) >= 450
    assert lines["held-out"] + lines["held-out 2"] >= 0.5 * sum(lines.values())


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_one_person_is_one_character_mostly(language: str) -> None:
    counts = scores(language, "tuning").counts
    assert counts["one"] >= 0.85 * counts["right"]


def test_what_is_wrong_is_doubtful_more_often_than_what_is_right() -> None:
    wrong = right = doubtful_wrong = doubtful_right = 0
    for language in ("en", "ru", "zh"):
        found = scores(language, "tuning")
        wrong += len(found.wrong)
        right += found.counts["right"]
        doubtful_wrong += sum(line.confidence < DOUBTFUL for line, _, _ in found.wrong)
        doubtful_right += found.counts["doubtful right"]
    assert doubtful_wrong / wrong > 4 * doubtful_right / right

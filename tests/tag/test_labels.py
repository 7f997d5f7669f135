"""The hundred labels of musicnn as tags."""

import numpy as np
import pytest

from engine.tag.descriptors.bank import load
from engine.tag.labels import SHOWN, built_in_reference, chosen, scores, tag_names, tags

MSD, MTT = np.zeros(50, np.float32), np.zeros(50, np.float32)


def test_every_label_is_in_one_tag_and_42_tags_are_descriptors() -> None:
    names = tag_names()
    assert sorted(place for tag in names for place in tag.labels) == list(range(100))
    assert len({tag.name for tag in names}) == len(names) == len(built_in_reference()) == 68
    assert sum(tag.descriptor for tag in names) == 42
    bank = {descriptor.id for descriptor in load().descriptors}
    assert all((tag.name in bank) is tag.descriptor for tag in names)
    assert all(tag.name == tag.name.lower() and tag.category in SHOWN for tag in names)
    assert (built_in_reference() > 0).all()


@pytest.mark.parametrize(
    ("msd", "mtt", "name"),
    [
        ({"rock": 0.2}, {"rock": 0.6}, "rock"),
        ({}, {"voice": 0.1, "singing": 0.6}, "vocals"),
        ({"female vocalists": 0.6}, {"woman": 0.2}, "female voice"),
        ({"heavy metal": 0.6, "metal": 0.4}, {}, "metal"),
    ],
)
def test_labels_that_mean_the_same_are_one_tag_with_the_highest_score(
    msd: dict[str, float], mtt: dict[str, float], name: str
) -> None:
    from engine.tag.labels import _document

    places = {kind: _document()[kind].index for kind in ("msd", "mtt")}
    given = {"msd": MSD.copy(), "mtt": MTT.copy()}
    for kind, labels in (("msd", msd), ("mtt", mtt)):
        for label, score in labels.items():
            given[kind][places[kind](label)] = score
    found = {
        tag.name: score for tag, score in zip(tag_names(), scores(given["msd"], given["mtt"]), strict=True) if score
    }
    assert found == {name: pytest.approx(0.6)}


def test_tags_are_ranked_in_their_categories_by_score_and_lift() -> None:
    reference = np.full(len(tag_names()), 0.1, np.float32)
    random = np.random.default_rng(1)
    msd, mtt = (random.uniform(0, 0.6, 50).astype(np.float32) for _ in range(2))
    ranked = tags(msd, mtt, reference)
    assert {tag.name for tag in ranked} == {tag.name for tag in tag_names()}
    assert list(dict.fromkeys(tag.category for tag in ranked)) == list(SHOWN)
    assert all(tag.lift == pytest.approx(tag.score / 0.1) for tag in ranked)
    genres = [tag.score for tag in ranked if tag.category == "genre"]
    assert genres == sorted(genres, reverse=True)
    lifted = tags(msd, mtt, np.where([tag.name == "opera" for tag in tag_names()], 0.0, reference))
    assert next(tag.name for tag in lifted if tag.category == "genre") == "opera"
    best = chosen(ranked, 3)
    assert all(sum(tag.category == category for tag in best) <= most for category, most in SHOWN.items())
    assert all(tag in ranked and tag.lift >= 1 for tag in best)
    assert chosen(ranked, 1) == best, "who wants fewer has the first of them"
    more = chosen(ranked, 5)
    assert set(best) < set(more) and all(tag.lift >= 1 for tag in more)
    assert {category: sum(tag.category == category for tag in more) for category in ("genre", "mood")} == {
        "genre": 5, "mood": 4,
    }  # fmt: skip


def test_nothing_is_said_of_silence() -> None:
    assert chosen(tags(MSD, MTT), 10) == []

"""What was found, as tags of a file: the words, and what keep, merge and overwrite would change."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tag.file_tags import NAMES, WantedTags, difference, digest, wanted

Values = dict[str, list[str]]


def tag(name: str, category: str = "genre", source: str = "musicnn") -> dict[str, Any]:
    return {"name": name, "category": category, "score": 0.5, "source": source}


def said(facts: dict[str, Any], **how: Any) -> dict[str, Values]:
    return {each.field: each.values for each in wanted(facts, **how)}


@pytest.mark.parametrize(
    ("bpm", "values"),
    [
        (120.0, {"bpm": ["120"], "fbpm": []}),
        (97.5, {"bpm": ["98"], "fbpm": ["97.5"]}),
        (119.984, {"bpm": ["120"], "fbpm": ["119.98"]}),
        (119.999, {"bpm": ["120"], "fbpm": []}),
    ],
)
def test_a_tempo_is_a_whole_number_beside_the_exact_one(bpm: float, values: Values) -> None:
    assert said({"tempo": {"bpm": bpm, "source": "model"}}) == {"tempo": values}


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("A minor", ("Am", "8A", "1m")),
        ("C major", ("C", "8B", "1d")),
        ("F# minor", ("F#m", "11A", "4m")),
        ("Db major", ("Db", "3B", "8d")),
        ("D dorian", ("Dm", "7A", "12m")),
    ],
)
def test_a_key_has_three_letters_or_a_place_on_a_wheel(name: str, forms: tuple[str, str, str]) -> None:
    facts = {"key": {"name": name, "source": "chroma"}}
    for form, text in zip(("standard", "camelot", "open_key"), forms, strict=True):
        assert said(facts, key_form=form) == {"key": {"key": [text]}}
    assert len(forms[0]) <= 3


def test_words_have_capitals_and_the_users_own_come_first_as_they_are() -> None:
    tags = [
        tag("hip-hop"), tag("r&b"), tag("drum'n'bass"), tag("босса\n\0  нова ", source="user"), tag("Hip hop"),
        tag("calm", "mood"), tag("strings section", "instruments"), tag("2000s", "era"), tag("vocals", "voice"),
    ]  # fmt: skip
    assert said({"tags": tags}) == {
        "genre": {"genre": ["босса нова", "Hip-Hop", "R&B", "Drum'n'bass"]},
        "mood": {"mood": ["Calm"]},
        "instruments": {"instrument": ["Strings Section"]},
    }
    assert [each.by_user for each in wanted({"tags": tags})] == [True, False, False]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"tempo": {"bpm": None, "source": "model"}, "key": {"name": None, "source": "chroma"}, "tags": []},
        {"tempo": "fast", "key": "A minor", "tags": ["calm"]},
        {"key": {"name": "none of them", "source": "score"}, "tags": [tag("\0\u202e", source="user")]},
    ],
)
def test_where_nothing_is_known_nothing_is_wanted(facts: dict[str, Any]) -> None:
    assert wanted(facts) == []


HAVE: Values = {"bpm": ["120"], "genre": ["hip hop", "hip hop", "Polka"]}
WANT = [
    WantedTags("tempo", {"bpm": ["98"], "fbpm": ["97.5"]}, False),
    WantedTags("key", {"key": ["Am"]}, False),
    WantedTags("genre", {"genre": ["Hip-Hop", "R&B"]}, False),
]


def after(mode: Any, want: list[WantedTags] = WANT, have: Values = HAVE) -> Values:
    return {name: texts for change in difference(have, want, mode) for name, texts in change.after.items()}


def test_keep_fills_what_is_empty() -> None:
    assert after("keep") == {"bpm": ["120"], "fbpm": [], "key": ["Am"], "genre": HAVE["genre"]}
    assert [change.changes for change in difference(HAVE, WANT, "keep")] == [False, True, False]


def test_merge_adds_to_lists_and_says_nothing_twice() -> None:
    assert after("merge") == {"bpm": ["120"], "fbpm": [], "key": ["Am"], "genre": [*HAVE["genre"], "R&B"]}


def test_merge_takes_what_the_user_corrected() -> None:
    corrected = [WantedTags("tempo", {"bpm": ["120"], "fbpm": []}, True)]
    assert after("merge", corrected, {"bpm": ["98"], "fbpm": ["97.5"]}) == {"bpm": ["120"], "fbpm": []}
    assert after("keep", corrected, {"bpm": ["98"]}) == {"bpm": ["98"], "fbpm": []}


def test_overwrite_replaces() -> None:
    assert after("overwrite") == {"bpm": ["98"], "fbpm": ["97.5"], "key": ["Am"], "genre": ["Hip-Hop", "R&B"]}


TEXTS = st.lists(st.sampled_from(["a", "A", "b-c", "B C", "é", "♥"]), max_size=4)


@given(have=st.fixed_dictionaries({"genre": TEXTS, "bpm": TEXTS, "fbpm": TEXTS}), new=TEXTS.filter(bool))
def test_whatever_the_mode_writing_twice_changes_nothing_more(have: Values, new: list[str]) -> None:
    want = [WantedTags("genre", {"genre": new}, True), WantedTags("tempo", {"bpm": new, "fbpm": []}, True)]
    for mode in ("keep", "merge", "overwrite"):
        once = difference(have, want, mode)  # type: ignore[arg-type]
        told = {name: texts for change in once for name, texts in change.after.items()}
        assert not any(change.changes for change in difference(told, want, mode))  # type: ignore[arg-type]
        if mode != "overwrite":
            assert told["genre"][: len(have["genre"])] == have["genre"], "nothing that stood there is lost"


def test_a_digest_tells_one_difference_from_another() -> None:
    told = {digest(difference(have, WANT, mode)) for have in (HAVE, {}) for mode in ("keep", "merge", "overwrite")}
    assert len(told) == 4, "in an empty file all three modes do the same"
    assert all(len(each) == 32 for each in told)


def test_each_tag_belongs_to_one_field() -> None:
    names = [name for tags in NAMES.values() for name in tags]
    assert len(set(names)) == len(names)

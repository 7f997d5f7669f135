"""What becomes of tags that one network says, or both."""

import pytest

from engine.tag.descriptors.ranking import Match
from engine.tag.fusion import as_tags, tag_facts
from engine.tag.labels import Tag

POP, ROCK, PIANO = Tag("pop", "genre", 0.4, 5.0, True), Tag("rock", "genre", 0.3, 2.0, True), Tag(
    "piano", "instruments", 0.5, 2.0, True
)  # fmt: skip


def test_musicnn_alone_says_what_it_said_before() -> None:
    assert [(tag.name, tag.category, tag.score, tag.lift, tag.source) for tag in tag_facts([POP, ROCK, PIANO], 3)] == [
        ("pop", "genre", 0.4, 5.0, "musicnn"), ("rock", "genre", 0.3, 2.0, "musicnn"),
        ("piano", "instruments", 0.5, 2.0, "musicnn"),
    ]  # fmt: skip


def test_what_both_say_is_one_tag_and_comes_first() -> None:
    found = tag_facts([POP, ROCK], 3, matched=[Match("jazz", "genre", 0.99), Match("rock", "genre", 0.9)])
    assert [(tag.name, tag.source) for tag in found] == [
        ("rock", "musicnn+clamp3"), ("jazz", "clamp3"), ("pop", "musicnn"),
    ]  # fmt: skip
    rock, jazz, _ = found
    assert rock.score == pytest.approx(1 - 0.7 * 0.1, abs=1e-3) and rock.lift == 2.0
    assert jazz.score == 0.99 and jazz.lift is None


def test_categories_that_only_clamp_has_come_along_and_voices_are_no_instruments() -> None:
    matched = [Match("choir", "instruments", 0.9), Match("1980s", "era", 0.9), Match("gritty", "texture", 0.85),
               Match("autotune", "production_technique", 0.95), Match("dark", "mood", 0.9),
               Match("dark", "texture", 0.8)]  # fmt: skip
    found = tag_facts([Tag("choir", "voice", 0.2, 3.0, True)], 3, matched=as_tags(matched))
    assert [(tag.category, tag.name, tag.source) for tag in found] == [
        ("mood", "dark", "clamp3"), ("voice", "choir", "musicnn+clamp3"), ("era", "1980s", "clamp3"),
        ("texture", "gritty", "clamp3"), ("texture", "dark", "clamp3"), ("production_technique", "autotune", "clamp3"),
    ]  # fmt: skip


def test_no_more_of_a_kind_than_asked_for_and_the_stem_is_said() -> None:
    matched = [Match("jazz", "genre", 0.99), Match("rock", "genre", 0.9)]
    found = tag_facts([POP, ROCK, PIANO], 1, "other", matched=matched)
    assert [(tag.name, tag.stem) for tag in found] == [("rock", "other"), ("piano", "other")]

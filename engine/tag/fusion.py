"""One list of tags out of what musicnn and CLaMP 3 say of a sound."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from engine.tag.descriptors.ranking import Match
from engine.tag.facts import CATEGORIES, TagFact
from engine.tag.labels import Tag, tag_names
from engine.tag.search.ranking import fused


def tag_facts(
    heard: Sequence[Tag], most: int, stem: str | None = None, *, matched: Sequence[Match] = ()
) -> list[TagFact]:
    """At most so many of each category, the surest first; `stem`: where they were heard, if not in the whole.

    A probability and a distance from a mean do not compare, so their places do: what both say comes first, then CLaMP
    3's and musicnn's in turn. A tag of both has the score that one of them is right, 1 - (1 - a)(1 - b), and musicnn's
    lift.
    """
    own = {(tag.category, tag.name): _heard(tag) for tag in heard}
    theirs = {(match.category, match.name): _matched(match) for match in matched}
    known = own | theirs | {key: _both(own[key], theirs[key]) for key in own.keys() & theirs.keys()}
    found: list[TagFact] = []
    for category in CATEGORIES:
        rankings = [[name for of, name in facts if of == category] for facts in (theirs, own)]
        found += [known[category, name].model_copy(update={"stem": stem}) for name in fused(*rankings)[:most]]
    return found


def as_tags(matches: Sequence[Match]) -> list[Match]:
    """With the categories that tags have: the bank counts voices among the instruments."""
    return [replace(match, category="voice") if match.name in _voices() else match for match in matches]


@cache
def _voices() -> frozenset[str]:
    return frozenset(tag.name for tag in tag_names() if tag.descriptor and tag.category == "voice")


def _heard(tag: Tag) -> TagFact:
    return TagFact(
        name=tag.name, category=tag.category, score=round(tag.score, 3), lift=round(tag.lift, 2), source=tag.source
    )


def _matched(match: Match) -> TagFact:
    return TagFact(name=match.name, category=match.category, score=round(match.score, 3), source=match.source)


def _both(heard: TagFact, matched: TagFact) -> TagFact:
    score = round(1 - (1 - heard.score) * (1 - matched.score), 3)
    return heard.model_copy(update={"score": score, "source": "musicnn+clamp3"})

"""What a search can ask for: the descriptors, and what other scores say besides."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.tag.descriptors import LANGUAGES, load


@dataclass(frozen=True)
class Label:
    """`words` call it so, in every language, its English name first.

    `scores`: names of the scores that speak for it, as `SOURCE:NAME`, those that speak against it with a `-` in front.
    `opposite`: the label that is there where this one is not.
    """

    id: str
    category: str
    words: tuple[str, ...]
    scores: tuple[str, ...]
    opposite: str | None = None


@cache
def labels() -> tuple[Label, ...]:
    """All of them. `id` is CATEGORY/NAME."""
    file = tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
    scores = file.pop("scores")
    found = []
    for one in load().descriptors:
        key = f"{one.category}/{one.id}"
        words = [one.id, *(word for language in LANGUAGES for word in one.synonyms[language])]
        found.append(Label(key, one.category, tuple(words), (f"clamp3:{key}", *scores.pop(key, ()))))
    if scores:
        raise ValueError(f"labels.toml: no descriptor is called {', '.join(scores)}")
    for category, rows in file.items():
        for name, row in rows.items():
            words = list(dict.fromkeys([name, *(word for language in LANGUAGES for word in row[language])]))
            found.append(Label(f"{category}/{name}", category, tuple(words), tuple(row["scores"]), row.get("opposite")))
    return tuple(found)


@dataclass(frozen=True)
class Term:
    """What `words` mean: label -> how much of it, below 0 where it is not wanted; the amounts add up to 1.

    Without any they mean something that no track can be asked for, in other words than their own.
    """

    words: tuple[str, ...]
    wants: Mapping[str, float]


def terms(had: Iterable[str]) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """What labels are called, and what scenes want: of these labels, by their ids."""
    known_labels = set(had)
    named = tuple(Term(label.words, {label.id: 1.0} if label.id in known_labels else {}) for label in labels())
    scenes = []
    for words, wants in _scenes():
        here = {label: amount for label, amount in wants.items() if label in known_labels}
        whole = sum(map(abs, here.values()))
        scenes.append(Term(words, {label: amount / whole for label, amount in here.items()}))
    return named, tuple(scenes)


@cache
def _scenes() -> tuple[tuple[tuple[str, ...], Mapping[str, float]], ...]:
    file = tomllib.loads(Path(__file__).with_name("scenes.toml").read_text(encoding="utf-8"))
    ids = {label.id for label in labels()}
    found = []
    for name, row in file.items():
        if unknown := row["wants"].keys() - ids:
            raise ValueError(f"scenes.toml: {name} wants {', '.join(unknown)}, which is no label")
        found.append((tuple(word for language in LANGUAGES for word in row[language]), row["wants"]))
    return tuple(found)


def known(scores: Iterable[str]) -> tuple[Label, ...]:
    """The labels that some of these scores speak for or against."""
    had = set(scores)
    return tuple(label for label in labels() if any(score.removeprefix("-") in had for score in label.scores))


def opposites() -> Mapping[str, str]:
    """Label -> the one that is there where it is not."""
    one_way = {label.id: label.opposite for label in labels() if label.opposite}
    return one_way | {other: label for label, other in one_way.items()}

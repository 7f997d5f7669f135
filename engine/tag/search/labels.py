"""What a search can ask for: the descriptors, and what other scores say besides."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.tag.descriptors import LANGUAGES, load
from engine.tag.labels import tag_names


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
    """All of them, the descriptors first. `id` is CATEGORY/NAME."""
    file = tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
    measured = file.pop("scores")
    tags = {
        f"{_KIND.get(tag.category, tag.category) if tag.descriptor else tag.category}/{tag.name}": tag
        for tag in tag_names()
    }
    found = []
    for one in load().descriptors:
        key = f"{one.category}/{one.id}"
        scores = (f"clamp3:{key}", *([f"musicnn:{one.id}"] if tags.pop(key, None) else []), *measured.pop(key, ()))
        found.append(Label(key, one.category, (one.id, *_words(one.synonyms)), scores))
    for key, tag in tags.items():
        row = file[tag.category][tag.name]
        words = tuple(dict.fromkeys([tag.name, *_words(row)]))
        scores = (f"musicnn:{tag.name}", *measured.pop(key, ()))
        found.append(Label(key, tag.category, words, scores, row.get("opposite")))
    if measured:
        raise ValueError(f"labels.toml: nothing is called {', '.join(measured)}")
    return tuple(found)


def titles(language: str) -> dict[str, str]:
    """CATEGORY/NAME of every descriptor and of every tag -> what it is called in a language."""
    file = tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
    bank = {f"{one.category}/{one.id}": one for one in load().descriptors}
    found = {key: one.id if language == "en" else one.synonyms[language][0] for key, one in bank.items()}
    for tag in tag_names():
        key = f"{tag.category}/{tag.name}"
        descriptor = bank.get(f"{_KIND.get(tag.category, tag.category)}/{tag.name}") if tag.descriptor else None
        words = descriptor.synonyms if descriptor else file[tag.category][tag.name]
        found.setdefault(key, tag.name if language == "en" else words[language][0])
    return found


_KIND = {"voice": "instruments"}
"""Categories of tags that the bank of descriptors has under another name."""


def _words(by_language: Mapping[str, Sequence[str]]) -> list[str]:
    return [word for language in LANGUAGES for word in by_language[language]]


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
    found = []
    for name, row in file.items():
        if unknown := row["wants"].keys() - _ids():
            raise ValueError(f"scenes.toml: {name} wants {', '.join(unknown)}, which is no label")
        found.append((tuple(_words(row)), row["wants"]))
    return tuple(found)


def known(scores: Iterable[str]) -> tuple[Label, ...]:
    """The labels that some of these scores speak for or against, what the user says among them."""
    had = set(scores)
    return tuple(
        label
        for label in labels()
        if user_score(label.id) in had or any(score.removeprefix("-") in had for score in label.scores)
    )


def user_score(label: str) -> str:
    """The score that is there where the user says that a track has the label."""
    return f"user:{label}"


def removed_score(label: str) -> str:
    """The score that is there where the user took the label away from a track."""
    return f"removed:{label}"


def label_of(category: str, name: str) -> str:
    """The label that a tag is, `voice/choir` that of the descriptor `instruments/choir`; what is none is as it is."""
    own, described = f"{category}/{name}", f"{_KIND.get(category, category)}/{name}"
    return described if own not in _ids() and described in _ids() else own


@cache
def _ids() -> frozenset[str]:
    return frozenset(label.id for label in labels())


def opposites() -> Mapping[str, str]:
    """Label -> the one that is there where it is not."""
    one_way = {label.id: label.opposite for label in labels() if label.opposite}
    return one_way | {other: label for label, other in one_way.items()}

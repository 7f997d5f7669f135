"""Texts whose speakers were written down by hand, and how well a project has found them.

Each file in `attribution/LANGUAGE/` has a head (author, work, edition, `set: tuning`, `held-out` or `held-out 2`, and
who: KEY = names that are right) and a text in which `{KEY}` stands before speech: it holds for every line of dialogue
up to the next one or the paragraph's end. `{A|B}` takes either, `{-}` is not counted.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from engine.drama.cast import DOUBTFUL
from engine.drama.project import Line, Project
from engine.drama.script.read import read_script

FOLDER = Path(__file__).parent / "attribution"


@dataclass
class Text:
    name: str
    language: str
    part: str
    source: str
    spans: list[tuple[int, int, list[str]]]
    """Start, end and keys."""
    names: dict[str, set[str]]


@dataclass
class Score:
    """`counts`: all, claimed, right; of the right ones, those of the character that has most of that person's lines."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[Line, str, str]] = field(default_factory=list)

    def precision(self) -> float:
        return self.counts["right"] / max(1, self.counts["claimed"])

    def recall(self) -> float:
        return self.counts["right"] / max(1, self.counts["all"])


def texts(language: str) -> list[Text]:
    return [_text(path, language) for path in sorted((FOLDER / language).glob("*.txt"))]


def _text(path: Path, language: str) -> Text:
    head, body = path.read_text("utf-8").split("---\n", 1)
    names: dict[str, set[str]] = {}
    for key, listed in re.findall(r"^who: (\w+) = (.+)$", head, re.MULTILINE):
        names[key] = {name.strip().casefold() for name in listed.split("|")}
    source, spans = "", []
    for paragraph in body.split("\n"):
        at = 0
        for match in re.finditer(r"\{([\w|-]+)\}", paragraph):
            source += paragraph[at : match.start()]
            at = match.end()
            following = re.search(r"\{[\w|-]+\}", paragraph[at:])
            stop = at + following.start() if following else len(paragraph)
            spans.append((len(source), len(source) + stop - at, match[1].split("|")))
        source += paragraph[at:] + "\n"
    kind = re.search(r"^set: (.+)$", head, re.MULTILINE)
    assert kind
    return Text(path.stem, language, kind[1], source, spans, names)


def read(text: Text) -> Project:
    project = read_script(text.source)
    assert project.language == text.language
    return project


def score(text: Text, project: Project) -> Score:
    """Of a project read from the text. A line is right where its character bears one of the right names."""
    found = Score()
    bearers: dict[str, Counter[str]] = {}
    for start, end, keys in text.spans:
        if keys == ["-"]:
            continue
        lines = [line for line in project.lines if start <= line.start < end and line.kind in ("dialogue", "thought")]
        if not lines:
            found.counts["all"] += 1
        for line in lines:
            found.counts["all"] += 1
            claimed = line.rule != "unclaimed"
            found.counts["claimed"] += claimed
            character = project.character(line.speaker)
            name = "narrator" if line.speaker == "narrator" else character.name.casefold()
            if claimed and any(name in text.names[key] for key in keys):
                found.counts["right"] += 1
                found.counts["doubtful right"] += line.confidence < DOUBTFUL
                bearers.setdefault("|".join(keys), Counter())[line.speaker] += 1
            else:
                found.wrong.append((line, "|".join(keys), name))
    found.counts["one"] = sum(max(each.values()) for each in bearers.values())
    return found

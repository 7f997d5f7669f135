"""Who speaks, where the script itself says so: `NAME: text`, `NAME (angrily): text`, `NAME. text`, and a cast list."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from engine.drama.script.headings import is_rule, level_of
from engine.drama.script.manuscript import Paragraph
from engine.drama.script.words import listed, verb

_LETTERS = r"[^\n:：.()（）\[\]\"“”«»!?,;，。；！？]"
_NAME = rf"(?P<name>[^\W_](?:{_LETTERS}|\.(?=[^\s.]|\s\w)){{0,39}}?\.?)"
_STOPPED_NAME = rf"(?P<name>(?:(?i:mrs?|ms|dr|st|capt|lt|sgt|prof|rev)\. )?[^\W_]{_LETTERS}{{0,39}}?)"
_DIRECTION = r"(?:[ \t]*[(（](?P<direction>[^()（）\n]{1,120})[)）])?"
_MARK = r"(?:\*\*|__|\*)?"
_COLON = re.compile(rf"[ \t\u3000]*{_MARK}{_NAME}{_MARK}{_DIRECTION}{_MARK}[ \t]*[:：]{_MARK}(?!//)[ \t\u3000]*")
_STOP = re.compile(rf"[ \t\u3000]*{_MARK}{_STOPPED_NAME}{_MARK}{_DIRECTION}\.{_MARK}(?=\s|$)[ \t]*")
_MARKS: dict[Literal[":", "."], re.Pattern[str]] = {":": _COLON, ".": _STOP}
_SMALL = frozenset(["of", "the", "de", "von", "van", "der", "la", "le", "du", "and", "и", "из", "с", "от", "фон", "де"])
_CAST_NAME = re.compile(r"\s*(?:[-*•]\s+)?([^,:：，()（）—–\n]{1,60}?)(?:\s*(?:[,:：，(（—–]|\s-\s|\.\s*$|$))")
_HAN = re.compile(r"[\u3400-\u9fff·•]{1,10}")


@dataclass(frozen=True)
class NameLabel:
    name: str
    direction: str
    direction_at: tuple[int, int]
    """Where the direction stands with its brackets; empty where there is none."""
    end: int
    """One past the label; what follows is said."""


@dataclass
class Labels:
    """The names that a script puts before what is said."""

    names: set[str] = field(default_factory=set)
    """In folded case."""
    mark: Literal[":", "."] = ":"
    cast: list[str] = field(default_factory=list)
    cast_span: tuple[int, int] = (0, 0)
    first_in_block: bool = False
    """Whether labels stand at the beginning of blocks, so that the rest of the block is said by the same."""

    def at(self, source: str, start: int, end: int) -> NameLabel | None:
        """The label of a paragraph, if it has one."""
        if not self.names or self.cast_span[0] <= start < self.cast_span[1]:
            return None
        match = (_COLON if self.mark == ":" else _STOP).match(source, start, end)
        if match is None or _folded(match["name"]) not in self.names:
            return None
        span = (match.start("direction") - 1, match.end("direction") + 1) if match["direction"] else (0, 0)
        return NameLabel(match["name"].strip(" \t*_"), match["direction"] or "", span, match.end())

    def full_name(self, name: str) -> str:
        """How the cast list calls them, if it knows exactly one of that name."""
        words = _folded(name)
        found = [entry for entry in self.cast if words in _folded(entry).split() or words == _folded(entry)]
        return found[0] if len(found) == 1 else ""


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip(" \t*_.").casefold()


def _is_name(name: str) -> bool:
    words = name.strip(" *_").split()
    if not words or len(words) > 5 or _folded(name) in listed("labels", "not_names") or level_of(name) is not None:
        return False
    if _folded(name) in listed("labels", "narrator"):
        return True
    if any(_folded(name) in listed("labels", kind) for kind in ("title", "author", "language", "cast")):
        return False
    if _HAN.match(name):
        return len(name) <= 8 and not verb("speech").search(name[-1]) and name[0] != "第"
    return all(word[0].isupper() or word[0].isdigit() or word.lower() in _SMALL for word in words)


def find(source: str, lines: list[Paragraph]) -> Labels:
    """The labels of a script, given its physical lines."""
    cast, span = _cast_list(source, lines)
    known = {_folded(name) for name in cast} | {
        word for name in cast for word in _folded(name).split() if len(word) > 2
    }
    lines = [line for line in lines if not span[0] <= line.start < span[1]]
    leaders = {line.start for line in lines if line.leads}
    blocks = max(1, len(leaders) if len(leaders) > 1 else len(lines))
    for mark, pattern in _MARKS.items():
        found = []
        for line in lines:
            match = pattern.match(source, line.start, line.end)
            if match and _is_name(match["name"]) and (mark == ":" or _stands_out(match, known)):
                found.append((line.start, _folded(match["name"])))
        count = Counter(name for _, name in found)
        names = {name for name, times in count.items() if times > 1 or name in known}
        if mark == ":" and len(count) > 1 and len(found) == blocks:
            names = set(count)  # a script of two or three lines, and nothing else
        told = sum(count[name] for name in names)
        if not names or (mark == "." and (told < 4 or len(names) < 2 or told < 0.3 * blocks)):
            continue
        if len(count) > 1 and len(found) > 2 and len(found) >= 0.6 * blocks:
            names |= set(count)
        leading = sum(start in leaders for start, name in found if name in names)
        return Labels(names, mark, cast, span, len(leaders) > 1 and leading > 0.8 * told)
    return Labels(set(), ":", cast, span)


def _stands_out(match: re.Match[str], known: set[str]) -> bool:
    """Whether a name before a full stop is more than a first sentence: in capitals, of the cast, or short."""
    name = match["name"].strip(" *_.")
    return len(name) > 1 and (name.isupper() or _folded(name) in known or len(name.split()) <= 2)


def _cast_list(source: str, lines: list[Paragraph]) -> tuple[list[str], tuple[int, int]]:
    """Names of a list of characters near the beginning, and where it stands."""
    for at, line in enumerate(lines[:400]):
        if _folded(source[line.start : line.end].strip("*_#[]: ：")) not in listed("labels", "cast"):
            continue
        names: list[str] = []
        last = line.end
        for entry in lines[at + 1 : at + 80]:
            text = source[entry.start : entry.end]
            if (names and entry.leads) or len(text) > 160 or is_rule(text) or level_of(text) is not None:
                break
            match = _CAST_NAME.match(text.replace("*", " "))
            if match is None:
                break
            names.append(match[1].strip())
            last = entry.end
        if names:
            return names, (line.start, last)
    return [], (0, 0)

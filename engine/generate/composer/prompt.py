"""Free text in English, Russian or Chinese, understood as wishes. Nothing is guessed: what was not said stays open."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from engine.generate.composer import words
from engine.generate.composer.instruments import INSTRUMENTS
from engine.generate.composer.spoken_metre import grouped, signatures
from engine.speech.keys import take_key, take_short_minor
from engine.speech.numbers import normalise
from engine.speech.small_words import AFTER_NEGATED
from engine.speech.tempi import take_tempo
from engine.speech.wish import without as without_wishes
from engine.speech.wishes import wishes


@dataclass(frozen=True)
class PromptIntent:
    """What the prompt asks for; empty fields leave it to the genre. `without` holds names, families and roles; `form`
    names of sections in the order said; `parts` how many there shall be; `pieces` those of the drum kit."""

    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    tempo_bpm: float | None = None
    pace_bpm: float | None = None
    tonic: int | None = None
    mode: str | None = None
    pentatonic: bool = False
    metre: str | None = None
    alone: bool = False
    form: tuple[str, ...] = ()
    parts: int | None = None
    pieces: tuple[str, ...] = ()
    loop: bool = False
    not_heard: tuple[str, ...] = ()


@dataclass(frozen=True)
class Word:
    """A word of a text: what kind of thing it names, which one, and as it stands there."""

    kind: str
    value: str
    text: str


_CJK = re.compile(r"[\u3400-\u9fff]")


def _pattern(phrase: str) -> str:
    """One vocabulary entry as a regular expression."""
    stem = phrase.endswith("*")
    spoken = re.escape(phrase.replace("*", "\x00")).replace("\x00", r"\w*")
    spoken = re.sub(r"(?:\\ |\\-|-)+", r"[\\s-]*", spoken)
    if _CJK.search(phrase):
        return spoken.removesuffix(r"\w*")
    return rf"(?<!\w){spoken}" + ("" if stem else r"(?!\w)")


Vocabulary = tuple[re.Pattern[str], tuple[tuple[str, str], ...]]
"""Matches one word of a vocabulary, the longest first; kind and meaning of each of its groups."""


@cache
def _vocabulary() -> Vocabulary:
    return vocabulary_of(words.entries())


def vocabulary_of(tables: Mapping[str, Mapping[str, str]]) -> Vocabulary:
    """Kind of word -> meaning -> its words, as `words.entries` has them; of equal words the first one counts."""
    entries = [
        (normalise(phrase), (kind, value))
        for kind, table in tables.items()
        for value, row in table.items()
        for phrase in row.split("|")
    ]
    entries.sort(key=lambda entry: -len(entry[0].rstrip("*")))
    return re.compile("|".join(f"({_pattern(phrase)})" for phrase, _ in entries)), tuple(v for _, v in entries)


_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
_CLAUSE_ENDS = frozenset(",.;:!?。…()[]\n|/")


def words_in(text: str, vocabulary: Vocabulary) -> Iterator[Word]:
    """Known words longest first, unknown ones, and the punctuation between them, in reading order."""
    pattern, meanings = vocabulary
    at = 0
    for match in pattern.finditer(text):
        yield from _unknown(text[at : match.start()])
        kind, value = meanings[(match.lastindex or 1) - 1]
        yield Word(kind, value, match[0])
        at = match.end()
    yield from _unknown(text[at:])


def _unknown(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        punctuation = not match[0][0].isalnum()
        if not punctuation or match[0] in _CLAUSE_ENDS:
            yield Word("end" if punctuation else "unknown", "", match[0])


def _negations_in_front(text: str) -> str:
    """`drum-free` and `drumless` as `no drum`."""
    pattern, _ = _vocabulary()

    def turned(match: re.Match[str]) -> str:
        return f"no {match[1]} " if pattern.fullmatch(match[1]) else match[0]

    return re.sub(rf"(?<!\w)(\w{{3,12}}?)[- ]?(?:{AFTER_NEGATED})(?!\w)", turned, text)


_HEARD = ("genre", "mood", "instrument", "role", "form", "piece", "without")


@dataclass
class _Reading:
    """What has been heard so far, and whether the reader is inside a negation."""

    said: dict[str, list[str]] = field(default_factory=lambda: {k: [] for k in _HEARD})
    not_heard: list[str] = field(default_factory=list)
    metre: str | None = None
    pace: float | None = None
    mode: str | None = None
    pentatonic: bool = False
    alone: bool = False
    negating: bool = False
    patience: int = 0
    refused: str = ""
    genre_of_ensemble: str = ""

    def negate(self) -> None:
        self.negating, self.patience, self.refused = True, 3, ""

    def read(self, text: Sequence[Word], at: int) -> None:
        word = text[at]
        before, after = _neighbour(text, at, -1), _neighbour(text, at, 1)
        if word.kind in ("negator", "off"):
            closes = after is None or after.kind == "end"
            if before and before.kind in ("instrument", "role", "piece") and (closes or word.kind == "off"):
                self._take_back(before)
            else:
                self.negate()
        elif word.kind == "end":
            self.negating = self.negating and word.text == "," and _list_goes_on(text, at)
        elif word.kind == "stop":
            self.negating = False
        elif word.kind == "unknown":
            self.patience -= 1
            self.negating = self.negating and self.patience > 0
            counts = word.text.isdigit() and at + 1 < len(text) and text[at + 1].kind == "filler"
            if not counts:
                self.not_heard.append(word.text)
        elif word.kind == "manner":
            self._manner(word, before, after)
        elif word.kind == "ensemble":
            self._ensemble(word)
        elif word.kind in _HEARD:
            self._thing(word)
        elif word.kind == "pace":
            self.pace = 104.0 if self.negating else self.pace or float(word.value)
        elif not self.negating:
            self._setting(word)

    def _setting(self, word: Word) -> None:
        if word.kind == "mode":
            self.pentatonic = self.pentatonic or word.value == "pentatonic"
            self.mode = self.mode or (word.value if word.value != "pentatonic" else None)
        elif word.kind == "metre":
            self.metre = self.metre or word.value

    def _manner(self, word: Word, before: Word | None, after: Word | None) -> None:
        if self.negating:
            return
        if word.value == "instrumental":
            self.said["without"].append("voice")
        elif word.value == "a cappella":
            self.alone = True
            self.said["instrument"].append("choir")
        elif word.value == "alone":
            self.alone = True
        elif before and before.kind == "instrument" and (self.said["genre"] or len(set(self.said["instrument"])) > 1):
            self.said["form"].append("solo")
        elif before or after:
            self.alone = self.alone or any(w and w.kind == "instrument" for w in (before, after))
            if not self.alone:
                self.said["form"].append("solo")

    def _thing(self, word: Word) -> None:
        if self.refused in ("instrument", "role", "piece") and word.kind in ("genre", "mood"):
            self.negating = False
        member, family = words.FAMILIES.get(word.value, (word.value, (word.value,)))
        if self.negating:
            self.refused = word.kind
            self.said["without"] += ["drums", "bass"] if word.value == "dnb" else family
        elif word.kind != "role":
            self.said[word.kind].append(member)

    def _ensemble(self, word: Word) -> None:
        """All its players and nobody else; its genre, unless one was named."""
        genre, members = words.ENSEMBLES[word.value]
        if self.negating:
            self.refused = "instrument"
            self.said["without"] += members
            return
        self.alone = True
        self.said["instrument"] += members
        self.genre_of_ensemble = genre

    def _take_back(self, word: Word) -> None:
        member, family = words.FAMILIES.get(word.value, (word.value, (word.value,)))
        for kind in ("instrument", "piece"):
            self.said[kind] = [name for name in self.said[kind] if name != member]
        self.said["without"] += family


def _neighbour(text: Sequence[Word], at: int, side: int) -> Word | None:
    """The next word before or behind that says something."""
    at += side
    while 0 <= at < len(text) and text[at].kind == "filler":
        at += side
    return text[at] if 0 <= at < len(text) else None


def _list_goes_on(text: Sequence[Word], at: int) -> bool:
    """Whether behind this comma the refused list ends in an `or`: no drums, bass or vocals."""
    for word in text[at + 1 :]:
        if word.kind == "or":
            return True
        if word.kind not in ("instrument", "role", "piece", "filler", "unknown") and word.text != ",":
            return False
    return False


def understand(prompt: str) -> PromptIntent:
    """The wishes in a text. Any text is accepted; what it says beyond the vocabulary is listed in `not_heard`."""
    text = normalise(prompt)
    said_besides = wishes(text)
    wished = {wish.field: wish.value for wish in said_besides}
    text = without_wishes(text, said_besides)
    not_heard: list[str] = []
    tempo, text = take_tempo(text, not_heard)
    tonic, mode, pentatonic, text = take_key(text)
    if tonic is None:
        tonic, mode, text = take_short_minor(prompt, text)
    text, groups = signatures(text, not_heard)
    reading = _Reading(not_heard=not_heard, mode=mode, pentatonic=pentatonic)
    heard = list(words_in(_negations_in_front(text), _vocabulary()))
    for at in range(len(heard)):
        reading.read(heard, at)
    said = reading.said
    without = tuple(dict.fromkeys(said["without"]))
    kept = {kind: tuple(v for v in dict.fromkeys(said[kind]) if v not in without) for kind in said}
    return PromptIntent(
        genres=kept["genre"] or tuple(filter(None, [reading.genre_of_ensemble])),
        moods=kept["mood"],
        instruments=tuple(i for i in kept["instrument"] if INSTRUMENTS[i].family not in without),
        without=without,
        tempo_bpm=tempo,
        pace_bpm=reading.pace,
        tonic=tonic,
        mode=reading.mode,
        pentatonic=reading.pentatonic,
        metre=grouped(reading.metre, groups),
        alone=reading.alone,
        form=tuple(said["form"]),
        parts=wished.get("parts"),
        pieces=kept["piece"],
        loop="loop_mode" in wished,
        not_heard=tuple(dict.fromkeys(reading.not_heard))[:40],
    )

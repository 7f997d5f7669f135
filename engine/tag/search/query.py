"""What a text asks of tracks: labels that it names, a tempo, a key, and the rest, whose meaning is to be looked for.

Known words count in any form and in any of the three languages, mixed as they come, the longest first.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from engine.speech.keys import TONALITIES, Tonality, take_key, take_short_minor, tonality
from engine.speech.numbers import normalise
from engine.speech.small_words import EITHER, ENDS_NEGATION, FILLERS, NEGATORS, OFF
from engine.speech.tempi import take_tempo
from engine.tag.search.inflection import stem
from engine.tag.search.labels import Term, opposites

ASKING = (
    "find|show|search|looking|listen*|hear|play|when|while|under|найди*|найти|покажи*|ищу|поищи|слуша*|послуша*|нужн*|"
    "под|когда|какую-нибудь|где|找|搜|搜索|听|放|适合|时|时候|上|里|中|能|可以|给我|来点"
)
"""What people say when they look for music, besides what they say when they want it made."""
PATIENCE = 3
"""Unknown words after which a negation is over."""


@dataclass(frozen=True)
class Query:
    """`said`: id of a label -> how much of it is wanted, below 0 where none is; a word's labels share 1 among them.

    `rest` and `refused`: the texts beside them, wanted and not wanted. `keys`: those that the named one can mean.
    """

    said: Mapping[str, float]
    rest: str = ""
    refused: str = ""
    tempo_bpm: float | None = None
    keys: tuple[Tonality, ...] = ()


class Vocabulary:
    """The words of terms, in any form. `named` come before `scenes` where both are called the same."""

    def __init__(self, named: Sequence[Term], scenes: Sequence[Term] = ()) -> None:
        self._meant: dict[tuple[str, ...], list[Term]] = {}
        for group in (named, scenes):
            found: dict[tuple[str, ...], list[Term]] = defaultdict(list)
            for term in group:
                for key in {_stems(word) for word in term.words}:
                    found[key] += [term] if term.wants else []
            self._meant |= {key: meant for key, meant in found.items() if not self._meant.get(key)}
        self._opposite = opposites()
        self._had = {label for term in named for label in term.wants}
        self._longest = max(map(len, (*self._meant, *_SMALL)))

    def read(self, text: str) -> Query:
        """What `text` asks for. Any text is accepted."""
        plain = normalise(text)
        bpm, plain = take_tempo(plain, [])
        keys, plain = _keys(text, plain)
        heard = _Hearing()
        words = list(self._words(plain))
        for at in range(len(words)):
            heard.hear(words, at)
        return Query(self._shares(heard.said), _text(heard.rest), _text(heard.refused), bpm, keys)

    def _words(self, text: str) -> "Iterator[_Word]":
        """What each word of `text` is, in reading order."""
        tokens = _tokens(text)
        stems = [stem(token) for token in tokens]
        at, inside_word = 0, False
        while at < len(tokens):
            token = tokens[at]
            length = self._known_at(stems, at, shortest=2 if inside_word and _CHINESE.match(token) else 1)
            key = tuple(stems[at : at + length])
            if length:
                meant = self._meant.get(key, ())
                kind = _SMALL.get(key, "term" if meant else "unknown")
                yield _Word(kind, " ".join(tokens[at : at + length]), meant)
            elif token in _ENDS:
                yield _Word("end", token)
            elif (less := _LESS.fullmatch(token)) and self._meant.get((stem(less[1]),)):
                yield _Word("term", "", self._meant[stem(less[1]),])
                yield _Word("off")
            elif token[0].isalnum():
                yield _Word("filler" if _is_filler(token) else "unknown", token)
            inside_word = not length and not _is_filler(token) and bool(_CHINESE.match(token))
            at += length or 1

    def _known_at(self, stems: Sequence[str], at: int, shortest: int) -> int:
        """How many tokens from `at` on are one known word, 0 where none is. A single Chinese character inside an
        unknown word is none."""
        for length in range(min(self._longest, len(stems) - at), shortest - 1, -1):
            key = tuple(stems[at : at + length])
            if key in _SMALL or key in self._meant:
                return length
        return 0

    def _shares(self, said: "Sequence[_Said]") -> dict[str, float]:
        shares: dict[str, float] = defaultdict(float)
        for one in said:
            for term in one.meant:
                for label, amount in term.wants.items():
                    share = amount / len(one.meant)
                    if one.wanted:
                        shares[label] += share
                    elif (other := self._opposite.get(label)) in self._had:
                        shares[label] -= share / 2
                        shares[other] += share / 2
                    else:
                        shares[label] -= share
        return {label: share for label, share in shares.items() if share}


@dataclass(frozen=True)
class _Word:
    """`kind`: term, negator, off, stop, or, end, filler, unknown."""

    kind: str
    text: str = ""
    meant: Sequence[Term] = ()


@dataclass
class _Said:
    meant: Sequence[Term]
    wanted: bool


@dataclass
class _Hearing:
    """What has been heard so far, and whether a negation goes on."""

    said: list[_Said] = field(default_factory=list)
    rest: list[_Word] = field(default_factory=list)
    refused: list[_Word] = field(default_factory=list)
    negating: bool = False
    patience: int = 0
    before: str = ""

    def hear(self, words: Sequence[_Word], at: int) -> None:
        word = words[at]
        if word.kind in ("negator", "off"):
            closes = at + 1 == len(words) or words[at + 1].kind == "end"
            if self.before == "term" and (closes or word.kind == "off"):
                self.said[-1].wanted = False
            else:
                self.negating, self.patience = True, PATIENCE
        elif word.kind == "end":
            self.negating = self.negating and word.text in ",、" and _list_goes_on(words, at)
        elif word.kind == "stop":
            self.negating = False
        elif word.kind == "term":
            self.said.append(_Said(word.meant, not self.negating))
        elif word.kind in ("unknown", "filler"):
            (self.refused if self.negating else self.rest).append(word)
            self.patience -= word.kind == "unknown"
            self.negating = self.negating and self.patience > 0
        self.before = word.kind


def _list_goes_on(words: Sequence[_Word], at: int) -> bool:
    """Whether behind this comma a refused list ends in an `or`: no drums, bass or vocals."""
    for word in islice(words, at + 1, None):
        if word.kind in ("or", "negator"):
            return word.kind == "or"
        if word.kind not in ("term", "filler", "unknown") and word.text not in (",", "、"):
            return False
    return False


def _text(words: Sequence[_Word]) -> str:
    """From the first to the last of the words that says anything, as one text."""
    said = [at for at, word in enumerate(words) if word.kind == "unknown"]
    joined = " ".join(word.text for word in words[said[0] : said[-1] + 1]) if said else ""
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", joined)


def _stems(phrase: str) -> tuple[str, ...]:
    return tuple(stem(token) for token in _tokens(normalise(phrase.replace("*", ""))))


def _tokens(text: str) -> list[str]:
    """Words and signs, Chinese characters one by one."""
    return _TOKEN.findall(text)


def _keys(text: str, plain: str) -> tuple[tuple[Tonality, ...], str]:
    """The keys that a text can mean, and its normalised form without them; a church mode is the key of its third."""
    if (wheel := _ON_WHEEL.search(plain)) and (found := tonality(wheel[0])):
        return (found,), plain.replace(wheel[0], " ", 1)
    tonic, mode, _, rest = take_key(plain)
    if tonic is None:
        tonic, mode, rest = take_short_minor(text, plain)
    if mode is not None:
        mode = "minor" if mode in ("minor", "dorian", "phrygian") else "major"
    return tuple(key for key in TONALITIES if key.tonic == tonic and mode in (None, key.mode)), rest


def _is_filler(token: str) -> bool:
    return _FILLER.fullmatch(token) is not None


_CHINESE = re.compile(r"[\u3400-\u9fff]")
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+|[^\w\s-]")
_ENDS = frozenset(",.;:!?。…()[]|、")
_ON_WHEEL = re.compile(r"(?<![\w.])(?:1[0-2]|[1-9])[ab](?!\w)")
_LESS = re.compile(r"(\w{3,})less")
_FILLERS = [*FILLERS.split("|"), *ASKING.split("|")]
_FILLER = re.compile("|".join(re.escape(word).replace(r"\*", r"\w*") for word in _FILLERS))
_SMALL = {
    **{_stems(word): "filler" for word in _FILLERS if len(word) > 1 and _CHINESE.match(word)},
    **{_stems(word): "negator" for word in NEGATORS.split("|")},
    **{_stems(word): "stop" for word in ENDS_NEGATION.split("|")},
    **{_stems(word): "or" for word in EITHER.split("|")},
    **{_stems(word): "off" for word in ("free", *OFF.split("|"))},
}

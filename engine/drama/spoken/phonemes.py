"""What is said, in the phonemes that Kokoro reads, and which of them are which part of the source."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.drama.project import Language
from engine.drama.spoken.chinese import sounds as mandarin
from engine.drama.spoken.english import sounds as english
from engine.drama.spoken.scanner import Accent, Said

KNOWN: Final = frozenset(
    ';:,.!?—…"()“” \u0303ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸ'
    "θœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ"
)
"""Phonemes and marks of Kokoro-82M's config.json (Apache-2.0); of others it knows nothing."""
MOST: Final = 400
"""Phonemes of a breath; Kokoro takes 510, and hurries through the last of them."""
_COMFORTABLE: Final = 250
"""Sentences are put together up to this length."""
_MARKS: Final = {
    **dict(zip("，。、；：！？（）–", ",.,;:!?()—", strict=True)),
    **{mark: mark for mark in ';:,.!?—…"()“”'},
}
_OPENING: Final = "“("
_LETTERS: Final = re.compile(r"[A-Z](?: [A-Z])*(?:'?s)?")


_HAN: Final = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS: Final = re.compile(f"[{_HAN}]+|[^{_HAN}]+")


class Sounded(NamedTuple):
    """A word in phonemes: from `first` up to `last` of its breath's, from `start` up to `end` of the source."""

    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True)
class Breath:
    """Phonemes for one call, and the words that they are of."""

    phonemes: str
    words: tuple[Sounded, ...]


class _Unit(NamedTuple):
    """A word or a mark before it is put into a breath."""

    sound: str
    start: int
    end: int


class _Written(NamedTuple):
    """A word as it is written in what is said, or a mark."""

    text: str
    start: int
    end: int
    sounds: str = ""
    chinese: str = ""
    """The phonemes of a Chinese word, which follow from those beside it."""


def phonemes(said: Said, language: Language, accent: Accent = "us") -> list[Breath]:
    """Chunks of at most `MOST` phonemes that Kokoro knows, cut behind sentences, clauses or words; none where nothing
    is said. English and Chinese; a Chinese text's Latin words are English. ValueError for another language."""
    if language not in ("en", "zh"):
        raise ValueError(f"no phonemes for {language}")
    units = list(_units(list(_written(said)), accent))
    return _breaths(units)


def _written(said: Said) -> Iterator[_Written]:
    """Words, runs of Chinese signs and marks, with their place in the source."""
    held: list[tuple[str, int, int]] = []
    for piece in said.pieces:
        if any(letter in KNOWN for letter in english.from_ipa(piece.sounds, "us")):
            yield from _flushed(held)
            yield _Written(piece.words, piece.start, piece.end, piece.sounds)
            continue
        for letter in piece.words:
            if letter.isalnum() or letter in "'-+":
                held.append((letter, piece.start, piece.end))
                continue
            yield from _flushed(held)
            if letter in _MARKS:
                yield _Written(letter, piece.start, piece.end)
    yield from _flushed(held)


def _flushed(held: list[tuple[str, int, int]]) -> Iterator[_Written]:
    """The letters so far, Chinese ones apart from others."""
    text = "".join(letter for letter, _, _ in held)
    simple = mandarin.simplified(text) if any(_is_han(letter) for letter in text) else text
    at = 0
    for run in _RUNS.findall(simple):
        for word, sound in mandarin.sounds(run) if _is_han(run[0]) else [(run, "")]:
            if word.strip("'-+"):
                yield _Written(word, held[at][1], held[at + len(word) - 1][2], chinese=sound)
            at += len(word)
    held.clear()


def _is_han(letter: str) -> bool:
    return re.match(f"[{_HAN}]", letter) is not None


def _units(written: list[_Written], accent: Accent) -> Iterator[_Unit]:
    clause: list[_Written] = []
    for word in written:
        plain = not word.sounds and word.text not in _MARKS and not _is_han(word.text[0])
        if plain:
            clause.append(word)
            continue
        yield from _english(clause, accent)
        clause = []
        if word.sounds:
            yield _Unit(english.from_ipa(word.sounds, accent), word.start, word.end)
        elif word.text in _MARKS:
            yield _Unit(_MARKS[word.text], word.start, word.start)
        else:
            yield _Unit(word.chinese, word.start, word.end)
    yield from _english(clause, accent)


def _english(clause: list[_Written], accent: Accent) -> Iterator[_Unit]:
    at = 0
    for count, sound in english.sounds([word.text for word in clause], accent):
        yield _Unit(sound, clause[at].start, clause[at + count - 1].end)
        at += count


def _known(sound: str) -> str:
    return "".join(letter for letter in sound if letter in KNOWN)


def _breaths(units: list[_Unit]) -> list[Breath]:
    """Sentences together while they are comfortable, long ones apart."""
    sentences: list[list[_Unit]] = [[]]
    for unit in units:
        if sentences[-1] and sentences[-1][-1].sound in _ENDS and unit.sound not in _CLOSING:
            sentences.append([])
        sentences[-1].append(unit)
    parts: list[list[_Unit]] = []
    for sentence in (part for whole in sentences for part in _cut(whole)):
        if parts and _length(parts[-1]) + 1 + _length(sentence) <= _COMFORTABLE:
            parts[-1] += sentence
        else:
            parts.append(list(sentence))
    return [breath for part in parts if (breath := _breath(part)).words]


_ENDS: Final = (".", "!", "?", "…")
_CLOSING: Final = ("”", '"', ")", ".", "!", "?", "…")


def _length(units: list[_Unit]) -> int:
    return sum(len(unit.sound) + 1 for unit in units)


def _cut(units: list[_Unit]) -> Iterator[list[_Unit]]:
    """A sentence that is too long, behind the last clause or word that fits; a word that is too long, anywhere."""
    part: list[_Unit] = []
    for unit in units:
        whole = unit
        while len(whole.sound) + 1 > MOST:
            if part:
                yield part
                part = []
            yield [whole._replace(sound=whole.sound[: MOST - 1])]
            whole = whole._replace(sound=whole.sound[MOST - 1 :])
        if _length(part) + len(whole.sound) + 1 > MOST:
            behind = max((at for at, each in enumerate(part, 1) if each.sound in (",", ";", ":", "—")), default=0)
            keep = behind if behind > len(part) // 3 else len(part)
            yield part[:keep]
            part = part[keep:]
        part.append(whole)
    if part:
        yield part


def _breath(units: list[_Unit]) -> Breath:
    text, words = "", []
    for unit in units:
        sound = _known(unit.sound)
        if sound in _MARKS.values():
            opening = sound in _OPENING or (sound == '"' and text.count('"') % 2 == 0)
            text = text + sound if opening or not text.endswith(" ") else text[:-1] + sound + " "
            text = text + "" if opening else text.rstrip() + " "
        elif sound:
            words.append(Sounded(len(text), len(text) + len(sound), unit.start, unit.end))
            text += sound + " "
    return Breath(text.rstrip(), tuple(words))

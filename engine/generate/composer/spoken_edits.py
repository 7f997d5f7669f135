"""Edits as people say them: "slower", "без барабанов", "前奏短一点"; and whether a text is an edit or a new piece.

A text is an edit where it is short, asks for a change that the composer knows, and describes no piece of its own: no
genre, no mood and no pace but in comparison, no player who is neither added nor changed, no "write me a song". In
doubt it is a new piece.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from engine.generate.composer import words
from engine.generate.composer.edit import Edit, in_order
from engine.generate.composer.edit_figures import Reader, take_changes, take_tempo_to
from engine.generate.composer.instruments import INSTRUMENTS
from engine.generate.composer.prompt import (
    Vocabulary,
    Word,
    vocabulary_of,
    words_in,
)
from engine.generate.composer.spoken_metre import grouped, signatures
from engine.speech.keys import take_key, take_short_minor
from engine.speech.length import length
from engine.speech.numbers import normalise
from engine.speech.tempi import take_tempo
from engine.speech.wish import without
from engine.speech.wishes import file_format

MOST_WORDS = 16
_STEP_DB = 4.0
_THINGS = ("instrument", "role", "piece", "form")
_KNOWN = {"edit role": "role"}
"""Words of edits that mean what prompts call so; a prompt takes some of them for padding."""
_PLAYERS = ("instrument", "role", "piece")
_COMPARED = {
    **dict.fromkeys(("energetic", "aggressive", "epic", "festive", "tense"), 0.5),
    **dict.fromkeys(("calm", "sleepy", "dreamy", "romantic", "warm", "elegant"), -0.5),
}
"""Moods that more energy makes, or less."""
_MODES = {
    **dict.fromkeys(("sad", "dark", "mysterious", "lonely", "cold"), "minor"),
    **dict.fromkeys(("happy", "bright", "hopeful", "playful"), "major"),
}
_COMPARATIVE = re.compile(r"(?:er|ее|ей)$")


@dataclass(frozen=True)
class SpokenEdits:
    """What a text asks to be changed, in order, and the words that say nothing which is known. `edits_a_piece`: that
    it is no description of a new one."""

    edits: tuple[Edit, ...]
    not_heard: tuple[str, ...]
    edits_a_piece: bool


@cache
def _vocabulary() -> Vocabulary:
    """The words of edits, then those of prompts; what both have means an edit here."""
    text = (words.VOCABULARY / "edits.toml").read_text(encoding="utf-8")
    own = {
        f"edit {kind}": {value: "|".join(row) for value, row in table.items()}
        for kind, table in tomllib.loads(text).items()
    }
    return vocabulary_of({**own, **words.entries()})


def spoken_edits(prompt: str) -> SpokenEdits:
    """The edits that a text asks for."""
    reader = Reader(normalise(prompt))
    if wish := file_format(reader.text):
        reader.text = without(reader.text, [wish])
    new = _describes_a_new_piece(reader.text)
    take_changes(reader)
    if wish := length(reader.text):
        reader.edits.append(Edit("length", "set", wish.value))
        reader.text = without(reader.text, [wish])
    take_tempo_to(reader)
    tempo, reader.text = take_tempo(reader.text, reader.not_heard)
    tonic, mode, pentatonic, reader.text = take_key(reader.text)
    if tonic is None:
        tonic, mode, reader.text = take_short_minor(prompt, reader.text)
    reader.text, groups = signatures(reader.text, reader.not_heard)
    if tempo:
        reader.edits.append(Edit("tempo", "set", tempo))
    if tonic is not None:
        reader.edits.append(Edit("key", value=float(tonic), to=mode or ""))
    text = [replace(w, kind=_KNOWN.get(w.kind, w.kind)) for w in words_in(reader.text, _vocabulary())]
    parsed = _Parser(text, groups)
    edits = [*reader.edits, *parsed.edits]
    not_heard = [*reader.not_heard, *parsed.not_heard]
    said = sum(word.kind not in ("end", "filler") for word in text) + len(reader.edits)
    is_edit = bool(edits) and not new and not parsed.described and not pentatonic and said <= MOST_WORDS
    is_edit = is_edit and (len(not_heard) <= len(edits) // 2 or (len(not_heard) == 1 and said >= 4))
    return SpokenEdits(tuple(in_order(edits)), tuple(dict.fromkeys(not_heard))[:40], is_edit)


_KINDS = (
    r"song|track|piece|tune|beat|loop|melody|composition|anthem|ballad|soundtrack|theme|waltz|march|lullaby|score|duet|"
    r"trio|solo piece"
)
_NEW = re.compile(
    rf"(?<!\w)(?:write|compose|create|generate|improvise|new|another|some|i want|i need|"
    rf"an? (?:\w+ ){{0,3}}(?:{_KINDS})|music|background|about|like|style|inspired)(?!\w)"
    r"|(?<!\w)(?:напиши\w*|сочини\w*|создай\w*|сгенерируй\w*|придумай\w*|хочу|нужн\w+|нов(?:ая|ую|ый|ое)|"
    r"друг(?:ая|ую|ой)|для|про|стил\w+|в духе|похож\w+)(?!\w)"
    r"|[写谱作]一?[首曲段]|创作|生成|作曲|谱写|写[个首段]|来[一个]?[首段]|一首|一段|新的|另一|再来|适合|风格|关于|背景音乐|给我"
)
_OLD = re.compile(
    r"(?<!\w)(?:(?:this|the|that|same|whole|entire) (?:same )?(?:song|track|piece|tune|beat|loop|music|melody|thing)|"
    r"the (?:music|key)|like this|i want it|i need it|i want this)(?!\w)"
    r"|(?:это|этот|эту|этой|весь|всю) (?:песн\w+|трек\w*|пьес\w+|музык\w+|мелоди\w+)"
)
_NOUN = re.compile(
    r"(?<!\w)(?:songs?|tracks?|pieces?|tunes?|beats?|песн\w+|трек\w*|композици\w+|пьес\w+|мелоди(?:я|ю)|"
    r"музык\w+)(?!\w)"
)
_COMPARES = re.compile(
    r"(?:er|ее|ей|че|ше|же)(?!\w)|(?<!\w)(?:add|remove|without the|drop|добавь|убери|замени)|"
    r"[更再]|一点|一些|加快|放慢|去掉|加上|加入|缩短|延长"
)


def _describes_a_new_piece(text: str) -> bool:
    rest = _OLD.sub(" ", text)
    return bool(_NEW.search(rest) or (_NOUN.search(rest) and not _COMPARES.search(rest)))


class _Parser:
    """Words to edits: verbs take the things behind them, comparisons the thing beside them."""

    def __init__(self, text: list[Word], groups: tuple[int, ...]) -> None:
        self.words = [word for word in text if word.kind not in ("filler", "edit same", "or")]
        self.groups = groups
        self.edits: list[Edit] = []
        self.not_heard: list[str] = []
        self.taken: set[int] = set()
        self.described = False
        """Whether there are words that describe a piece rather than a change of one."""
        for reading in (self._swaps, self._fades, self._verbs, self._compared, self._wholes, self._left):
            reading()

    def _at(self, *kinds: str) -> Iterator[tuple[int, Word]]:
        return ((i, w) for i, w in enumerate(self.words) if w.kind in kinds and i not in self.taken)

    def _behind(self, at: int, kinds: Sequence[str], *, over_commas: bool) -> list[int]:
        """Things that follow each other from `at` on. One with a comparison of its own begins another sentence."""
        found: list[int] = []
        while at < len(self.words):
            word, after = self.words[at], self.words[at + 1] if at + 1 < len(self.words) else None
            if word.kind in kinds and at not in self.taken:
                if found and after and after.kind in ("edit volume", "edit length", "edit instead", "edit swap", "off"):
                    break
                found.append(at)
            elif not (word.kind == "end" and word.text in ",、" and found and over_commas):
                break
            at += 1
        return found

    def _names(self, found: Sequence[int]) -> tuple[str, ...]:
        self.taken |= set(found)
        return tuple(dict.fromkeys(_member(self.words[i]) for i in found))

    def _swaps(self) -> None:
        for at, word in self._at("edit swap", "edit instead"):
            things = [i for i, _ in self._at("instrument", "role")]
            before, behind = [i for i in things if i < at], [i for i in things if i > at]
            if word.kind == "edit instead" and behind:
                old, new = behind[0], before[-1] if before else behind[1] if len(behind) > 1 else None
            elif word.kind == "edit swap" and behind and len(things) >= 2:
                old, new = (before[-1] if before else behind[0]), behind[-1]
            else:
                self.taken.add(at)
                continue
            self.taken.add(at)
            if new is None or old == new or _member(self.words[new]) not in INSTRUMENTS:
                continue
            self.edits.append(Edit("swap", names=self._families([old]), to=self._names([new])[0]))
            self.taken |= {i for i, w in enumerate(self.words) if w.kind in ("edit add", "stop") and abs(i - at) <= 2}

    def _fades(self) -> None:
        for at, _ in self._at("edit fade"):
            refused = at > 0 and self.words[at - 1].kind in ("negator", "off")
            self.edits.append(Edit("ending", to="chord" if refused else "fade"))
            self.taken |= {at, at - 1} if refused else {at}
            self.taken |= {
                i for i, w in enumerate(self.words) if w.kind in ("edit ending", "stop") or w.value == "with"
            }
            self.taken |= {i for i, w in enumerate(self.words) if w.value == "outro" and abs(i - at) <= 2}

    def _verbs(self) -> None:
        for at, word in self._at("negator", "edit add", "off"):
            found = self._behind(at + 1, _THINGS, over_commas=True)
            if not found and word.kind == "off" and at and self.words[at - 1].kind in _THINGS:
                found = [at - 1]
            if not found:
                continue
            self.taken.add(at)
            sections = [i for i in found if self.words[i].kind == "form"]
            players = [i for i in found if self.words[i].kind != "form"]
            adds = word.kind == "edit add"
            for i in sections:
                self.edits.append(Edit("section", "add" if adds else "without", names=self._names([i])))
            if players and not adds:
                self.edits.append(Edit("without", names=self._families(players)))
            elif players:
                names = [name for name in self._names(players) if name in INSTRUMENTS or self._is_piece(name)]
                if names:
                    self.edits.append(Edit("add", names=tuple(names)))

    def _is_piece(self, name: str) -> bool:
        return name in words.entries()["piece"]

    def _families(self, found: Sequence[int]) -> tuple[str, ...]:
        """Names to refuse: of a word for a whole family all that it means."""
        self.taken |= set(found)
        names: list[str] = []
        for i in found:
            value = self.words[i].value
            if value == "dnb":
                names += ["drums", "bass"]
            else:
                names += words.FAMILIES.get(value, (value, (value,)))[1]
        return tuple(dict.fromkeys(names))

    def _beside(self, at: int, kinds: Sequence[str]) -> list[int]:
        """The thing before a comparison, else those behind it."""
        if at and self.words[at - 1].kind in kinds and at - 1 not in self.taken:
            return [at - 1]
        return self._behind(at + 1, kinds, over_commas=False)

    def _amount(self, at: int) -> float:
        near = [self.words[i] for i in (at - 1, at + 1, at - 2) if 0 <= i < len(self.words)]
        said = next((w for w in near if w.kind == "edit amount"), None)
        return float(said.value) if said else 1.0

    def _compared(self) -> None:
        for at, word in self._at("edit volume"):
            self.taken.add(at)
            sign, amount = float(word.value), self._amount(at)
            if found := self._beside(at, _PLAYERS):
                self.edits.append(Edit("level", value=sign * _STEP_DB * min(amount, 1.5), names=self._families(found)))
            else:
                self.edits.append(Edit("energy", value=sign * 0.5 * min(amount, 1.5)))
        for at, word in self._at("edit length"):
            self.taken.add(at)
            value, amount = float(word.value), self._amount(at)
            if found := self._beside(at, ("form",)):
                how = "shorter" if value < 1 else "longer"
                self.edits += [Edit("section", how, names=self._names([i])) for i in found]
            else:
                self.edits.append(Edit("length", "scale", round(1 + (value - 1) * min(amount, 1.3), 3)))
        for at, word in self._at("edit more"):
            behind = self._behind(at + 1, (*_PLAYERS, "mood", "form"), over_commas=False)
            found = behind or (
                [at - 1] if at and self.words[at - 1].kind in _PLAYERS and at - 1 not in self.taken else []
            )
            if found:
                self.taken.add(at)
                self._more(found, float(word.value), self._amount(at))

    def _more(self, found: list[int], sign: float, amount: float) -> None:
        for i in found:
            if self.words[i].kind == "mood":
                self._mood(i, sign * min(amount, 1.5))
        if players := [i for i in found if self.words[i].kind in _PLAYERS]:
            self.edits.append(Edit("level", value=sign * _STEP_DB * min(amount, 1.5), names=self._families(players)))

    def _mood(self, at: int, sign: float) -> None:
        """A mood in comparison: more energy or less, or the other mode."""
        mood = self.words[at].value
        if mood in _COMPARED:
            self.edits.append(Edit("energy", value=sign * _COMPARED[mood]))
        elif mood in _MODES:
            other = {"minor": "major", "major": "minor"}
            self.edits.append(Edit("mode", to=_MODES[mood] if sign > 0 else other[_MODES[mood]]))
        else:
            return
        self.taken.add(at)

    def _wholes(self) -> None:
        """What concerns the whole piece."""
        for at, word in self._at("edit tempo"):
            self.taken.add(at)
            value = 1 + (float(word.value) - 1) * self._amount(at)
            if not any(edit.kind == "tempo" for edit in self.edits):
                self.edits.append(Edit("tempo", "scale", round(value, 3)))
        for at, word in self._at("edit energy"):
            self.taken.add(at)
            self.edits.append(Edit("energy", value=float(word.value) * min(self._amount(at), 1.5)))
        for at, word in self._at("edit mood"):
            self.taken.add(at)
            self.edits.append(Edit("mode", to=word.value))
        for at, word in self._at("mood"):
            degree = at + 1 < len(self.words) and self.words[at + 1].kind == "edit degree"
            if degree or _COMPARATIVE.search(word.text):
                self._mood(at, 1.0)
        for at, word in self._at("metre"):
            self.taken.add(at)
            self.edits.append(Edit("metre", to=grouped(word.value, self.groups) or word.value))
        for at, word in self._at("mode"):
            if word.value != "pentatonic":
                self.taken.add(at)
                self.edits.append(Edit("mode", to=word.value))

    def _left(self) -> None:
        for _, word in self._at("unknown"):
            if not word.text.isdigit():
                self.not_heard.append(word.text)
        says = ("genre", "mood", "pace", "manner", "ensemble", "loop", "mode", *_THINGS)
        left = [word for _, word in self._at(*says)]
        self.described = bool(left) or any(a.kind == b.kind == "negator" for a, b in pairwise(self.words))
        self.not_heard += [word.text for word in left]


def _member(word: Word) -> str:
    return words.FAMILIES.get(word.value, (word.value, ()))[0]

"""Sentences that ask for a command, as its own list of phrases has them. A phrase is a small pattern:

    (remove|take out) [the] {stems} [from {source}]   alternatives, what may be left out, gaps
    make {source!} sound like {reference!}            a gap with `!`: a sound that is known, or "this"; one without
                                                      takes any name of a file too
    去掉 [这首歌|它] [的|里] {stems}                     Chinese words follow each other without spaces

A trailing `*` allows any ending. A sentence must fit as a whole, politeness apart: what is left over means that it asks
for something else. A gap is a table of words, or the name of a parameter that takes audio: then what sounds are called.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.speech.numbers import BEGIN, END, normalise

MAX_SENTENCE = 200
"""A sentence that asks for a command is shorter; a longer text describes music."""

Gap = Mapping[Any, str]
"""Value -> its words in every language, parted by `|`."""

_THIS = re.compile(
    r"(?:(?:the|this|that|my|our|current|open|whole) )*(?:this|that|it|song|track|recording|file|audio|sound|music|mix|"
    r"piece|tune|clip|upload|one|sample)(?: here)?"
    r"|(?:(?:эт(?:от|у|о|ого|ой|ом|а)|мо(?:й|ю|я|его|ей)|вс(?:ей|его|ю|ь)|весь|открыт\w+|текущ\w+|данн\w+) )*"
    r"(?:это|эта|эту|этот|этого|этой|этом|него|нее|его|ее|нем|ней|трек\w*|песн\w+|запис\w+|файл\w*|аудио|звук\w*|"
    r"музык\w+|композици\w+|микс\w*|дорожк\w+|пьес\w+|мелоди\w+)"
    r"|(?:这|那|我的|当前的?|打开的?)?(?:个|首|段|条|支)?"
    r"(?:它|这个|这首|这段|歌曲?|曲子|曲目|音频|录音|声音|文件|音乐|音轨|作品|片段|混音)?(?:的声音|的音色|的整体声音)?"
)
_POLITE = re.compile(
    r"(?:please|can you|could you|would you|will you|i want (?:you )?to|i(?: would|'d) like (?:you )?to|"
    r"i need (?:you )?to|let's|lets|help me|now|hey|hi|ok|just|пожалуйста|плиз|можешь|можете|можно|хочу|мне нужно|"
    r"мне надо|надо|нужно|давай\w*|помоги\w*|а|ну|теперь)(?![a-zа-я]) ?"
    r"|(?:请你?|麻烦你?|能不能|可不可以|可以|帮我|帮忙|给我|我想要?|我要|我需要|现在|你?能) ?"
)
_POLITE_END = re.compile(
    r" (?:please|for me|now|thanks|thank you|пожалуйста|плиз|мне|спасибо)$"
    r"| ?(?:吧|好吗|可以吗|谢谢|一下|呢|吗|行吗)$"
)


@dataclass(frozen=True)
class Phrase:
    """One way of asking. `sets`: parameters that the phrase itself means; `gaps`: words for those it leaves open."""

    pattern: str
    sets: Mapping[str, Any] = field(default_factory=dict)
    gaps: Mapping[str, Gap] = field(default_factory=dict)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Raises ValueError for a bracket without its like."""
        return re.compile(_Reader(self.pattern, self.gaps).whole())


def read_phrases(path: Path) -> tuple[Phrase, ...]:
    """The phrases of a TOML file: `[gaps.NAME]` with a list of words for each value, and any number of `[[asked]]`,
    each with `sets`, where it means parameters, and its patterns by language. Earlier ones are tried first."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    gaps = {
        name: {value: "|".join(words) for value, words in gap.items()} for name, gap in table.get("gaps", {}).items()
    }
    return tuple(
        Phrase(pattern, block.get("sets", {}), gaps)
        for block in table["asked"]
        for language, patterns in block.items()
        if language != "sets"
        for pattern in patterns
    )


@dataclass(frozen=True)
class Sounds:
    """What sounds there are for a sentence. `here`: the key of the one that "this" means; `named` finds one by what it
    is called."""

    here: str | None
    named: Callable[[str], str | None]


def params_of(text: str, phrases: Sequence[Phrase], fields: Sequence[str], sounds: Sounds) -> dict[str, Any] | None:
    """The parameters that `text` asks for by one of these phrases; None where it does not. `fields`: the parameters
    that take audio, first the one that is worked on."""
    if len(text) > MAX_SENTENCE:
        return None
    sentence = plain(text)
    for phrase in phrases:
        match = phrase.regex.fullmatch(sentence)
        if match and (found := _filled(match, phrase, fields, sounds)) is not None:
            return found
    return None


def plain(text: str) -> str:
    """A sentence as phrases read it: normalised, without punctuation and politeness."""
    said = re.sub(r"""["“”«»„‘`!?,;:…。！？，、；：()\[\]{}<>_-]|\.(?!\w)|(?<!\w)'|'(?!\w)""", " ", normalise(text))
    said = " ".join(said.split())
    while shorter := _POLITE_END.sub("", said) if _POLITE_END.search(said) else "":
        said = shorter
    while (polite := _POLITE.match(said)) and polite.end() < len(said):
        said = said[polite.end() :]
    return said


def _filled(match: re.Match[str], phrase: Phrase, fields: Sequence[str], sounds: Sounds) -> dict[str, Any] | None:
    """The parameters of a sentence that fits; None where a gap wants a sound that is not known."""
    found = dict(phrase.sets)
    for gap, said in match.groupdict().items():
        if said is None:
            continue
        name, said = gap.rpartition("__")[0], said.strip()
        if name in phrase.gaps:
            found[name] = _meaning(said, phrase.gaps[name])
            continue
        here = _THIS.fullmatch(said.removesuffix("的")) is not None
        key = sounds.here if here else sounds.named(said)
        if key is None and not here and (gap.endswith("known") or not _FILE.search(said)):
            return None
        found[name] = found.get(name) or key
    for name in fields[:1]:
        found.setdefault(name, sounds.here)
    heard = [found[name] for name in fields if found.get(name)]
    if len(set(heard)) < len(heard):
        return None
    return {name: value for name, value in found.items() if value is not None}


def _meaning(said: str, gap: Gap) -> Any:
    return next(value for value, words in gap.items() if re.fullmatch(_words(words), said))


_FILE = re.compile(r"\.[a-z0-9]{2,4}$")
"""What calls a file by its name is no music, known or not."""
_CJK = re.compile(r"[\u3400-\u9fff]")


def _words(alternatives: str) -> str:
    """Any of these words, the longest first."""
    words = sorted(alternatives.split("|"), key=len, reverse=True)
    chinese = [_spelled(word) for word in words if _CJK.search(word)]
    others = "|".join(_spelled(word) for word in words if not _CJK.search(word))
    return "(?:" + "|".join([*([f"{BEGIN}(?:{others}){END}"] if others else []), *chinese]) + ")"


def _word(word: str) -> str:
    return _spelled(word) if _CJK.search(word) else f"{BEGIN}{_spelled(word)}{END}"


def _spelled(word: str) -> str:
    return re.escape(word.replace("*", "\0")).replace("\0", r"\w*").replace(r"\ ", " ")


_TOKEN = re.compile(r"\{(?P<gap>\w+)(?P<known>!)?\}|(?P<sign>[()\[\]|])|(?P<word>[^\s()\[\]|{}]+)")


class _Reader:
    """Turns a pattern into a regular expression, from left to right. A space may stand behind every part."""

    def __init__(self, pattern: str, gaps: Mapping[str, Gap]) -> None:
        self._pattern, self._gaps = pattern, gaps
        self._groups = 0
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(pattern)

    def whole(self) -> str:
        return self._alternatives("")

    def _alternatives(self, closing: str) -> str:
        parts = [""]
        for token in self._tokens:
            sign = token["sign"]
            if sign and sign == closing:
                return "(?:" + "|".join(sorted(parts, key=len, reverse=True)) + ")"
            if sign == "|":
                parts.append("")
            elif sign == "(":
                parts[-1] += self._alternatives(")")
            elif sign == "[":
                parts[-1] += self._alternatives("]") + "?"
            elif sign:
                break
            else:
                parts[-1] += (self._gap(token) if token["gap"] else _word(token["word"])) + " ?"
        else:
            if not closing:
                return "|".join(parts)
        raise ValueError(f"a bracket without its like: {self._pattern!r}")

    def _gap(self, token: re.Match[str]) -> str:
        """A group called after the gap, its number, and whether the sound must be known: `source__2known`."""
        name = token["gap"]
        self._groups += 1
        words = _words("|".join(self._gaps[name].values())) if name in self._gaps else ".{1,80}?"
        return f"(?P<{name}__{self._groups}{'known' if token['known'] else ''}>{words})"

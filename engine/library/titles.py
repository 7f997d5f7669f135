"""Titles: what people call a track. Made from the prompt or from the title of the sound that it was made from.

A command names the sentence that makes its titles (`Command.title`): `{source} · restored`, with each audio field's
title in place of its name, `{text}` for the user's words and `{command}` for the command's name.
"""

import re
import unicodedata
from collections.abc import Mapping
from itertools import accumulate
from string import Formatter

from engine.messages import LANGUAGES, translate
from engine.text import MAX_LABEL, base_name, label

MAX_TITLE = MAX_LABEL
PROMPT_COLUMNS = 60
SENTENCE_COLUMNS = 12
BASE_COLUMNS = 120
"""The longest title of a prompt; the shortest that a sentence makes, lest it be `Dr.`; what stays of a title before
more is put behind it. A wide letter, as in Chinese, takes two columns."""

FROM_TEXT, FROM_SOUND, UNTITLED, VARIATION, STEM, SPLIT = (
    "title.text", "title.sound", "title.untitled", "title.variation", "title.stem", "title.stems",
)  # fmt: skip

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_EXTENSION = re.compile(r"\.(?=[a-z0-9]*[a-z])[a-z0-9]{1,5}$", re.IGNORECASE)
_OUR_NAME = re.compile(r"_\d{8}_\d\d_\d\d(_\d+)?$")


def clean(text: str) -> str:
    """`text` as a title: one line of at most MAX_LABEL characters; empty where nothing of it can be seen."""
    title = label(text)
    return title if any(unicodedata.category(letter)[0] not in "CZM" for letter in title) else ""


def from_prompt(prompt: str) -> str:
    """The first line of a prompt; of a long line its first sentence, cut at a word where that is long too.

    Empty where nothing of it can be seen.
    """
    line = next((line for line in map(clean, prompt.splitlines()) if line), "")
    if _columns(line) > PROMPT_COLUMNS:
        sentence = _SENTENCE.split(line, maxsplit=1)[0]
        line = sentence if _columns(sentence) >= SENTENCE_COLUMNS else line
    return clean(shortened(line.rstrip(".。,，;； "), PROMPT_COLUMNS))


def from_file(name: str) -> str:
    """What a file is called, without its extension."""
    name = base_name(name)
    return clean(_EXTENSION.sub("", name)) or clean(name)


def shortened(text: str, columns: int) -> str:
    """`text`, or as many of its words as fit beside an ellipsis; a word that fills more than half of it is cut."""
    if _columns(text) <= columns:
        return text
    widths = accumulate(_columns(letter) for letter in text)
    end = next(place for place, width in enumerate(widths) if width >= columns)
    while end and _joined(text[end - 1], text[end]):
        end -= 1
    kept = text[:end]
    words = kept if text[end].isspace() else kept.rpartition(" ")[0]
    if _columns(words) > columns // 2:
        kept = words
    return kept.rstrip(" .,;:·-–—。，；：、") + "…"


def _joined(letter: str, following: str) -> bool:
    """Whether a cut between them would take one sign apart."""
    return unicodedata.category(following)[0] == "M" or "\u200d" in (letter, following)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def made(sentence: str, *, text: str, sounds: Mapping[str, str], command: str, language: str) -> str:
    """The title of a result; `sounds`: titles by audio field, `sentence`: the command's own, empty for the usual one.

    The usual one: what the first sound is called and the command's name; without sounds the user's words.
    """
    if not sentence:
        sentence = FROM_SOUND if sounds else FROM_TEXT
    bases = {field: base(title) for field, title in sounds.items()}
    first = next(iter(bases.values()), "")
    values = {"source": first, **bases, "text": from_prompt(text), "command": command}
    return clean(translate(sentence, language, **values)) or translate(UNTITLED, language)


def named_after(sentence: str, sounds: Mapping[str, str]) -> str | None:
    """The audio field that such a title begins with; None where it tells the user's words."""
    fields = list(sounds)
    if not sentence:
        return fields[0] if fields else None
    said = [name for _, name, _, _ in Formatter().parse(translate(sentence)) if name]
    return next((name for name in said if name in fields), None)


def base(title: str) -> str:
    """A title without `· stems`, so that what comes from a split track is called after the song."""
    title = clean(title)
    for language in LANGUAGES:
        title = title.removesuffix(translate(SPLIT, language, source=""))
    return shortened(title, BASE_COLUMNS)


def numbered(title: str, number: int, count: int, language: str) -> str:
    """The title of one of several results of the same request."""
    return translate(VARIATION, language, title=shortened(clean(title), BASE_COLUMNS), number=number, count=count)


def of_stem(title: str, stem: str, language: str) -> str:
    """The title of a stem, a file of its own: `Song · vocals`."""
    key = f"stem.{stem}"
    word = translate(key, language)
    return translate(STEM, language, title=base(title), stem=stem if word == key else word.lower())


def of_stems(title: str, language: str) -> str:
    """The title of all stems of a track together."""
    return translate(SPLIT, language, source=base(title))


_EARLIER = {
    "upscale": ("title.restored", ""),
    "split": (SPLIT, ""),
    "mix": ("title.mix", " · "),
    "match": ("title.match", " ≈ "),
}
"""The sentence of a command, and what stood between the names in its prompts."""


def of_earlier(record: Mapping[str, object]) -> str:
    """A title for a record of an earlier version, in English: its prompt held the words, or the source's name."""
    prompt, name, command = (str(record.get(field) or "") for field in ("prompt", "name", "command"))
    sentence, between = _EARLIER.get(command, (FROM_TEXT, ""))
    if sentence == FROM_TEXT:
        return from_prompt(prompt) or _readable(name)
    names = [_readable(from_file(part)) for part in (prompt.split(between) if between else [prompt])]
    if command == "match" and len(names) == 1:
        sentence = "title.matched"
    sounds = dict(zip(("source", "reference"), [names[0] or _readable(name), *names[1:]], strict=False))
    return made(sentence, text="", sounds=sounds, command=command, language="en")


def _readable(name: str) -> str:
    """A file's name of ours without its time: `composer 7`; others as they are."""
    short = _OUR_NAME.sub("", name)
    return short.replace("_", " ") if short and short != name else name

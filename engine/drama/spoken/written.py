"""What is said, as text for engines that read: Silero in its own alphabet, eSpeak and Piper plainly."""

import re
from typing import Final

from engine.drama.spoken.scanner import Said

SILERO: Final = frozenset("!+,-.:;?абвгдежзийклмнопрстуфхцчшщъыьэюяё–… ")
"""Letters and marks of Silero's Russian models; others it drops without a word."""
LONGEST: Final = 900
"""Code points of a sentence for Silero; beyond about 1,000 it fails."""
_MARKS: Final = str.maketrans({"—": "–", "“": " ", "”": " ", '"': " ", "(": ", ", ")": ", ", "'": "", "’": ""})


def for_silero(said: Said) -> list[str]:
    """Sentences in Silero's alphabet, in order, none longer than `LONGEST`; none where nothing is said. Its words, in
    order, are those of `Said.words`."""
    text = "".join(sign for sign in said.text.lower().translate(_MARKS) if sign in SILERO)
    text = re.sub(r"\s*,(?:\s*[,])+", ",", re.sub(r" +([,.!?;:…])", r"\1", re.sub(r"\s+", " ", text)))
    sentences = re.findall(r"[^.!?…]*[.!?…]+|[^.!?…]+$", text)
    return [part for sentence in sentences for part in _cut(sentence.strip(" ,;")) if re.search("[а-яё]", part)]


def for_plain(said: Said) -> str:
    """The text for eSpeak and Piper: without stress marks."""
    return re.sub(r"\+(?=[а-яё])", "", said.text, flags=re.IGNORECASE)


def _cut(sentence: str) -> list[str]:
    """Behind a clause, else between words, else anywhere."""
    parts = []
    while len(sentence) > LONGEST:
        room = sentence[:LONGEST]
        end = max(room.rfind(mark) + 1 for mark in (", ", "; ", ": ", "– "))
        end = end if end > LONGEST // 3 else room.rfind(" ") + 1
        end = end if end > LONGEST // 3 else LONGEST
        parts.append(sentence[:end].strip())
        sentence = sentence[end:].strip()
    return [*parts, sentence]

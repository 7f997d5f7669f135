"""Which of the three languages a text is in, by its letters and its commonest words."""

import re
from collections.abc import Iterator

from engine.drama.project import Language
from engine.drama.script.words import listed

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_WORDS = re.compile(r"[^\W\d_]+")
_SAMPLE = 200_000


def _weights(text: str) -> dict[Language, int]:
    """How much of the text is in each script; a Chinese character counts as the three letters it stands for."""
    return {
        "zh": 3 * len(_HAN.findall(text)),
        "ru": len(_CYRILLIC.findall(text)),
        "en": len(_LATIN.findall(text)),
    }


def _sample(text: str) -> str:
    """Three stretches of a long text: what stands before and after a book is often in another language."""
    if len(text) <= _SAMPLE:
        return text
    third = _SAMPLE // 3
    return "\n".join(text[at : at + third] for at in (0, len(text) // 2 - third // 2, len(text) - third))


def language_of(text: str) -> Language:
    """The language of most of the text; English where it has no letters."""
    weights = _weights(_sample(text))
    best = max(weights, key=lambda language: weights[language])
    return best if weights[best] else "en"


def other_language(text: str, main: Language) -> Language | None:
    """The language of a line that is clearly not in the main one: at least four in five of its letters are of another
    script, and it has two words or more; Latin letters count as English only with an English small word among them.
    """
    weights = _weights(text)
    best = max(weights, key=lambda language: weights[language])
    if best == main or weights[best] < 0.8 * sum(weights.values()) or weights[best] < 6:
        return None
    if best == "en":
        words = [word.lower() for word in _words(text)]
        return "en" if len(words) > 1 and any(word in listed("stops", "en") for word in words) else None
    return best if best == "zh" or sum(1 for _ in _words(text)) > 1 else None


def _words(text: str) -> Iterator[str]:
    return (match[0] for match in _WORDS.finditer(text))


def han_letters(text: str) -> int:
    return len(_HAN.findall(text))

"""English words as Kokoro's phonemes: eSpeak's IPA by misaki's table (hexgrad, Apache-2.0)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Final

from engine.drama.spoken import espeak
from engine.drama.spoken.english.homographs import sound_of
from engine.drama.spoken.scanner import Accent

_COMMON: Final = (
    ("ʔˌn\u0329", "ʔn"), ("a^ɪ", "I"), ("a^ʊ", "W"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"),
    ("ə^l", "ᵊl"), ("ʲo", "jo"), ("ʲə", "jə"), ("ʔn\u0329", "ʔn"), ("ʲ", ""), ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k"),
    ("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("\u0303", ""),
)  # fmt: skip
_LAST: Final = (("ɹɹ", "ɹ"), ("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t"), ("^", ""), ("-", ""), ("_", ""))
_ACCENT: Final[dict[Accent, tuple[tuple[str, str], ...]]] = {
    "us": (("o^ʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", "")),
    "gb": (("e^ə", "ɛː"), ("iə", "ɪə"), ("ə^ʊ", "Q")),
}
_VOICES: Final[dict[Accent, str]] = {"us": "en-us", "gb": "en"}


def kokoro(ipa: str, accent: Accent) -> str:
    """eSpeak's IPA, its sounds tied by `^`, as Kokoro's phonemes."""
    for old, new in _COMMON[:4]:
        ipa = ipa.replace(old, new)
    ipa = re.sub(r"e(?!\^)", "A", ipa.replace("e^ɪ", "A"))
    for old, new in _COMMON[4:]:
        ipa = ipa.replace(old, new)
    ipa = re.sub("(\\S)\u0329", "ᵊ\\1", ipa).replace("\u0329", "")
    for old, new in (*_ACCENT[accent], *_LAST):
        ipa = ipa.replace(old, new)
    return ipa


def from_ipa(ipa: str, accent: Accent) -> str:
    """IPA as people write it, without ties."""
    tied = ipa.replace("͡", "").replace("g", "ɡ").replace("'", "ˈ")
    for pair in ("aɪ", "aʊ", "dʒ", "eɪ", "tʃ", "ɔɪ", "oʊ", "əʊ", "eə"):
        tied = tied.replace(pair, f"{pair[0]}^{pair[1]}")
    return kokoro(tied, accent)


@lru_cache(8192)
def _alone(word: str, accent: Accent) -> str:
    return kokoro(espeak.phonemes(word, _VOICES[accent]), accent)


def sounds(words: Sequence[str], accent: Accent) -> list[tuple[int, str]]:
    """Phonemes of the words of one clause: (how many words, their phonemes), in order. Some that eSpeak says as one,
    `of the`, come together."""
    found: list[tuple[int, str]] = []
    at = 0
    for count, ipa in heard(words, _VOICES[accent], accent):
        said = kokoro(ipa, accent)
        own = [sound_of(words, place, accent) for place in range(at, at + count)]
        if count == 1 or not any(own):
            found.append((count, own[0] or said if count == 1 else said))
        else:
            found += [(1, mine or _alone(words[at + place], accent)) for place, mine in enumerate(own)]
        at += count
    return found


_RUN: Final = 40
"""Words that eSpeak is given at once: more tell it nothing, and would take long to be told apart."""
_STEPS: Final = ((1, 1), (2, 1), (3, 1), (1, 2), (1, 3), (2, 3), (1, 0), (1, 4), (2, 2))
"""So many words may have become so many of phonemes."""
_DRIFT: Final = 6
"""How far the two may run apart, beyond what they do in the end."""


def heard(words: Sequence[str], voice: str, accent: Accent) -> list[tuple[int, str]]:
    """The words of one clause as eSpeak's voice says them: (how many words, their IPA, its sounds tied by `^`)."""
    found: list[tuple[int, str]] = []
    for begin in range(0, len(words), _RUN):
        run = words[begin : begin + _RUN]
        said = [ipa for ipa in espeak.phonemes(" ".join(run), voice).split() if kokoro(ipa, accent)]
        if len(said) == len(run):
            found += [(1, ipa) for ipa in said]
            continue
        at = 0
        joined = _joined(run, [kokoro(ipa, accent) for ipa in said], accent)
        for count, parts in joined or ():
            found.append((count, " ".join(said[at : at + parts])))
            at += parts
        if joined is None:
            found += [(1, espeak.phonemes(word, voice)) for word in run]
    return found


def _joined(words: Sequence[str], said: list[str], accent: Accent) -> list[tuple[int, int]] | None:
    """How many of the words are how many of the phonemes, in order, by their likeness: the cheapest way through both;
    None where there is none."""
    lone = [_alone(word, accent).replace(" ", "") for word in words]
    apart = abs(len(words) - len(said)) + _DRIFT
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for i, j in product(range(len(words) + 1), range(len(said) + 1)):
        if (i, j) not in best:
            continue
        for more, parts in _STEPS:
            to = (i + more, j + parts)
            if to[0] > len(words) or to[1] > len(said) or abs(to[0] - to[1]) > apart:
                continue
            unlike = _distance("".join(lone[i : to[0]]), "".join(said[j : to[1]]))
            cost = best[i, j][0] + unlike + 0.1 * (more + parts - 2) ** 2
            if to not in best or cost < best[to][0]:
                best[to] = (cost, (i, j))
    at = (len(words), len(said))
    if at not in best:
        return None
    found: list[tuple[int, int]] = []
    while at != (0, 0):
        before = best[at][1]
        found.append((at[0] - before[0], at[1] - before[1]))
        at = before
    return found[::-1]


@lru_cache(65_536)
def _distance(left: str, right: str) -> float:
    """Edits between two strings of phonemes, stress aside."""
    left, right = (each.replace("ˈ", "").replace("ˌ", "") for each in (left, right))
    if len(left) + len(right) > 200:
        return float(abs(len(left) - len(right)))
    row = list(range(len(right) + 1))
    for i, mine in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(right, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (mine != other))
    return float(row[-1])

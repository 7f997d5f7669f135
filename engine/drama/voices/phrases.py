"""What an utterance is in phonemes, and which of them are which word of its text."""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from engine.drama.project import Word
from engine.drama.voices.utterance import Utterance


@dataclass(frozen=True)
class Uttered:
    """`words`: (where it begins in the text, its length, first phoneme, one past its last), in order."""

    phonemes: str
    words: list[tuple[int, int, int, int]]
    spoken: str
    unspoken: list[str] = field(default_factory=list)

    def timed(self, starts: Mapping[int, int], first: int, end: int, rate_hz: int, offset_s: float) -> list[Word]:
        """Words of the phonemes `first` up to `end`; `starts`: at which sample each phoneme begins that is said."""
        found = []
        for at, length, begin, stop in self.words:
            heard = [starts[place] for place in range(begin, stop + 1) if place in starts]
            if first <= begin < end and len(heard) > 1:
                start_s, end_s = (max(0.0, sample / rate_hz + offset_s) for sample in (heard[0], heard[-1]))
                found.append(Word(at=at, length=length, start_s=start_s, end_s=end_s))
        return found


def pieces(phonemes: str, most: int) -> Iterator[tuple[int, int]]:
    """Where to cut phonemes that are too long for one call: behind a sentence, a clause, a word, or where need be."""
    start = 0
    while len(phonemes) - start > most:
        room = phonemes[start : start + most]
        ends = (max(room.rfind(sign + " ") for sign in signs) + 1 for signs in (".!?…", ";:,—", ("",)))
        end = start + next((end for end in ends if end > most // 3), most)
        yield start, end
        start = end
    if start < len(phonemes):
        yield start, len(phonemes)


# until engine/drama/spoken/ does it

_LOCK = threading.Lock()
_CHANGES = [
    ("ʔˌn̩", "ʔn"),
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("ə^l", "ᵊl"),
    ("e", "A"),
    ("ʲo", "jo"),
    ("ʲə", "jə"),
    ("ʲ", ""),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("̃", ""),
]
_US = [("o^ʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", "")]
_GB = [("e^ə", "ɛː"), ("iə", "ɪə"), ("ə^ʊ", "Q")]


@cache
def _espeak() -> Any:
    import ctypes

    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    return library


def _ipa(text: str, accent: str) -> str:
    import ctypes

    with _LOCK:
        library = _espeak()
        library.espeak_SetVoiceByName(b"en-gb" if accent == "gb" else b"en-us")
        pointer, found = ctypes.c_char_p(text.encode()), []
        while pointer.value:
            found.append(
                (library.espeak_TextToPhonemes(ctypes.byref(pointer), 1, 0x82 | ord("^") << 8) or b"").decode()
            )
    said = " ".join(found)
    for old, new in _CHANGES + (_GB if accent == "gb" else _US):
        said = said.replace(old, new)
    said = re.sub("(\\S)̩", "ᵊ\\1", said)
    return said.replace("ɾ", "T").replace("ʔ", "t").replace("^", "")


def phrase(utterance: Utterance, accent: str) -> Uttered:
    text, phonemes, words = utterance.text, "", []
    for part in re.finditer(r"[;:,.!?—…\"()“”]+|[^;:,.!?—…\"()“”]+", text):
        if part[0][0] in ';:,.!?—…"()“”':
            phonemes = phonemes.rstrip() + part[0] + " "
            continue
        said = _ipa(part[0], accent).split()
        written = list(re.finditer(r"\S+", part[0]))
        if len(said) != len(written):
            phonemes += " ".join(said) + " "
            continue
        for word, source in zip(said, written, strict=True):
            words.append((part.start() + source.start(), len(source[0]), len(phonemes), len(phonemes) + len(word)))
            phonemes += word + " "
    return Uttered(phonemes.strip(), words, text)

"""What every engine makes of an utterance before and after it speaks."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from engine.drama.project import Word
from engine.drama.spoken.said import Accent, Said, said
from engine.drama.voices.shaping import Mono, finished, sounding
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import known
from engine.errors import AppError, Code, invalid

BETWEEN_S = 0.25
"""Between the parts of a text that an engine is given one after the other."""
WORDLESS_S = 0.4
"""How long a line is silent that has neither letter nor digit: three dots, a dash."""


class Timed(NamedTuple):
    """When a part of the text is heard: from `start` up to `end` in the text, at samples."""

    start: int
    end: int
    first: float
    last: float


def read(utterance: Utterance) -> Said:
    """The utterance in words."""
    accent: Accent = "gb" if known(utterance.voice).accent == "gb" else "us"
    return said(utterance.text, utterance.language, utterance.pronunciations, accent)


class Take:
    """The parts of an utterance put together: silence around each is taken off, words keep their times."""

    def __init__(self, utterance: Utterance, text: Said, rate_hz: int) -> None:
        self._utterance, self._text, self._rate_hz = utterance, text, rate_hz
        self._sounds: list[Mono] = []
        self._words: list[Timed] = []
        self._samples = 0

    def add(self, sound: Mono, words: Iterable[Timed]) -> None:
        """The next part, [samples], with its words counted from its first sample. Raises INTERNAL for no sound."""
        if not np.isfinite(sound).all():
            raise AppError(Code.INTERNAL, "voice_no_sound", voice=self._utterance.voice)
        first, last = sounding(sound, self._rate_hz)
        if last <= first:
            return
        if self._sounds:
            self._sounds.append(np.zeros(round(BETWEEN_S * self._rate_hz), np.float32))
            self._samples += self._sounds[-1].size
        for start, end, begin, over in words:
            moved = (begin - first + self._samples, over - first + self._samples)
            before = self._words[-1] if self._words else None
            if before and start < before.end:  # what one part of the text became, a number say, is one word
                self._words[-1] = before._replace(end=max(end, before.end), last=moved[1])
            else:
                self._words.append(Timed(start, end, *moved))
        self._sounds.append(sound[first:last])
        self._samples += last - first

    def speech(self, pace: float = 1.0, semitones: float = 0.0) -> Speech:
        """All of it, so many times as fast and so much higher; silence for a text without a letter.

        Raises INVALID_INPUT where a text has letters, and nothing was said.
        """
        if not self._sounds:
            if any(sign.isalnum() for sign in self._utterance.text):
                raise invalid("nothing_to_say", text=self._utterance.text[:100])
            silence = np.zeros((1, round(WORDLESS_S * self._rate_hz)), np.float32)
            return Speech(silence, self._rate_hz, [], "", list(self._text.unspoken))
        words = [self._word(*word) for word in self._words if word.end > word.start]
        whole, timed = finished(np.concatenate(self._sounds), self._rate_hz, words, pace, semitones)
        return Speech(whole[None], self._rate_hz, timed, self._text.text.strip(), list(self._text.unspoken))

    def _word(self, start: int, end: int, first: float, last: float) -> Word:
        start_s, end_s = (max(0.0, sample / self._rate_hz) for sample in (first, last))
        return Word(at=start, length=end - start, start_s=start_s, end_s=end_s)

"""What an engine answers: a line as sound, with the times of its words. Worker side."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from engine.audio.block import Audio
from engine.drama.project import Word
from engine.drama.voices.utterance import Utterance


@dataclass(frozen=True)
class Speech:
    """A spoken line.

    `audio`: float32 [1, samples], without the silence that engines put around it, finite, peak at most 1. `words`: of
    the utterance's own text, by its code points. `spoken`: what was really said, in words. `unspoken`: what of the text
    could not be said; never dropped silently.
    """

    audio: Audio
    rate_hz: int
    words: list[Word] = field(default_factory=list)
    spoken: str = ""
    unspoken: list[str] = field(default_factory=list)


class Speaker(Protocol):
    """What every speech engine offers, a `ModelEngine` besides (`tests/drama/speaker_contract.py`)."""

    version: str
    """Changes whenever the same utterance would sound different."""

    def speak(self, utterance: Utterance, check_canceled: Callable[[], None]) -> Speech:
        """Raises INVALID_INPUT where nothing of the text can be said in this language; Canceled."""

"""Speakers for booths that need no weights: a tone a letter, and such as hang, die or fail at certain words."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine.drama.project import Word
from engine.drama.voices.booth import Staging
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.errors import invalid

RATE_HZ = 8000
LETTER_S = 0.05


class Tones:
    """Every letter 50 ms of a tone. `files`: the folder in which it notes what it said.

    "slow": as long as nobody cancels. "stuck": for ever, deaf to cancels; "stuck once": the first time only. "dies":
    ends the process. "refuses": nothing can be said.
    """

    version = "tones"

    def __init__(self, staging: Staging) -> None:
        self._folder = Path(staging.files[0]) if staging.files else None

    def load(self, job: Any) -> None: ...

    def speak(self, utterance: Utterance, check_canceled: Callable[[], None]) -> Speech:
        text = utterance.text
        first = self._noted(text)
        if text.startswith("stuck") and (first or text != "stuck once"):
            threading.Event().wait(600)
        if text.startswith("dies") and (first or text != "dies once"):
            os._exit(3)
        if text.startswith("refuses"):
            raise invalid("nothing_to_say", text=text)
        while text.startswith("slow"):
            check_canceled()
            threading.Event().wait(0.01)
        at_s = np.arange(round(LETTER_S * RATE_HZ)) / RATE_HZ
        sound = np.concatenate([0.5 * np.sin(2 * np.pi * (200 + ord(letter)) * at_s) for letter in text])
        word = Word(at=0, length=len(text), start_s=0, end_s=len(text) * LETTER_S)
        return Speech(sound[None].astype(np.float32), RATE_HZ, [word], text)

    def _noted(self, text: str) -> bool:
        """Whether it is said for the first time; a line of the file `said` for each time."""
        if self._folder is None:
            return True
        path = self._folder / "said"
        before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
        return text not in before

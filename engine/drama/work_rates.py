"""How fast this computer was: what the shares of a drama's stages, and so the time left, follow from."""

import json
from pathlib import Path

from engine.errors import AppError
from engine.library.atomic import write_json
from engine.parameters import number

USUAL = {
    "analyzing": 2e-5,
    "loading": 3.0,
    "kokoro": 0.03,
    "silero": 0.004,
    "piper": 0.005,
    "espeak": 0.001,
    "mixing": 0.02,
    "cue": 0.15,
}
"""Seconds of work before anything was measured: for a character that is read or spoken by an engine (`Utterance.work`),
an engine that is loaded, a second that is mixed or composed."""
UNKNOWN = 0.05
_NEWS = 0.5
"""How much a new measurement counts against all earlier ones."""


class WorkRates:
    """`path`: a JSON file that may be missing or damaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            known = {}
        known = known if isinstance(known, dict) else {}
        self._seconds = {name: value for name in known if (value := number(known[name])) is not None and value > 0}

    def expected_s(self, kind: str, amount: float) -> float:
        """About how long so much work will take, seconds."""
        return amount * self._seconds.get(kind, USUAL.get(kind, UNKNOWN))

    def note(self, kind: str, amount: float, seconds: float) -> None:
        """So much work took so long."""
        if amount > 0 and seconds > 0:
            before, now = self._seconds.get(kind), seconds / amount
            self._seconds[kind] = now if before is None else before + _NEWS * (now - before)

    def keep(self) -> None:
        """Write down what was noted; where that cannot be, the next drama only guesses worse."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._path, self._seconds)
        except (OSError, AppError):
            return

"""How each engine is made in its booth: imported there, one at a time."""

from pathlib import Path
from typing import TYPE_CHECKING

from engine.drama.voices.booth import Staging

if TYPE_CHECKING:
    from engine.drama.voices.kokoro import Kokoro


def kokoro(staging: Staging) -> "Kokoro":
    from engine.drama.voices.kokoro import Kokoro

    return Kokoro([Path(file) for file in staging.files], staging.threads)

"""How each engine is made in its booth: imported there, one at a time."""

from pathlib import Path
from typing import TYPE_CHECKING

from engine.drama.voices.booth import Staging
from engine.models.catalogue import MODELS

if TYPE_CHECKING:
    from engine.drama.voices.espeak import Espeak
    from engine.drama.voices.kokoro import Kokoro
    from engine.drama.voices.megatts3 import MegaTts3
    from engine.drama.voices.piper import Piper
    from engine.drama.voices.silero import Silero


def kokoro(staging: Staging) -> "Kokoro":
    from engine.drama.voices.kokoro import Kokoro

    return Kokoro([Path(file) for file in staging.files], staging.threads)


def silero(staging: Staging) -> "Silero":
    from engine.drama.voices.silero import Silero

    return Silero(Path(staging.files[0]), MODELS["silero-v4-ru"].files[0].sha256 or "", staging.threads)


def piper(staging: Staging) -> "Piper":
    from engine.drama.voices.piper import Piper

    return Piper([Path(file) for file in staging.files], staging.threads)


def espeak(staging: Staging) -> "Espeak":
    from engine.drama.voices.espeak import Espeak

    return Espeak()


def megatts3(staging: Staging) -> "MegaTts3":
    from engine.drama.voices.megatts3 import MegaTts3

    return MegaTts3(staging.service, Path(staging.files[0]))

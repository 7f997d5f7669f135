"""How long a drama will take, before its job has read it. Light: the server tells it."""

from engine.drama.project import Language
from engine.drama.voices.voices import VOICES
from engine.drama.work_rates import WorkRates
from engine.models import ModelStore, find
from engine.settings import Settings

PASSES = 3
"""How often all that sounds is gone through in mixing, the stems among it."""
LINE_WORK = 1.2
"""Engines make the silence around lines too: characters of work for each letter."""


def estimated_s(settings: Settings, letters: int, seconds: float, language: Language) -> float:
    """Of a script with so many letters to be said, that will last so long: by what this computer has needed before,
    with the best voices of the language that are there."""
    rates = WorkRates(settings.cache_dir / "drama.json")
    engine = _engine(settings, language)
    return (
        rates.expected_s("analyzing", letters)
        + rates.expected_s("loading", 1)
        + rates.expected_s(engine, letters * LINE_WORK)
        + rates.expected_s("mixing", seconds * PASSES)
    )


def _engine(settings: Settings, language: Language) -> str:
    store = ModelStore(settings.models)
    voices = [voice for voice in VOICES.values() if voice.language == language]
    there = (voice for voice in voices if voice.model is None or store.located(find(voice.model)))
    return next((voice.engine for voice in there), "espeak")

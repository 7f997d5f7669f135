"""A sound by a sentence, in a job: the words in English, the model there, the engine at work."""

from pathlib import Path

from engine.audio.block import Audio
from engine.audio.loudness import loudest_lufs
from engine.context import JobContext
from engine.drama.sounds.render import EFFECT_LUFS, at_level
from engine.drama.sounds.tangoflux.engine import TangoFluxEngine
from engine.drama.sounds.words import named, tags
from engine.errors import invalid
from engine.models.ensure import ensure, needed

MODEL = "tangoflux"
LONGEST_S = 120.0


def ask(prompt: str, seconds: float, seed: int, job: JobContext) -> tuple[Audio, int]:
    """What `prompt` describes, float32 [2, samples], its loudest 400 ms as loud as those of any effect, and its rate,
    Hz. It is 120 s long at most: `engine.drama.sounds.loops` prolongs it.

    Raises INVALID_INPUT `prompt_not_english`; MODEL_MISSING where the checkpoint is not had; what reading it raises.
    """
    said = in_english(prompt)
    files = have_model(job)
    engine = job.engine(MODEL, lambda: TangoFluxEngine(files))
    sound = engine.make(said, min(seconds, LONGEST_S), seed, tick=lambda share: job.progress(share, 1))
    return at_level(sound, EFFECT_LUFS, loudest_lufs(sound, engine.rate_hz)), engine.rate_hz


def have_model(job: JobContext) -> list[Path]:
    """Its files, fetched where they are not there. Raises MODEL_MISSING."""
    return [file for model in needed(MODEL) for file in ensure(model, job)]


def in_english(prompt: str) -> str:
    """The prompt as it is where it is in Latin letters; else what its words name, in English.

    Raises INVALID_INPUT `prompt_not_english` where nothing in it is known.
    """
    letters = [letter for letter in prompt if letter.isalpha()]
    if letters and all(letter.isascii() for letter in letters):
        return prompt
    if found := list(named(prompt)):
        return ", ".join(tags()[name].prompt for name in found[:4])
    raise invalid("prompt_not_english", prompt=prompt[:80])

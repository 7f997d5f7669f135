"""What a prompt says of other parameters than itself."""

from engine.generate.params import GenerateParams
from engine.speech.numbers import normalise
from engine.speech.wish import Wish
from engine.speech.wishes import wishes


def hear(prompt: str) -> list[Wish]:
    """Length, number, format and loop. How many parts a piece has, the composer hears by itself."""
    return [wish for wish in wishes(normalise(prompt)) if wish.field in GenerateParams.model_fields]

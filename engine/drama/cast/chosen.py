"""Whom the user has cast: names and what they shall sound like."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError

from engine.drama.project import VOICE, Character, Part, VoiceEffect
from engine.drama.voices.utterance import Voice
from engine.drama.voices.voices import OWN
from engine.errors import invalid
from engine.parameters import problems_of


class Choice(Part):
    """What a cast says of one character; what it leaves out stays as it is."""

    voice: str | None = Field(None, description="`ENGINE:NAME`, a blend, or the name alone.")
    speed: float | None = Field(None, ge=0.5, le=2, description="Pace of all their lines.")
    pitch_semitones: float | None = Field(None, ge=-6, le=6, description="Pitch of all their lines.")
    gain_db: float | None = Field(None, ge=-24, le=12, description="Level of all their lines.")
    pan: float | None = Field(None, ge=-1, le=1, description="Where they stand: -1 left, 1 right.")
    effect: VoiceEffect | None = Field(None, description="What their voice comes through.")


Chosen = Mapping[str, str | Mapping[str, Any]]


def choices(
    chosen: Chosen, characters: Sequence[Character], voices: Sequence[Voice]
) -> tuple[dict[str, Choice], list[str]]:
    """Character id -> what was chosen for them, and the names that nobody in the script bears.

    Raises INVALID_INPUT `drama_cast_voice` for a voice that is none, `drama_cast_entry` for values that are none.
    """
    by_name = {
        called.casefold(): character.id
        for character in reversed(characters)
        for called in (*character.aliases, character.name, character.id)
    }
    found, unknown = {}, []
    for name, given in chosen.items():
        try:
            choice = Choice.model_validate({"voice": given} if isinstance(given, str) else dict(given))
        except ValidationError as error:
            raise invalid("drama_cast_entry", name=name[:100], problems=problems_of(error)[:3]) from None
        if choice.voice is not None:
            choice.voice = _voice(choice.voice, voices)
        identity = by_name.get(name.strip().casefold())
        if identity is None:
            unknown.append(name[:100])
        else:
            found[identity] = choice
    return found, unknown


def _voice(given: str, voices: Sequence[Voice]) -> str:
    """The id of a voice by its id or its name, a blend of two as well; one of the user's own by its id."""
    main, plus, blend = given.strip().partition("+")
    for voice in voices:
        if main in (voice.id, voice.name, voice.id.partition(":")[2]):
            whole = voice.id + plus + blend
            other = f"{voice.engine}:{blend.partition('@')[0]}"
            if re.fullmatch(VOICE, whole) and (not plus or any(each.id == other for each in voices)):
                return whole
    if main.startswith(f"{OWN}:") and not plus and re.fullmatch(VOICE, main):
        return main
    raise invalid("drama_cast_voice", voice=given[:100])

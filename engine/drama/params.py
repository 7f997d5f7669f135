"""What `/drama` can be asked for."""

import json
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from engine.drama.voices.utterance import Utterance
from engine.parameters import MAX_TEXT, OutputParams, ScriptInput, problems_of

MAX_TYPED = MAX_TEXT
"""Characters of a script that is typed; a longer one is a file."""
MAX_CAST = 40_000
"""Characters of JSON."""


def _cast(text: str) -> str:
    if text.strip():
        given = _json(text)
        if not isinstance(given, dict) or not all(isinstance(value, str | dict) for value in given.values()):
            raise PydanticCustomError("drama_cast", "an object of names and voices is wanted")
    return text.strip()


def _utterance(text: str) -> str:
    if text.strip():
        try:
            Utterance.model_validate(_json(text))
        except ValidationError as error:
            reason = problems_of(error)[:1]
            raise PydanticCustomError("drama_utterance", "no line that can be spoken", {"reason": reason}) from None
    return text.strip()


def _json(text: str) -> Any:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate, which no project can hold
        raise PydanticCustomError("no_text", "half a character") from None
    except (ValueError, RecursionError):
        raise PydanticCustomError("not_json", "no JSON") from None
    return found


class DramaParams(OutputParams):
    text_field: ClassVar[str | None] = "text"

    text: str = Field(
        "",
        max_length=MAX_TYPED,
        title="Script",
        description=(
            "A story, lines that begin with a name and a colon, or a screenplay. [pause], [sfx: door slam], "
            "[amb: storm] and [music: tense] are heard. Longer ones are given as a file."
        ),
    )
    script: ScriptInput | None = Field(
        None,
        title="Script file",
        description=(
            "A text of yours (TXT, EPUB, DOCX, Fountain, SRT, JSON), a saved project, or a drama of the library to "
            "make again."
        ),
        json_schema_extra={"choose": "Choose the script", "needed_unless": "text"},
    )
    language: Literal["auto", "en", "ru", "zh"] = Field(
        "auto",
        title="Language",
        description="Language of the script; auto finds it out.",
        json_schema_extra={"labels": {"auto": "Auto", "en": "English", "ru": "Russian", "zh": "Chinese"}},
    )
    cast: Annotated[str, AfterValidator(_cast)] = Field(
        "",
        max_length=MAX_CAST,
        title="Cast (JSON)",
        description=(
            'Who plays whom, as JSON: {"Anna": "kokoro:af_heart"}. Characters that it leaves out are cast by language, '
            "gender and age."
        ),
        json_schema_extra={"advanced": True, "file": True},
    )
    speed: float = Field(
        1.0,
        ge=0.7,
        le=1.4,
        title="Pace",
        description="How fast all lines are spoken; 1 is the voices' own pace.",
        json_schema_extra={"step": 0.05},
    )
    ambience: bool = Field(
        True, title="Ambience", description="Rain, sea, a crowd: the places and weather of the text."
    )
    effects: bool = Field(True, title="Effects", description="Doors, steps, thunder: what happens in the text.")
    music: bool = Field(True, title="Music", description="Short cues between chapters and at changes of mood.")
    sounds: Literal["library", "tangoflux"] = Field(
        "library",
        title="Sounds from",
        description=(
            "library takes your own sounds, recordings and built-in ones; tangoflux generates each from words: it is "
            "not for commercial use, and is downloaded on first use where its hub can be reached."
        ),
        json_schema_extra={
            "advanced": True,
            "labels": {"library": "Library: built in", "tangoflux": "TangoFlux: generated, non-commercial"},
            "shown_when": {"commercial_use": False},
        },
    )
    commercial_use: bool = Field(
        False,
        title="For commercial use",
        description=(
            "Choose only voices and sounds whose licences allow it. Of Russian voices that leaves eSpeak NG, and "
            "sounds are not generated; what you choose yourself stays."
        ),
        json_schema_extra={"advanced": True},
    )
    level: Literal["streaming", "r128", "acx"] = Field(
        "streaming",
        title="Loudness target",
        description=(
            "-18 LUFS suits podcasts and audio books, -23 LUFS is broadcast (EBU R128). acx is the voices alone, at "
            "the levels that ACX asks of audio books. The true peak is at most -1 dBTP, of acx -3 dB."
        ),
        json_schema_extra={
            "labels": {"streaming": "-18 LUFS", "r128": "-23 LUFS: EBU R128", "acx": "ACX: voices only"}
        },
    )
    stems: bool = Field(
        True, title="Stems", description="Also save dialogue, ambience, effects and music as stems, for the mixer."
    )
    seed: int = Field(
        -1, ge=-1, le=99_999_999, title="Seed", description="The same seed gives the same sounds; -1 is random."
    )
    utterance: Annotated[str, AfterValidator(_utterance)] = Field(
        "",
        max_length=MAX_CAST,
        title="Utterance (JSON)",
        description="A single line, as the card asks for it: it is spoken for the card to play, and makes no track.",
        json_schema_extra={"internal": True},
    )

    @model_validator(mode="after")
    def _something_to_say(self) -> Self:
        if not (self.text.strip() or self.script or self.utterance):
            raise PydanticCustomError("drama_without_script", "a script is needed")
        return self

    @property
    def chosen(self) -> dict[str, Any]:
        """The cast that was given: character -> voice, or an object of what is known of their part."""
        return dict(json.loads(self.cast)) if self.cast else {}

    @property
    def single(self) -> Utterance | None:
        """The line to be spoken alone, if that is all."""
        return Utterance.model_validate_json(self.utterance) if self.utterance else None

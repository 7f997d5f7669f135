"""What an engine is asked to say, and what a voice is. Light: the server knows both."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from engine.drama.project import Age, Emotion, Gender, Language, Part, Pronunciations, VoiceName

_SILENCE: Mapping[Language, int] = {"en": 10, "ru": 10, "zh": 4}
"""Characters that are spoken in the time of the silence around a line."""


class Utterance(Part):
    """Everything that the sound of a line depends on: two equal ones sound the same, so that one is kept by its key."""

    text: str = Field(min_length=1, max_length=5000, description="What is said, as written.")
    language: Language = Field("en", description="Of the text.")
    voice: VoiceName = Field(description="Who says it.")
    emotion: Emotion = Field("neutral", description="For engines that can act; the rest is in speed and pitch.")
    speed: float = Field(1.0, ge=0.4, le=2.5, description="1 is the voice's own pace.")
    pitch_semitones: float = Field(0.0, ge=-12, le=12, description="0 is the voice's own pitch.")
    pronunciations: Pronunciations = Field(
        {}, max_length=5000, description="Those of the user's that occur in the text."
    )

    @property
    def work(self) -> int:
        """How much there is to compute, in characters: engines make the silence around a line too, of about 0.7 s."""
        return len(self.text) + _SILENCE[self.language]

    def key(self, version: str) -> str:
        """Under which its sound is kept; `version` is the engine's own."""
        said = json.dumps([version, self.model_dump()], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:40]


@dataclass(frozen=True)
class Voice:
    """A voice that can be cast."""

    id: str
    """`ENGINE:NAME`."""
    name: str
    engine: str
    language: Language
    gender: Gender
    age: Age = "adult"
    accent: str = ""
    """`us`, `gb`, or nothing."""
    grade: float = 0.5
    """How good it is, 0 to 1, by its publisher's grade or our own measures."""
    narrates: bool = False
    """Whether it wears well over hours."""
    model: str | None = None
    """Row of the model catalogue that it needs: licence and size stand there."""

"""What `/tag` can be asked for."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from engine.models import MODELS
from engine.parameters import AudioInput, Params
from engine.split.models import SEVERAL

SLOWEST_BPM, FASTEST_BPM = 30.0, 300.0


SEPARATORS = {model: MODELS[model].label for model in SEVERAL}
"""Models whose stems can be listened to, and what they are called."""

if TYPE_CHECKING:
    Separator = str
else:
    Separator = Literal[SEVERAL]


class ListenParams(Params):
    """How a track is listened to."""

    source: AudioInput = Field(
        title="Track",
        description="What to listen to: a track of the library, or a file of yours, which becomes one.",
        json_schema_extra={"choose": "Choose the track to listen to"},
    )
    model: Literal["auto", "musicnn", "clamp3"] = Field(
        "auto",
        title="Words by",
        description="CLaMP 3 knows more words, and finds tracks by any text, but may not be used commercially; Auto "
        "takes it where it is downloaded.",
        json_schema_extra={
            "labels": {"auto": "Auto", "musicnn": "musicnn alone", "clamp3": "CLaMP 3 too: non-commercial"}
        },
    )
    top_k: int = Field(
        3, ge=1, le=10, title="Tags of a kind", description="At most so many genres, moods, instruments and so on."
    )
    chords: bool = Field(True, title="Chords", description="Also find the chords.")
    midi: bool = Field(
        False, title="MIDI", description="Also write down the notes that are heard, as a MIDI file and a piano roll."
    )
    low_bpm: float | None = Field(
        None,
        ge=SLOWEST_BPM,
        le=FASTEST_BPM,
        title="Tempo from",
        description="The slowest tempo that can be meant; decides between half and double.",
        json_schema_extra={"unit": "bpm", "labels": {"null": "Auto"}, "advanced": True},
    )
    high_bpm: float | None = Field(
        None,
        ge=SLOWEST_BPM,
        le=FASTEST_BPM,
        title="Tempo up to",
        description="The fastest tempo that can be meant; at least double the slowest.",
        json_schema_extra={"unit": "bpm", "labels": {"null": "Auto"}, "advanced": True},
    )
    harmony: Literal["own", "madmom"] = Field(
        "own",
        title="Key and chords by",
        description="A method of our own, or madmom's networks, which may not be used commercially.",
        json_schema_extra={"labels": {"own": "Own method", "madmom": "madmom: non-commercial"}, "advanced": True},
    )

    @field_validator("high_bpm")
    @classmethod
    def _an_octave(cls, high_bpm: float | None, others: ValidationInfo) -> float | None:
        low_bpm = others.data.get("low_bpm")
        if low_bpm and high_bpm and high_bpm < 2 * low_bpm:
            raise PydanticCustomError("tempo_range", "narrower than an octave", {"low_bpm": low_bpm})
        return high_bpm


class TagParams(ListenParams):
    stem_enhanced: bool = Field(
        False,
        title="Listen to stems",
        description=(
            "Also listen to vocals, drums, bass and the rest by themselves: surer of voice and instruments, and "
            "slower. A track without stems is split for it first."
        ),
    )
    separator: Separator = Field(
        "htdemucs",
        title="Separation model",
        description="The model that splits a track without stems; downloaded on first use where available.",
        json_schema_extra={"labels": {**SEPARATORS}, "shown_when": {"stem_enhanced": True}, "advanced": True},
    )

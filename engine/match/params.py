"""What `/match` can be asked for."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from engine.match.style import (
    ASPECTS,
    Alignment,
    LimiterSettings,
    ReverbSettings,
    StyleParams,
    only,
    scaled,
    style_of,
    toward_loudness,
)
from engine.parameters import AudioInput, OutputParams, problems_of

ALL, NONE = "all", "none"
_FOUND_ON_THE_WHOLE: JsonDict = {"shown_when": {"style": False, "stem_wise": [False]}}
"""Of what finds the values, where none are given and not each stem has its own."""
MAX_STYLE = 20_000
"""Characters of a style as JSON: a full one has about 4000."""


def _aspects(text: str) -> str:
    """`Tone, width` -> `tone,width`, in the order of `ASPECTS`."""
    names = [name for name in text.lower().replace(",", " ").split() if name]
    if names == [NONE]:
        return NONE
    if unknown := [name for name in names if name not in (ALL, *ASPECTS)]:
        facts = {"names": ", ".join(unknown)[:60], "known": ", ".join((ALL, *ASPECTS))}
        raise PydanticCustomError("match_aspects", "there is no aspect called {names}; choose among {known}", facts)
    if ALL in names or not names:
        return ALL
    return ",".join(name for name in ASPECTS if name in names)


def _style(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return style_of(text).model_dump_json(exclude_defaults=False)
    except ValidationError as error:
        raise PydanticCustomError("match_style", "not a style", {"reason": problems_of(error)[:1]}) from None
    except ValueError:
        reason = [{"key": "problem.not_json", "values": {}}]
        raise PydanticCustomError("match_style", "not a style", {"reason": reason}) from None


class MatchParams(OutputParams):
    source: AudioInput = Field(
        title="Track",
        description="The track to change.",
        json_schema_extra={"choose": "Choose the track to change"},
    )
    reference: AudioInput | None = Field(
        None,
        title="Reference",
        description="The track it should sound like; not needed with a style.",
        json_schema_extra={"choose": "Choose the sound to come close to", "needed_unless": "style"},
    )
    mode: Literal["auto", "A", "B"] = Field(
        "auto",
        title="Mode",
        description=(
            "A: both are the same performance and are aligned first. B: different music, only the sound is "
            "matched. auto decides by itself."
        ),
        json_schema_extra={
            "shown_when": {"stem_wise": [False]},
            "advanced": True,
            "labels": {"auto": "Auto", "A": "A: same performance", "B": "B: sound only"},
        },
    )
    aspects: Annotated[str, AfterValidator(_aspects)] = Field(
        "tone,loudness,dynamics,space,width",
        max_length=100,
        title="What to match",
        description="all, none, or some of these, separated by commas: tone, loudness, dynamics, space, width, pitch.",
        json_schema_extra={
            "widget": "choices",
            "choices": list(ASPECTS),
            "every": ALL,
            "labels": {
                "all": "All",
                "tone": "Tone",
                "loudness": "Loudness",
                "dynamics": "Dynamics",
                "space": "Space",
                "width": "Width",
                "pitch": "Pitch",
            },
        },
    )
    amount: float = Field(
        100.0,
        ge=0,
        le=100,
        title="Amount",
        description="How far to go: 0 is the track as it is, 100 the full match.",
        json_schema_extra={"unit": "%", "step": 1},
    )
    ceiling_dbtp: float = Field(
        0.0,
        ge=-20,
        le=0,
        title="True-peak ceiling",
        description=(
            "The result never exceeds this true peak. A match stays below -1 dBTP anyway, or below the "
            "reference's true peak if that is higher."
        ),
        json_schema_extra={"advanced": True, "unit": "dBTP", "step": 0.1},
    )
    align_trim: bool = Field(
        False,
        title="Trim to align",
        description=(
            "Mode A: also moves the track in time so that it starts with the reference; its length changes by"
            " the delay. Otherwise the length stays, and the two are aligned for comparison only."
        ),
        json_schema_extra={"shown_when": {"stem_wise": [False], "mode": ["auto", "A"]}, "advanced": True},
    )
    refine_s: float = Field(
        0.0,
        ge=0,
        le=300,
        title="Refine",
        description=(
            "Time to search for still better settings, by rendering ten seconds over and over; 0 is off. Not "
            "stem by stem."
        ),
        json_schema_extra={**_FOUND_ON_THE_WHOLE, "advanced": True, "unit": "s", "step": 1, "labels": {"0": "Off"}},
    )
    stem_wise: bool = Field(
        False,
        title="Stem by stem",
        description=(
            "Each stem is matched to the same stem of the reference, so that their balance is matched too. "
            "Split both first."
        ),
        json_schema_extra={"shown_when": {"style": False}},
    )
    impulse_response: AudioInput | None = Field(
        None,
        title="Impulse response",
        description="A recorded room for space; without one, a room is synthesised.",
        json_schema_extra={"advanced": True},
    )
    style: Annotated[str, AfterValidator(_style)] = Field(
        "",
        max_length=MAX_STYLE,
        title="Style (JSON)",
        description=(
            "A style from a match or a preset, applied as it is. The reference then only serves for comparison."
        ),
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _something_to_match(self) -> Self:
        if self.reference is None and not self.style:
            raise PydanticCustomError("match_without_reference", "a reference or a style is needed")
        if self.stem_wise and self.style:
            raise PydanticCustomError("match_stems_or_style", "a style is applied to the whole, not stem by stem")
        return self

    def inputs(self) -> dict[str, str]:
        """The room that the style names is opened too."""
        named = self.given_style().reverb if self.style else None
        own = {"style.reverb.ir_key": named.ir_key} if named is not None and named.ir_key else {}
        return super().inputs() | own

    def given_style(self) -> StyleParams:
        """The style of the parameters; that does nothing where there is none."""
        return style_of(self.style) if self.style else StyleParams()

    def wanted(self) -> tuple[str, ...]:
        """The aspects by name."""
        return {ALL: ASPECTS, NONE: ()}.get(self.aspects) or tuple(a for a in ASPECTS if a in self.aspects.split(","))


def settled(style: StyleParams, params: MatchParams, own_lufs: float | None) -> StyleParams:
    """What is rendered: of `style` the wanted aspects, by the amount, under the ceiling, in the given room.

    An alignment's delay is left undone unless `align_trim` asks for it.

    `own_lufs`: integrated loudness of the source, from which the amount counts; None for silence.
    """
    share = params.amount / 100
    style = only(style, params.wanted())
    if style.alignment is not None and not params.align_trim:
        unmoved = style.alignment.model_copy(update={"delay_s": 0.0})
        style = style.model_copy(update={"alignment": None if unmoved == Alignment() else unmoved})
    if params.impulse_response is not None and "space" in params.wanted():
        reverb = style.reverb or ReverbSettings()
        style = style.model_copy(update={"reverb": reverb.model_copy(update={"ir_key": params.impulse_response})})
    if own_lufs is not None and share < 1:
        style = toward_loudness(style, own_lufs, share)
    own = style.limiter or LimiterSettings(tp_db=params.ceiling_dbtp)
    limiter = own.model_copy(update={"tp_db": min(own.tp_db, params.ceiling_dbtp)})
    return scaled(style, share).model_copy(update={"limiter": limiter})

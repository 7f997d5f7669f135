"""What `/match` can be asked for."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
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
from engine.parameters import AudioInput, OutputParams

ALL, NONE = "all", "none"
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
    except ValueError as error:  # pydantic's own is one too
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise PydanticCustomError("match_style", "{reason}", {"reason": reason[:200]}) from None


class MatchParams(OutputParams):
    source: AudioInput = Field(title="Track", description="The sound to change.")
    reference: AudioInput | None = Field(
        None,
        title="Reference",
        description="The sound to come close to. It may be left out where a style is given.",
    )
    mode: Literal["auto", "A", "B"] = Field(
        "auto",
        title="Mode",
        description="A: both files hold the same performance, which is aligned first. B: only the style is taken over. "
        "auto finds out.",
    )
    aspects: Annotated[str, AfterValidator(_aspects)] = Field(
        "tone,loudness,dynamics,space,width",
        max_length=100,
        title="Aspects",
        description="What is matched: all, none, or some of tone, loudness, dynamics, space, width, pitch, with commas "
        "between.",
        json_schema_extra={"widget": "choices", "choices": list(ASPECTS), "every": ALL},
    )
    amount: float = Field(
        100.0,
        ge=0,
        le=100,
        title="Amount",
        description="How far to go from the track as it is, 0, to the reference, 100.",
        json_schema_extra={"unit": "%", "step": 1},
    )
    ceiling_dbtp: float = Field(
        0.0,
        ge=-20,
        le=0,
        title="Ceiling",
        description="The true peak that the result never passes. A match stays under -1 dBTP by itself, or under the "
        "reference's own true peak where that lies higher: 0 leaves it at that.",
        json_schema_extra={"unit": "dBTP", "step": 0.1},
    )
    align_trim: bool = Field(
        False,
        title="Trim to align",
        description="Mode A: also moves the track in time, so that it begins where the reference does and becomes "
        "shorter or longer by the delay. Without it the track keeps its length; it is only compared in time.",
        json_schema_extra={"advanced": True},
    )
    refine_s: float = Field(
        0.0,
        ge=0,
        le=300,
        title="Refine",
        description="Seconds to search for still better values by rendering ten seconds again and again; 0 searches "
        "nothing. Stems are not searched for.",
        json_schema_extra={"unit": "s", "step": 1},
    )
    stem_wise: bool = Field(
        False,
        title="Stem by stem",
        description="Each stem takes the style of its like, so that their balance is matched too. Both need stems: "
        "split them first.",
    )
    impulse_response: AudioInput | None = Field(
        None,
        title="Room",
        description="A recorded impulse response for the aspect space; without one a room is made.",
        json_schema_extra={"advanced": True},
    )
    style: Annotated[str, AfterValidator(_style)] = Field(
        "",
        max_length=MAX_STYLE,
        title="Style",
        description="A style as JSON, as a match's record or a preset holds it: it is applied as it is and nothing is "
        "found anew. The reference then only serves for comparison.",
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

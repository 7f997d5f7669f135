"""Why a style is what it is: what the page says in words beside each part."""

from pydantic import BaseModel, ConfigDict, Field

from engine.match.style import Aspect


class Decision(BaseModel):
    """Why one part of the style is what it is. `reason` is a key for the page's words, `values` are its numbers."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)
    aspect: Aspect
    part: str = Field(description="The field of `StyleParams` that it is about.")
    reason: str
    confidence: float = Field(ge=0, le=1)
    values: dict[str, float] = {}


class Decisions(list[Decision]):
    """All of them, in the order in which they were made."""

    def add(self, aspect: Aspect, part: str, reason: str, confidence: float, **values: float | None) -> None:
        confidence = round(max(0.0, min(1.0, confidence)), 3)
        figures = {name: round(float(value), 3) for name, value in values.items() if value is not None}
        self.append(Decision(aspect=aspect, part=part, reason=reason, confidence=confidence, values=figures))

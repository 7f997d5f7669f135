"""Recipes: how a track was made, read from its record, so that it can be made again with something changed.

A composed piece keeps its recipe in the `details` of its record: what it began with, and every change since.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from engine.errors import invalid
from engine.generate.composer.edit import Edit
from engine.generate.composer.spoken_edits import spoken_edits
from engine.generate.models import COMPOSER
from engine.generate.params import GenerateParams
from engine.text import label

if TYPE_CHECKING:
    from engine.library.record import Record

_DRAWN_BY = ("temperature", "top_k", "top_p", "cfg_coef")
_CLIPS = ("audio_prompt", "continuation_source", "crossfade_s")
_OF_THE_FILE = {name: f"{name}_requested" for name in ("format", "sample_rate", "bit_depth")}
_NOT_AGAIN = {"prompt", "seed", "piece", "like", "stem_split", "auto_tune", "artist", *_OF_THE_FILE}
"""Parameters that a track like another does not take over as they stand in the record."""


@dataclass(frozen=True)
class Step:
    """Edits that were made together, and the words that asked for them."""

    words: str
    edits: tuple[Edit, ...]

    def as_json(self) -> dict[str, Any]:
        return {"words": self.words, "edits": [edit.as_json() for edit in self.edits]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(values["words"], tuple(Edit.from_json(edit) for edit in values["edits"]))


@dataclass(frozen=True)
class Recipe:
    """A composed piece: the prompt and seed that it was first drawn with, and the steps since."""

    prompt: str
    duration_s: float
    seed: int
    steps: tuple[Step, ...] = ()

    def as_json(self) -> dict[str, Any]:
        steps = [step.as_json() for step in self.steps]
        return {"prompt": self.prompt, "duration_s": self.duration_s, "seed": self.seed, "steps": steps}

    @classmethod
    def of(cls, record: "Record") -> Self:
        """Raises INVALID_INPUT for what the composer did not write."""
        if not is_composed(record):
            raise invalid("piece_not_composed", title=record.title)
        kept, made = record.details.get("recipe"), record.parameters
        if isinstance(kept, dict):
            steps = tuple(Step.from_json(step) for step in kept["steps"])
            return cls(kept["prompt"], kept["duration_s"], kept["seed"], steps)
        return cls(record.prompt, made.duration or 0.0, made.seed or 0)


def is_composed(record: "Record") -> bool:
    """Whether the composer wrote it, so that it can be changed by words."""
    return record.command == "generate" and record.model == COMPOSER and "parts" in record.details


RecordOf = Callable[[str], "Record | None"]
"""The record of a track by its key; None for an upload."""


def resolved(params: GenerateParams, record_of: RecordOf) -> GenerateParams:
    """What `piece` or `like` names says the rest: parameters that the request leaves open are those of that track.

    Raises INVALID_INPUT where that track cannot be changed or made again, or where nothing that is asked for is known.
    """
    key = params.piece or params.like
    if not key:
        return params
    if params.piece and params.like:
        raise invalid("piece_and_like")
    record = record_of(key)
    if record is None:
        raise invalid("piece_uploaded")
    if params.piece:
        return _of_piece(params, record)
    if record.command != "generate":
        raise invalid("like_derived", title=record.title)
    return _like_composed(params, record) if is_composed(record) else _like_made(params, record)


def _of_piece(params: GenerateParams, record: "Record") -> GenerateParams:
    Recipe.of(record)
    asked_s = "duration" in params.model_fields_set and params.duration != record.parameters.duration
    if not spoken_edits(params.prompt).edits and not asked_s:
        raise invalid("edit_not_heard", text=label(params.prompt)[:80])
    return params.model_copy(update=_composed(params, record) | {"seed": record.parameters.seed or 0, "variations": 1})


def _like_composed(params: GenerateParams, record: "Record") -> GenerateParams:
    return params.model_copy(update=_composed(params, record))


def _composed(params: GenerateParams, record: "Record") -> dict[str, Any]:
    """What decides about the music."""
    made = record.parameters.model_dump()
    taken = {name: made[name] for name in (*_DRAWN_BY, *_CLIPS, "loop_mode") if made.get(name) is not None}
    taken |= {"model": COMPOSER, "top_p": made.get("top_p") or 0.0}
    if "duration" not in params.model_fields_set and record.parameters.duration:
        taken["duration"] = record.parameters.duration
    return taken


def _like_made(params: GenerateParams, record: "Record") -> GenerateParams:
    """A model's own track again with another seed."""
    made = record.parameters.model_dump()
    own = {name: made[name] for name in GenerateParams.model_fields if name in made and name not in _NOT_AGAIN}
    own |= {name: made[asked] for name, asked in _OF_THE_FILE.items() if made.get(asked) is not None}
    own |= {"auto_tune": False, "top_p": made.get("top_p") or 0.0, "variations": 1}
    known = {name: value for name, value in own.items() if value is not None}
    given = {name: getattr(params, name) for name in params.model_fields_set}
    checked = GenerateParams.checked({**known, **given})
    assert isinstance(checked, GenerateParams)
    return checked

"""Parameters of a command, defined once: sliders, `key=value`, REST body, flags, documentation and record follow."""

import argparse
import math
import re
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from engine.errors import invalid
from engine.messages import catalogue
from engine.relevance import default_of, silencers, with_silencers_off, without_effect
from engine.text import label, prose

MAX_TEXT = 10_000
MAX_ARTIST = 100
MANY = 8
"""More choices than this are counted in a table, not listed."""

IDENTITY = "[0-9a-f]{32}"
KEY = rf"^(track|upload):{IDENTITY}$"

AudioInput = Annotated[str, Field(pattern=KEY, json_schema_extra={"widget": "audio"})]
"""The key of an audio file: a track of the library or an upload, never a path."""

ScriptInput = Annotated[str, Field(pattern=KEY, json_schema_extra={"widget": "script"})]
"""The key of a script: an upload that is one, or a drama of the library, whose script is used again."""


def is_identity(text: str) -> bool:
    """Whether `text` can be the id of a job, a track or a batch; a database would stumble over what cannot."""
    return re.fullmatch(IDENTITY, text) is not None


class Params(BaseModel):
    """Base of every command's parameters. `text_field` names the one that the chat's free text fills."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_default=True, frozen=True)
    text_field: ClassVar[str | None] = None

    @model_validator(mode="before")
    @classmethod
    def _one_of_two(cls, values: object) -> object:
        return with_silencers_off(cls, values) if isinstance(values, dict) and silencers(cls) else values

    @field_validator("*", mode="before")
    @classmethod
    def _readable(cls, value: object) -> object:
        return prose(value) if isinstance(value, str) else value

    @classmethod
    def checked(cls, values: object) -> Self:
        """`values` as these parameters, those without an effect at their defaults.

        Raises INVALID_INPUT naming every field that is wrong.
        """
        if not isinstance(values, dict):
            raise invalid("params_not_object")
        check_names(cls, values)
        try:
            return cls.model_validate(values)._settled()
        except ValidationError as error:
            problems = problems_of(error)
            raise invalid("invalid_params", detail={"fields": problems[:50]}, problems=problems[:5]) from None

    @classmethod
    def restored(cls, values: dict[str, Any]) -> "Params":
        """What was checked and dumped by this program, read again: checked anew only where a part may be a model.

        Choices stay plain text, which equals them. Raises INVALID_INPUT.
        """
        composed = any(isinstance(value, dict | list) for value in values.values())
        return cls.checked(values) if composed else cls.model_construct(None, **values)

    def without_effect(self) -> dict[str, str]:
        """Field without an effect -> the other one whose value leaves it so."""
        return without_effect(type(self), {name: getattr(self, name) for name in type(self).model_fields})

    def _settled(self) -> Self:
        defaults = {name: default_of(type(self).model_fields[name]) for name in self.without_effect()}
        changed = {name: value for name, value in defaults.items() if getattr(self, name) != value}
        return self.model_copy(update=changed) if changed else self

    def inputs(self) -> dict[str, str]:
        """Field name -> key of the audio, or the script, that it points to."""
        return {name: value for name in self.input_fields() if isinstance(value := getattr(self, name), str)}

    @classmethod
    def input_fields(cls) -> list[str]:
        """The fields that point to audio or a script."""
        return [*cls.audio_fields(), *cls.script_fields()]

    @classmethod
    def audio_fields(cls) -> list[str]:
        """The fields that point to audio."""
        return [name for name, field in cls.model_fields.items() if _points_to("audio", field)]

    @classmethod
    def script_fields(cls) -> list[str]:
        """The fields that point to a script."""
        return [name for name, field in cls.model_fields.items() if _points_to("script", field)]


MOST_PROBLEMS = 50
"""A request with more unknown names than these was not written by anybody who will read of all."""


def problems_of(error: ValidationError) -> list[dict[str, Any]]:
    """The first objections of `error` as `problem_of` says them; pydantic's own sentences reach nobody."""
    return [problem_of(dict(each)) for each in error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS]]


def check_names(model: type[BaseModel], values: dict[str, Any]) -> None:
    """Raises INVALID_INPUT for more unknown names than that: an error for each would hold everybody up."""
    unknown = values.keys() - model.model_fields.keys()
    if len(unknown) > MOST_PROBLEMS and model.model_config.get("extra") == "forbid":
        raise invalid("unknown_fields", fields=", ".join(sorted(map(str, unknown))[:5])[:200])


def problem_of(error: dict[str, Any]) -> dict[str, Any]:
    """One of pydantic's objections as a sentence of the catalogue, `problem.TYPE`, with the values that fill it in."""
    limits = {
        name: value for name, value in error.get("ctx", {}).items() if isinstance(value, str | int | float | list)
    }
    if "expected" in limits:
        limits["expected"] = str(limits["expected"]).replace("' or '", "', '").replace("'", "")
    field = ".".join(map(str, error["loc"]))[:60] or "?"
    key = f"problem.{error['type']}"
    known = key if key in catalogue("en") else "problem.other"
    return {"field": field, "key": known, "values": {"field": field, **limits}}


def _points_to(widget: str, field: FieldInfo) -> bool:
    metadata = [field.json_schema_extra, *(getattr(m, "json_schema_extra", None) for m in field.metadata)]
    for part in get_args(field.annotation):
        metadata += [getattr(m, "json_schema_extra", None) for m in getattr(part, "__metadata__", ())]
    return any(isinstance(m, dict) and m.get("widget") == widget for m in metadata)


class Format(StrEnum):
    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    OGG = "ogg"
    OPUS = "opus"


SampleRate = Literal["original", "48000", "44100", "32000", "16000"]
BitDepth = Literal["16", "24", "32f"]
FlacLevel = int
"""0 (fast) to 8 (small), as in the reference encoder."""
FLAC_LEVEL: FlacLevel = 5


HAS_BIT_DEPTH: JsonDict = {"shown_when": {"format": ["wav", "flac"]}, "advanced": True}
"""Of a field that only means something where samples have a width."""


class OutputParams(Params):
    """How a result is written; shared by every command that makes a track."""

    format: Format = Field(Format.WAV, title="Format", description="File format: wav, flac, mp3, ogg (Vorbis) or opus.")
    bit_depth: BitDepth = Field(
        "24",
        title="Bit depth",
        description="Bit depth of wav and flac: 16, 24, or 32f (32-bit float, wav only).",
        json_schema_extra={**HAS_BIT_DEPTH, "labels": {"16": "16 bit", "24": "24 bit", "32f": "32-bit float"}},
    )
    sample_rate: SampleRate = Field(
        "original",
        title="Sample rate",
        description="Sample rate of the file in Hz; original keeps the model's own.",
        json_schema_extra={
            "advanced": True,
            "labels": {
                "48000": "48 kHz",
                "44100": "44.1 kHz",
                "32000": "32 kHz",
                "16000": "16 kHz",
                "original": "Original",
            },
        },
    )
    peaks: Literal["keep", "lower"] = Field(
        "keep",
        title="Peaks",
        description=(
            "What happens to peaks above 0 dBFS: keep leaves the level, so that they clip where the format "
            "has no headroom, and counts them; lower turns the whole track down until its true peak is -1 "
            "dBTP."
        ),
        json_schema_extra={"advanced": True, "labels": {"keep": "Leave as they are", "lower": "Turn down"}},
    )
    artist: str | None = Field(
        None, max_length=MAX_ARTIST, title="Artist", description="Written into the tags and in front of the file name."
    )

    @field_validator("artist")
    @classmethod
    def _one_line(cls, artist: str | None) -> str | None:
        return label(artist or "") or None


_PAIR = re.compile(r"""(?<!\S)(?P<key>[a-z][a-z0-9_]*)=(?P<value>"[^"]*"|'[^']*'|\S+)[ \t]*""")


def split_command(text: str, default: str) -> tuple[str, str]:
    """`/upscale loud please` -> ("upscale", "loud please"); text without a slash belongs to `default`."""
    head, _, rest = text.strip().partition(" ")
    return (head[1:].lower(), rest.strip()) if len(head) > 1 and head.startswith("/") else (default, text.strip())


def parse_text(text: str, model: type[Params]) -> dict[str, Any]:
    """Free text with `key=value` words among it, as raw parameter values.

    Only words whose key is a parameter are taken out; every other word, punctuation and line break stays as typed.
    A value with spaces is quoted: `artist="Anna K"`.
    """
    values: dict[str, Any] = {}

    def take(match: re.Match[str]) -> str:
        key, value = match["key"], match["value"]
        if key not in model.model_fields or key == model.text_field:
            return match[0]
        values[key] = value[1:-1] if value[0] in "\"'" and value[-1] == value[0] and len(value) > 1 else value
        return ""

    rest = _PAIR.sub(take, text).strip()
    if values:
        rest = re.sub(r"[ \t]+(?=\n)", "", rest)
    if rest:
        if model.text_field is None:
            raise invalid("unexpected_text", text=rest[:80])
        values[model.text_field] = rest
    return values


def _choices(annotation: Any) -> list[str] | None:
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is Literal:
            return [str(v) for v in get_args(part)]
        if isinstance(part, type) and issubclass(part, StrEnum):
            return [str(v) for v in part]
    return None


def limits(model: type[BaseModel], name: str) -> tuple[float, float]:
    """What a number may be, both ends included; infinite where the field sets no limit."""
    parts = model.model_fields[name].metadata
    low = next((part.ge for part in parts if hasattr(part, "ge")), -math.inf)
    return low, next((part.le for part in parts if hasattr(part, "le")), math.inf)


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def from_files(model: type[BaseModel]) -> list[str]:
    """Fields whose text may be given as a file on the command line."""
    return [name for name, field in model.model_fields.items() if _extra(field).get("file")]


def _is_bool(annotation: Any) -> bool:
    return annotation is bool or bool in get_args(annotation)


def add_flags(parser: argparse.ArgumentParser, model: type[BaseModel], *, skip: tuple[str, ...] = ()) -> None:
    """One `--flag-name` per field; a flag that is not given leaves no value, so the model's default holds."""
    for name, field in model.model_fields.items():
        if name in skip or _extra(field).get("internal"):
            continue
        default = default_of(field)
        note = f"{field.description} (default: {default})" if default not in (None, [], ()) else str(field.description)
        options: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS, "help": note.replace("%", "%%")}
        if _is_bool(field.annotation):
            options["action"] = argparse.BooleanOptionalAction
        elif get_origin(field.annotation) is list:
            options |= {"nargs": "+", "metavar": "X"}
        else:
            options |= {"choices": _choices(field.annotation), "metavar": None if _choices(field.annotation) else "X"}
        flags = dict.fromkeys([f"--{name.replace('_', '-')}", f"--{name}"])
        parser.add_argument(*flags, **options)


def describe(model: type[BaseModel]) -> list[dict[str, str]]:
    """Rows for documentation: name, default, limits and meaning of every field; how the file is written comes last."""
    schema = model.model_json_schema()["properties"]
    shared = set(OutputParams.model_fields)
    rows = []
    for name in sorted(model.model_fields, key=lambda name: name in shared):
        field = model.model_fields[name]
        own = schema[name]
        for part in own.get("anyOf", []):
            own = {**part, **own}
        low, high, choices = own.get("minimum"), own.get("maximum"), _choices(field.annotation) or []
        limits = f"{low} … {high}" if low is not None and high is not None else " / ".join(choices)
        default = default_of(field)
        rows.append(
            {
                "name": name,
                "default": "" if default in (None, ()) else str(default),
                "limits": limits if len(choices) <= MANY else f"{len(choices)}",
                "meaning": field.description or "",
            }
        )
    return rows


def number(value: object) -> float | None:
    """`value` where it is a finite number that fits a float, else None: what was read from JSON may be anything."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        known = float(value)
    except OverflowError:
        return None
    return known if math.isfinite(known) else None


def finite(value: object) -> object:
    """`value` with NaN and infinities as None, so that JSON stays valid for every reader."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    return value

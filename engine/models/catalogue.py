"""Every model that a command can use, as `catalogue.toml` lists them: one row says all of one.

README's table, MODEL_LICENSES.md, the choices of the commands and the device lease are made from it.
"""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from engine.errors import AppError, Code
from engine.models.sources import parse


class ModelFile(BaseModel):
    """One file. With `sha256`, `size` is exact and both are checked; without, `size` is a rounded figure for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^\w[\w.-]*(/\w[\w.-]*)*$", description="Path below the model's own folder.")
    size: int | None = Field(default=None, gt=0, description="Bytes.")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="Checksum of the whole file.")
    sources: tuple[str, ...] = Field(default=(), description="Best first; none: the user brings it.")
    accepts: tuple[str, ...] = Field(
        default=(),
        description="What serves in its place, tried in this order: patterns in lower case, with | between those that "
        "count together, in the model's folder or, after ../, beside or in another one. It must be the only match.",
    )

    @field_validator("sources")
    @classmethod
    def _readable(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for source in sources:
            parse(source)
        return sources


class Model(BaseModel):
    """One checkpoint, soundfont or set of voices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Name that the user types, and its folder.")
    model_family: str = Field(description="Models of one family are run by the same engine.")
    title: str = Field(description="Name for people.")
    commands: tuple[str, ...] = Field(min_length=1, description="Chat commands that use it.")
    licence: str = Field(description="Licence of the weights, as their publisher states it.")
    licence_url: str | None = Field(default=None, description="Its text, where it has a page of its own.")
    commercial_use: bool = Field(description="The licence allows it; False too where nothing is stated.")
    files: tuple[ModelFile, ...] = Field(min_length=1, description="What it consists of.")
    mirrors: tuple[str, ...] = Field(default=(), description="Models that hold the same weights.")
    requires: tuple[str, ...] = Field(
        default=(), description="Models that it needs beside itself: `engine.models.ensure.needed`."
    )
    requires_package: str | None = Field(default=None, description="Package of Python that it needs to be read.")
    reference: str | None = Field(default=None, description="Model through which it is given a clip of the user's.")
    missing: str = Field(default="model_missing", description="Message for a user who has not got it.")
    purpose: str = Field(default="", description="What it is for, where its title does not say so.")
    stems: tuple[str, ...] = Field(default=(), description="What it separates; one: the rest is the mix without it.")
    bag_weights: tuple[tuple[float, ...], ...] | None = Field(
        default=None, description="For each of its networks, what its opinion counts for each stem; none: the same."
    )
    segment_s: float | None = Field(default=None, description="Its window, where that is not its networks' own.")
    parameters_m: int = Field(default=0, description="Millions of parameters, of a language model.")
    frame_bytes: int = Field(default=0, description="What its keys and values take for each frame, in 16 bits.")
    memory_mb: dict[str, dict[str, int]] = Field(
        default={}, description="About what it takes while it works, MiB: by kind of device, then by precision."
    )

    @property
    def label(self) -> str:
        """What stands in a list of choices."""
        return f"{self.title}: {self.size_text}, {self.licence}"

    def need_mb(self, device: str, precision: str = "auto") -> int:
        """About what it takes on a device while it works, MiB; a device without figures is taken for a processor.

        A GPU computes in 16 bits unless asked for float32. What a processor makes of auto and fp16 is known only where
        torch is, so the most is counted.
        """
        kind = device.partition(":")[0]
        figures = (self.memory_mb.get(kind) or self.memory_mb.get("cpu", {"fp32": 0})).values()
        halved = precision == "bf16" or (kind != "cpu" and precision != "fp32")
        return min(figures) if halved else max(figures)

    @property
    def size(self) -> int | None:
        """Bytes of all files; None when one is not known."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size)

    @property
    def size_text(self) -> str:
        """The size for people: `31 MB`, `≈1.1 GB` when rounded, `—` when not known."""
        if self.size is None:
            return "—"
        return ("" if all(file.sha256 for file in self.files) else "≈") + human_size(self.size)

    @property
    def fetchable(self) -> bool:
        return all(file.sources for file in self.files)


def human_size(size: float) -> str:
    """Bytes as `522 kB`, `31 MB`, `1.1 GB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}" if size < 10 * factor else f"{size / factor:.0f} {unit}"
    return f"{size:.0f} B"


def _models(families: dict[str, Any], rows: dict[str, Any]) -> list[Model]:
    """The rows of the file, completed by what is their family's."""
    models = []
    for model_id, given in rows.items():
        row = {**families.get(given["model_family"], {}), **given}
        hub, accepts = row.pop("hub", None), row.pop("accepts", [])
        for file in row["files"]:
            if at := file.pop("hub", hub):
                file["sources"] = [f"hf:{at}/{file['name']}@main"]
            facts = {"id": model_id, "name": file["name"], "stem": Path(file["name"]).stem}
            file["accepts"] = [pattern.format(**facts).lower() for pattern in accepts]
        each = row.pop("each", {"sha256": {}})
        for name, sha256 in each["sha256"].items():
            source = each["source"].format(name)
            row["files"].append({"name": each["name"].format(name), "size": each["size"], "sha256": sha256,
                                 "sources": [source]})  # fmt: skip
        models.append(Model(id=model_id, **row))
    return models


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_IN_ORDER = _models(_FILE["families"], _FILE["models"])

PACKAGE_BYTES: dict[str, int] = _FILE["packages"]
"""What travels: sizes of the packed archives, for the progress bar."""

MODELS = {model.id: model for model in sorted(_IN_ORDER, key=lambda model: model.id)}
"""Every model by id, sorted."""


def offered(*model_families: str) -> list[Model]:
    """The models of these families, in the order in which a command offers them."""
    return [model for model in _IN_ORDER if model.model_family in model_families]


def find(model_id: str) -> Model:
    """The model called `model_id`. Raises NOT_FOUND for any other name."""
    if model_id not in MODELS:
        raise AppError(Code.NOT_FOUND, "unknown_model", model=model_id[:60], known=", ".join(MODELS))
    return MODELS[model_id]

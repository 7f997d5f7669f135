"""An edit: one change of a piece that exists, as the chat hears it and as the record keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

Kind = Literal[
    "key", "mode", "transpose", "metre", "tempo", "without", "swap", "add", "section", "length", "energy", "level",
    "ending", "anew",
]  # fmt: skip
"""In the order in which edits of one sentence are made: what is short is short of the piece as it is otherwise."""
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Edit:
    """`kind` says what the other fields mean:

    key: `value` is the tonic, 0 is C, `to` the mode, empty for the one it has. mode: `to`. transpose: `value`
    semitones. metre: `to`. tempo: `how` to "scale" it by `value`, to "add" `value` bpm, or to "set" it. without:
    `names` of instruments, families, roles or pieces of the drum kit. swap: `names` of who gives way to the instrument
    `to`. add: `names` of instruments or pieces of the kit. section: `how` ("shorter", "longer", "without", "add") of
    the sections `names`. length: "scale" by `value`, or "set" to `value` seconds. energy: `value` from -1 to 1. level:
    `value` dB for `names`. ending: `to` is "fade" or "chord". anew: other motifs, drawn with the seed `value`; the
    `how` "tempo stays" keeps the tempo as well.
    """

    kind: Kind
    how: str = ""
    value: float = 0.0
    names: tuple[str, ...] = ()
    to: str = ""

    def as_json(self) -> dict[str, Any]:
        """The fields that say something."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items() if v or name == "kind"}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        return cls(**{**known, "names": tuple(known.get("names", ()))})


def in_order(edits: list[Edit]) -> list[Edit]:
    """The edits of one sentence as they are made, each once."""
    return sorted(dict.fromkeys(edits), key=lambda edit: KINDS.index(edit.kind))

"""Which parameters count: `shown_when` and `silences` of the schema, read. The page's `schema.js` reads them alike.

`shown_when`: {other: values} in a field's `json_schema_extra`: the field has an effect only while each other has one of
these values; `True` is any value, `False` none. What has no effect counts as its default. It says which model reads
which parameter, so a command's runner and its schema must agree (`tests/test_relevance.py`).

`silences`: name of the field that has no effect while this number is above 0. Who sets that one alone turns this off.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined


def default_of(field: FieldInfo) -> Any:
    """The default value; None also where there is none."""
    default = field.get_default(call_default_factory=True)
    return None if default is PydanticUndefined else default


def _extra(field: FieldInfo, key: str) -> Any:
    return field.json_schema_extra.get(key) if isinstance(field.json_schema_extra, dict) else None


@cache
def conditions(model: type[BaseModel]) -> dict[str, dict[str, Any]]:
    """Field -> its `shown_when`, of those that have one."""
    found = {name: _extra(field, "shown_when") for name, field in model.model_fields.items()}
    return {name: wanted for name, wanted in found.items() if wanted}


@cache
def silencers(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the one that it silences while it is above 0."""
    found = {name: _extra(field, "silences") for name, field in model.model_fields.items()}
    return {name: str(quiet) for name, quiet in found.items() if quiet}


def without_effect(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, str]:
    """Field -> the other one whose value leaves it without an effect. `values`: of every field."""
    known = conditions(model)

    def cause(name: str) -> str | None:
        for other, wanted in known.get(name, {}).items():
            value = default_of(model.model_fields[other]) if cause(other) else values[other]
            fits = bool(value) is wanted if isinstance(wanted, bool) else value in wanted
            if not fits:
                return str(other)
        return None

    return {name: other for name in known if (other := cause(name))}


def with_silencers_off(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given`, where whoever sets a silenced field without its silencer turns the silencer off."""
    off = {loud: 0 for loud, quiet in silencers(model).items() if given.get(quiet) is not None and loud not in given}
    return {**given, **off}

"""One codec for all that crosses the wire: dataclasses to JSON lines and back, every field checked by its annotation.

Standard library only, so that a worker starts fast; JSON in ASCII with its escapes, so that a path whose bytes are no
UTF-8 arrives as it was.
"""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path, PurePath
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

M = TypeVar("M")


class InvalidMessage(ValueError):  # noqa: N818
    """A line that is no message: no JSON, an unknown type, a field that is missing, unknown or of another type."""


def encode(message: Any) -> bytes:
    """One line: the class's name as `type` beside its fields."""
    return json.dumps({"type": type(message).__name__, **vars(message)}, default=_plain).encode() + b"\n"


def decode(line: bytes, kinds: Mapping[str, type[M]]) -> M:
    """The message of one of `kinds`, which are found by name. Raises InvalidMessage."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidMessage(f"no JSON: {error}") from None
    name = body.pop("type", None) if isinstance(body, dict) else None
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InvalidMessage(f"unknown message: {str(name)[:40]!r}")
    return cast(M, typed(kind, body, kind.__name__))


def _plain(value: Any) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    if is_dataclass(value):
        return vars(value)
    raise TypeError(f"{type(value).__name__} cannot cross the wire")


fields_of = cache(get_type_hints)
"""The resolved annotations of a class or function."""


def typed(hint: Any, value: Any, where: str) -> Any:
    """A JSON `value` as the annotation `hint` has it; nothing is converted but text to Path, int to float and object to
    dataclass. Raises InvalidMessage, which names the place by `where`.
    """
    if hint is Any or type(value) is hint:
        return value
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType) and NoneType in arguments:
        (inner,) = (argument for argument in arguments if argument is not NoneType)
        return None if value is None else typed(inner, value, where)
    inside = f"{where}[]"
    if origin is list and isinstance(value, list):
        return [typed(arguments[0], item, inside) for item in value]
    if origin is Literal and isinstance(value, str) and value in arguments:
        return value
    if origin is tuple and isinstance(value, list) and arguments[1:] == (Ellipsis,):
        return tuple(typed(arguments[0], item, inside) for item in value)
    if origin is tuple and isinstance(value, list) and len(value) == len(arguments):
        return tuple(typed(hint, item, inside) for hint, item in zip(arguments, value, strict=True))
    if origin is dict and isinstance(value, dict):
        return {key: typed(arguments[1], item, f"{where}.{key[:40]}") for key, item in value.items()}
    if isinstance(hint, type) and is_dataclass(hint) and isinstance(value, dict):
        fields = fields_of(hint)
        if fields.keys() != value.keys():
            raise InvalidMessage(f"{where}: not its fields: {sorted(fields.keys() ^ value.keys())!r:.200}")
        return hint(**{name: typed(fields[name], item, f"{where}.{name}") for name, item in value.items()})
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is float and type(value) is int and abs(value) < 2**53:
        return float(value)
    if hint is None and value is None:
        return None
    raise InvalidMessage(f"{where}: {hint!r:.80} expected, not {type(value).__name__}")

"""What there is to say about a request that was taken: parameters that were named and have no effect."""

from collections.abc import Iterable
from typing import Any

from engine.events import Notice
from engine.parameters import Params


def remarks(params: Params, named: Iterable[str]) -> list[Notice]:
    """One for each other parameter whose value leaves some of the `named` ones without an effect."""
    given = set(named)
    causes: dict[str, list[str]] = {}
    for name, other in params.without_effect().items():
        if name in given:
            causes.setdefault(other, []).append(name)
    return [Notice("info", "ui.no_effect", _values(params, other, names)) for other, names in causes.items()]


def _values(params: Params, other: str, names: list[str]) -> dict[str, Any]:
    value = getattr(params, other)
    return {"names": ", ".join(names), "because": f"{other}={'' if value is None else value}"}

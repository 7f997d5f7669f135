"""What a query string searches the library for."""

from typing import Any

from flask import request

from engine.tag.search.params import MAX_WORDS, SearchParams

_SEVERAL = ("key", "tag", "like", "unlike")


def asked_search() -> SearchParams:
    """What stands empty counts as not said. Raises INVALID_INPUT."""
    asked: dict[str, Any] = {}
    for name in SearchParams.model_fields:
        values = [value.replace("\0", "") for value in request.args.getlist(name)]
        if given := [value for value in values if value]:
            asked[name] = given if name in _SEVERAL else given[0]
    if "q" in asked:
        asked["q"] = asked["q"][:MAX_WORDS]
    return SearchParams.checked(asked)

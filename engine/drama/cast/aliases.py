"""Names of one person."""

from collections.abc import Mapping


def rooted(fuller: Mapping[str, str]) -> dict[str, str]:
    """Name -> the fullest one, from names with a fuller one each."""
    return {name: _root(name, fuller) for name in fuller}


def _root(name: str, fuller: Mapping[str, str]) -> str:
    seen = {name}
    while name in fuller and fuller[name] not in seen:
        name = fuller[name]
        seen.add(name)
    return name

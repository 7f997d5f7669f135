"""Under which names objects lie in the bucket; the first part of a storage key decides."""

PLACES = {
    "audio": "audio/processed",
    "stems": "audio/stems",
    "uploads": "audio/raw",
    "peaks": "viz",
    "presets": "preset",
    "impulses": "ir",
    "previews": "previews",
    "segments": "segments",
}
"""First part of a key -> where it lies. What is none of them lies below `other/`."""
INCOMING = "incoming/"
"""Uploads on their way, no objects of the storage; a lifecycle rule may delete what lies there for two days."""

_OTHER = "other"
_BACK = {place: part for part, place in PLACES.items()}


def place_of(key: str) -> str:
    """The name of an object in the bucket, below the prefix of its URL; also of the beginning of a key."""
    first, slash, rest = key.partition("/")
    return f"{PLACES.get(first, f'{_OTHER}/{first}')}{slash}{rest}"


def key_at(name: str) -> str | None:
    """The key of what lies there; None for what is no object of ours."""
    parts = name.split("/")
    if parts[0] == _OTHER and len(parts) > 2:
        return "/".join(parts[1:]) if parts[1] not in PLACES else None
    for depth in (1, 2):
        first = _BACK.get("/".join(parts[:depth]))
        if first and len(parts) > depth:
            return "/".join([first, *parts[depth:]])
    return None

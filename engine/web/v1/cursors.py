"""Cursors: where the next part of a list begins. For programs they mean nothing; what they hold may change."""

import base64
import binascii
import json
from typing import Any

from engine.errors import invalid


def cursor(*place: str | float) -> str:
    """A place as text that fits a URL."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(text: str, *kinds: type) -> list[Any]:
    """What `cursor` was made of. Raises INVALID_INPUT for what was not made so."""
    try:
        place = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise invalid("cursor_form") from None
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise invalid("cursor_form")
    return place

"""A style read from what users hand in: the bare style, a preset, or the record of a match."""

import json

from engine.match.style import StyleParams


def style_of(text: str) -> StyleParams:
    """The style in a JSON text: `StyleParams` itself, or anything that holds one as `style_params`.

    Raises ValueError (pydantic's ValidationError among them) for anything else.
    """
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("this is no JSON") from None
    for name in ("details", "match", "style_params"):
        if isinstance(held, dict) and isinstance(held.get(name), dict):
            held = held[name]
    return StyleParams.model_validate(held)

"""The tables of a language, read once."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def tables(language: str) -> dict[str, Any]:
    """The file `words.toml` of a language's folder."""
    return tomllib.loads((Path(__file__).parent / language / "words.toml").read_text("utf-8"))

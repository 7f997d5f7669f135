"""Lists of words beside the code, read once."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def table(language: str) -> dict[str, str]:
    """`LANGUAGE.toml` beside this file."""
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))


@cache
def words(language: str, name: str) -> frozenset[str]:
    return frozenset(table(language)[name].split())

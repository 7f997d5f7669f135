"""The tables of `tables/`: what the words of three languages mean, read once, on first use."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from engine.drama.project import Language
from engine.drama.scenes.patterns import compiled

_FOLDER = Path(__file__).with_name("tables")


@cache
def table(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Value -> its row, of a file of `tables/`."""
    rows: dict[str, Any] = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    rows.pop("groups", None)
    return rows


@cache
def _groups(name: str) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")).get(
        "groups", {}
    )
    return found


@cache
def pattern(name: str, value: str, kind: str, language: Language, before_noun: bool = False) -> re.Pattern[str]:
    """The patterns under `KIND_LANGUAGE` (`LANGUAGE` for no kind) of a row; never matches where it has none."""
    key = f"{kind}_{language}" if kind else language
    patterns = table(name).get(value, {}).get(key, [])
    return compiled(patterns, language, _groups(name).get(language), before_noun)


@cache
def any_of(name: str, kind: str, language: Language) -> re.Pattern[str]:
    """Whether any row may match: a look before the rows are looked at one by one."""
    key = f"{kind}_{language}" if kind else language
    patterns = [each for row in table(name).values() for each in row.get(key, [])]
    return compiled(patterns, language, _groups(name).get(language))

"""The bank of descriptors, one file a category.

The choice of the 160 follows the bank of Poly-Muse Analyst, in its order; sentences and synonyms are our own. Importing
this stays light: search on the server reads it too.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

CATEGORIES = ("mood", "genre", "instruments", "texture", "era", "production_technique")
LANGUAGES = ("en", "ru", "zh")


@dataclass(frozen=True)
class Descriptor:
    """`id` is its English name in lower case, unique in its `category`: dark is a mood and a texture.

    `prompt` is the sentence that a text tower hears for it. `synonyms` has one to four words or phrases for each of
    LANGUAGES, lower case, the best first; the English ones stand beside `id`.
    """

    id: str
    category: str
    prompt: str
    synonyms: Mapping[str, tuple[str, ...]] = field(hash=False)


@dataclass(frozen=True)
class DescriptorBank:
    """`descriptors` stand category by category."""

    descriptors: tuple[Descriptor, ...]

    def of(self, category: str) -> tuple[Descriptor, ...]:
        """Those of one of CATEGORIES."""
        return tuple(one for one in self.descriptors if one.category == category)


@cache
def load() -> DescriptorBank:
    """The bank that this program comes with."""
    found = []
    for category in CATEGORIES:
        file = tomllib.loads(Path(__file__).with_name(f"{category}.toml").read_text(encoding="utf-8"))
        prompt = file.pop("prompt")
        for name, row in file.items():
            synonyms = {language: tuple(row[language]) for language in LANGUAGES}
            found.append(Descriptor(name, category, row.get("prompt", prompt.format(name)), synonyms))
    return DescriptorBank(tuple(found))

"""What the library can be searched for: the same names over REST, in smart playlists and in the terminal."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from engine.library.search import Search, Sort
from engine.parameters import Params
from engine.speech.keys import Tonality, tonality

MAX_WORDS = 500
MAX_NAMES = 20
FASTEST_BPM = 1000.0


def _listed(value: Any) -> Any:
    """One that stands alone as a list of it."""
    return [value] if isinstance(value, str) else value


Names = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=80)]], BeforeValidator(_listed), Field(max_length=MAX_NAMES)
]


class SearchParams(Params):
    text_field: ClassVar[str | None] = "q"

    q: str = Field("", max_length=MAX_WORDS, description="Words that must occur in title, prompt, artist or tags.")
    command: str | None = Field(None, max_length=64, description="The command that made the track.")
    model: str | None = Field(None, max_length=64, description="The model that made it.")
    favourite: bool | None = Field(None, description="Only favourites, or only others.")
    locked: bool | None = Field(None, description="Only locked tracks, or only others.")
    low_bpm: float | None = Field(None, ge=0, le=FASTEST_BPM, description="The slowest tempo, beats a minute.")
    high_bpm: float | None = Field(None, ge=0, le=FASTEST_BPM, description="The fastest tempo, beats a minute.")
    key: Names = Field([], description="The key, E minor, Em or 9A; any of several.")
    compatible: bool = Field(False, description="Also keys that mix with it.")
    tag: Names = Field([], description="A tag as CATEGORY/NAME, mood/calm; all of several.")
    sort: Sort = Field("newest", description="The order of what is not ranked by meaning or likeness.")

    @field_validator("key")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        return [_key(name).name for name in names]

    def search(self) -> Search:
        """For the index."""
        keys = [_key(name) for name in self.key]
        every = [other for key in keys for other in key.compatible] if self.compatible else keys
        return Search(
            q=self.q,
            command=self.command,
            model=self.model,
            favourite=self.favourite,
            locked=self.locked,
            low_bpm=self.low_bpm,
            high_bpm=self.high_bpm,
            keys=tuple(dict.fromkeys(every)),
            tags=tuple(self.tag),
            sort=self.sort,
        )


def _key(name: str) -> Tonality:
    found = tonality(name)
    if found is None:
        raise PydanticCustomError("no_key", "no key", {"text": name[:60]})
    return found

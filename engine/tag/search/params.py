"""What the library can be searched for: the same names over REST, in smart playlists and in the terminal."""

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from engine.library.search import Search, Sort
from engine.parameters import IDENTITY, Params
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


def _parted(value: Any) -> Any:
    """ID,ID as a list."""
    parts = _listed(value)
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        return parts
    return [part.strip() for several in parts for part in several.split(",") if part.strip()]


Tracks = Annotated[
    list[Annotated[str, Field(pattern=f"^{IDENTITY}$")]], BeforeValidator(_parted), Field(max_length=MAX_NAMES)
]


class SearchParams(Params):
    text_field: ClassVar[str | None] = "q"

    q: str = Field("", max_length=MAX_WORDS, description="Words that must occur in title, prompt, artist or tags.")
    meaning: bool = Field(False, description="Also tracks that sound as the words say, the best first.")
    like: Tracks = Field([], description="Ids of tracks: those that sound like them, the most alike first.")
    unlike: Tracks = Field([], description="Ids of tracks that they should not sound like, beside those of like.")
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

    @field_validator("unlike")
    @classmethod
    def _beside_others(cls, tracks: list[str], others: ValidationInfo) -> list[str]:
        if tracks and not others.data.get("like"):
            raise PydanticCustomError("unlike_alone", "like is missing")
        return tracks

    @property
    def is_ranked(self) -> bool:
        """Whether the best come first, not the newest."""
        return bool(self.like or (self.meaning and self.q.strip()))

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

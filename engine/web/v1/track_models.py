"""Tracks as programs read and change them."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from engine.library.record import Record
from engine.library.titles import MAX_TITLE
from engine.parameters import MAX_ARTIST
from engine.tag.search.params import SearchParams
from engine.web.files import MOST_POINTS
from engine.web.v1.models import CURSOR, LIMIT, URLS_EXPIRE, AnswerModel, RequestModel


class TracksQuery(SearchParams):
    model_config = ConfigDict(defer_build=True)

    cursor: str | None = CURSOR
    limit: int = LIMIT


class DownloadQuery(RequestModel):
    download: Literal["0", "1"] = Field("0", description="1: to be saved, under its title, and not to be shown.")
    language: Literal["en", "ru", "zh"] = Field("en", description="Of the name under which a stem is saved.")


FROM_S = Field(0, ge=0, lt=2**31, description="Where the part begins, seconds.")
TO_S = Field(None, ge=0, lt=2**31, description="Where it ends; without it, it is all of the track.")


class PeaksQuery(RequestModel):
    from_s: float = FROM_S
    to_s: float | None = TO_S
    points: int = Field(1000, ge=1, le=MOST_POINTS, description="How many points the picture of a part has.")


class SpectrogramQuery(RequestModel):
    from_s: float = FROM_S
    to_s: float | None = TO_S


class StemsQuery(RequestModel):
    language: Literal["en", "ru", "zh"] = Field("en", description="Of the names in the archive.")
    stems: str | None = Field(None, max_length=1000, description="Names, separated by commas; all by default.")


class TrackRow(AnswerModel):
    """A track in a list."""

    id: str = Field(description="Its id; `track:ID` is its key.")
    title: str = Field(description="What people call it.")
    name: str = Field(description="File name without extension.")
    job_id: str = Field(description="The job that made it.")
    command: str = Field(description="The command that made it.")
    model: str = Field(description="The model that made it.")
    prompt: str = Field(description="The text it was made from.")
    artist: str | None = Field(description="Its artist.")
    format: str = Field(description="File format.")
    duration_s: float = Field(description="Its length, seconds.")
    created_at: float = Field(description="When it was made, Unix seconds.")
    favourite: bool = Field(description="Marked by the user.")
    locked: bool = Field(description="Protected from deletion.")
    bpm: float | None = Field(description="Its tempo, beats a minute, where that was found.")
    key: str | None = Field(description="Its musical key, where that was found.")
    why: list[dict[str, Any]] | None = Field(None, description="In a ranking: what of it answers the words.")
    likeness: float | None = Field(None, description="In a search for what is alike: how alike it is, up to 1.")
    audio_url: str = Field(description="Where it can be heard.")
    urls_expire: int | None = URLS_EXPIRE


class TrackPage(AnswerModel):
    """A part of the tracks that were found."""

    items: list[TrackRow] = Field(description="The part, in the order of the search.")
    next_cursor: str | None = Field(None, description="`cursor` of the next request. None at the end.")
    total: int = Field(description="How many were found.")


class TrackUrls(AnswerModel):
    """Where the files of a track are."""

    audio_url: str = Field(description="The sound.")
    download_url: str = Field(description="The same, to be saved under its title.")
    midi_url: str | None = Field(description="Its score.")
    picture_url: str | None = Field(description="Its picture.")
    project_url: str | None = Field(description="The project of a drama.")
    stems_urls: dict[str, str] = Field(description="Its stems by name.")
    stems_zip_url: str | None = Field(description="All of them as one archive.")
    cover_url: str = Field(description="A square picture.")
    viz_urls: dict[str, str] = Field(
        description="Pictures and figures: `peaks`, `spectrogram`, and `match` with a match's curves."
    )
    urls_expire: int | None = URLS_EXPIRE


class Track(Record, TrackUrls):
    """All that is known of a track: its record, and where its files are."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, defer_build=True)


class TrackChange(RequestModel):
    """What is left out stays."""

    title: str | None = Field(None, max_length=MAX_TITLE, description="Null is the title that it was made with.")
    artist: str | None = Field(None, max_length=MAX_ARTIST, description="Null takes the artist away.")
    favourite: bool = Field(False, description="Marked by the user.")
    locked: bool = Field(False, description="Protected from deletion.")


class FoundFacts(AnswerModel):
    """What was found out about a track later, and how."""

    facts: dict[str, Any] = Field(description="By name: tempo, key, tags and so on.")
    annotations: list[dict[str, Any]] = Field(description="How they came, oldest first, the undone ones too.")

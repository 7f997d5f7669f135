"""What `/tag` writes into the facts of a record. It stays light: the server checks with it what users correct."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from engine.tag.params import FASTEST_BPM, SLOWEST_BPM
from engine.text import label

TAGGER_VERSION = 1
"""Raised when `/tag` says more of a sound, or something else, than before: a library is then tagged anew."""

MOST_BEATS = 20_000
MOST_CHORDS = 10_000
MOST_TAGS, MOST_SECTIONS, MOST_LETTERS = 200, 2000, 40
"""More would make a record of megabytes: of a sound with more, 2.7 hours at 120 bpm, tempo and curve are kept alone."""

Category = Literal["genre", "mood", "instruments", "voice", "era", "texture", "production_technique"]
CATEGORIES: tuple[Category, ...] = ("genre", "mood", "instruments", "voice", "era", "texture", "production_technique")
Share = Annotated[float, Field(ge=0, le=1)]


def _one_line(text: Any) -> Any:
    return label(text) if isinstance(text, str) else text


Line = Annotated[str, BeforeValidator(_one_line)]
"""What people may have typed: without line breaks and characters that only do harm."""


class Fact(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class SoundFact(Fact):
    """What kind of sound it is."""

    kind: Literal["music", "song", "speech over music", "speech", "other", "silence"] = Field(
        description="What it is; a song is sung, other is noise, hum and whatever else."
    )
    speech: Share = Field(description="Share of the time in which somebody speaks.")
    singing: Share = Field(description="Share of the time in which somebody sings.")
    music: Share = Field(description="Share of the time in which music plays.")
    events: list[tuple[Literal["speech", "singing", "music"], float, float]] = Field(
        [], description="What is heard when: from, to, seconds."
    )


class TagFact(Fact):
    """One tag."""

    name: Line = Field(min_length=1, max_length=60, description="What it says, in English: `term.tag.NAME`.")
    category: Category = Field(description="Of what kind it is.")
    score: Share = Field(1.0, description="How sure its source is.")
    lift: float | None = Field(None, description="How far that lies above what other music gets, as a factor.")
    source: Literal["musicnn", "clamp3", "musicnn+clamp3", "measured", "derived", "user"] = Field(
        description="Who says so."
    )
    stem: Line | None = Field(None, max_length=30, description="The stem in which it was heard; null: in the whole.")


class StemFact(Fact):
    """What a stem says by itself."""

    tags: list[TagFact] = Field(max_length=MOST_TAGS, description="What it sounds like, the surest of each kind first.")
    active_share: Share = Field(description="Share of the time in which it is heard beside the rest.")
    level_db: float | None = Field(description="Its level against that of the whole, dB; null: silent.")
    singing: Share | None = Field(None, description="Of vocals: share of the time in which somebody sings.")


class TempoFact(Fact):
    """The felt tempo, and the beats."""

    bpm: float | None = Field(ge=SLOWEST_BPM / 2, le=2 * FASTEST_BPM, description="Beats a minute; null: no pulse.")
    confidence: Share = Field(1.0, description="How sure that is.")
    alternative_bpm: float | None = Field(None, description="Half or double of it, whichever else may be meant.")
    beats_per_bar: int | None = Field(None, ge=1, le=16, description="Beats of a bar; null where unknown.")
    beats_s: list[float] = Field(
        [], max_length=MOST_BEATS, description="Where the beats are, seconds; empty above 20,000 of them."
    )
    downbeats_s: list[float] = Field([], max_length=MOST_BEATS, description="Those with which bars begin, seconds.")
    curve: list[tuple[float, float]] = Field(
        [], max_length=MOST_BEATS, description="The tempo as it changes: seconds, beats a minute."
    )
    source: Literal["model", "score", "user"] = Field(description="Heard, known from the score, or the user's.")


class KeyFact(Fact):
    """The key."""

    name: str | None = Field(description="Such as `E minor`; null: none can be told.")
    camelot: Line | None = Field(None, max_length=30, description="Its place on the Camelot wheel, 9A.")
    open_key: Line | None = Field(None, max_length=30, description="The same as Open Key, 2m.")
    confidence: Share = Field(1.0, description="How sure that is.")
    second: Line | None = Field(None, max_length=30, description="The next likely key.")
    source: Literal["madmom", "chroma", "score", "user"] = Field(description="Which method heard it, or who knows it.")


class ChordFact(Fact):
    """A chord, until the next one begins."""

    start_s: float = Field(ge=0, description="Where it begins, seconds.")
    chord: str = Field(max_length=MOST_LETTERS, description="Such as `Am` or `F#`; N: none.")


class SectionFact(Fact):
    """A section of the form."""

    start_s: float = Field(ge=0, description="Where it begins, seconds.")
    end_s: float = Field(ge=0, description="Where it ends, seconds.")
    label: str = Field(
        min_length=1,
        max_length=MOST_LETTERS,
        description="Its name in the score, `verse`; where it was heard a letter, the same for the same music: A' "
        "sounds unlike A.",
    )


class MeasuresFact(Fact):
    """What is measured, without a model; null where a sound is silent throughout."""

    brightness_hz: float | None = Field(description="The spectral centroid, averaged over what is not silent, Hz.")
    density: float | None = Field(description="Onsets a second.")
    energy: Share | None = Field(description="0 calm to 1: half the level, three tenths density, two brightness.")
    range_db: float | None = Field(description="From its quiet to its loud tenth, dB.")
    noise_floor_dbfs: float | None = Field(description="RMS of its quietest twentieth, dBFS; null: digital silence.")
    silent_share: Share = Field(description="Share of the time below -70 dBFS.")


class FingerprintFact(Fact):
    """By which the same recording is found again."""

    words: str = Field(description="Chromaprint, algorithm 1: 32-bit words, little-endian, as base64.")
    duration_s: float = Field(description="Of how much of the sound, seconds.")


class AnalysisFact(Fact):
    """By what all of this was found out."""

    version: int = Field(ge=1, description="Version of `/tag`; tracks of another one are tagged anew.")
    models: list[str] = Field(description="Models of the catalogue that listened.")


class TrackFacts(Fact):
    """All of them; those that were not asked for, or do not apply, are missing."""

    sound: SoundFact | None = Field(None, description="What kind of sound it is.")
    tags: list[TagFact] | None = Field(None, max_length=MOST_TAGS, description="Tags, the surest of each kind first.")
    stems: dict[str, StemFact] | None = Field(None, description="What each stem says, where they were listened to.")
    tempo: TempoFact | None = Field(None, description="Tempo and beats.")
    key: KeyFact | None = Field(None, description="Key.")
    chords: list[ChordFact] | None = Field(
        None, max_length=MOST_CHORDS, description="Chords; missing above 10,000 of them."
    )
    sections: list[SectionFact] | None = Field(
        None, max_length=MOST_SECTIONS, description="Sections, one after the other."
    )
    measures: MeasuresFact | None = Field(None, description="Measured values.")
    fingerprint: FingerprintFact | None = Field(None, description="Fingerprint.")
    vectors: dict[str, str] | None = Field(
        None,
        description="By what made them, for the search by meaning: float16, little-endian, as base64.",
    )
    analysis: AnalysisFact | None = Field(None, description="By what all of this was found out.")

    def plain(self) -> dict[str, Any]:
        """As they stand in a record."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value is not None}

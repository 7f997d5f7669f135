"""The report for programs: `analysis_result.json`."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from engine.analyze.report.bars import bars_within, chords_of_bars
from engine.analyze.report.known import Known, known
from engine.analyze.report.loudness import TargetPart, targets
from engine.analyze.report.missing import MissingPart, missing
from engine.library.annotations import corrected_by_hand
from engine.library.record import Levels, Record
from engine.models import MODELS
from engine.speech.keys import tonality
from engine.tag.clamp3.files import MODEL as CLAMP
from engine.tag.facts import CATEGORIES, Category, KeyFact, MeasuresFact, SoundFact, StemFact, TagFact, TempoFact


class TrackPart(BaseModel):
    """Which track it is, and its file."""

    id: str = Field(description="Identity of the track.")
    title: str = Field(description="What people call it.")
    artist: str | None = Field(description="Its artist.")
    file: str = Field(description="File name of the audio.")
    source_file: str | None = Field(description="The user's file that it comes from, without extension.")
    command: str = Field(description="Command that made the track.")
    model: str = Field(description="Model that made it.")
    created_at: float = Field(description="Unix time, seconds.")
    duration_s: float = Field(description="Length, seconds.")
    format: str = Field(description="File format.")
    rate_hz: int = Field(description="Sample rate, Hz.")
    channels: int = Field(description="Channels.")
    layout: str | None = Field(description="Where they stand; null where unknown.")


class NamedKey(BaseModel):
    """A key by its three names."""

    name: str = Field(description="Such as `E minor`.")
    camelot: str = Field(description="On the Camelot wheel, 9A.")
    open_key: str = Field(description="As Open Key, 2m.")


class KeyPart(KeyFact):
    """The key, and those that mix with it."""

    compatible: list[NamedKey] = Field([], description="A fifth up, a fifth down, the relative.")


class ChordPart(BaseModel):
    """A chord."""

    start_s: float = Field(description="Where it begins, seconds.")
    end_s: float = Field(description="Where it ends, seconds.")
    chord: str = Field(description="Such as `Am` or `F#`; N: none.")


class SectionPart(BaseModel):
    """A section of the form."""

    start_s: float = Field(description="Where it begins, seconds.")
    end_s: float = Field(description="Where it ends, seconds.")
    label: str = Field(description="Its name in the score, or a letter: the same for the same music.")
    bars: list[list[str]] | None = Field(description="Chords of each of its bars; null where bars are unknown.")


class StemPart(BaseModel):
    """A stem, and what it says by itself."""

    name: str = Field(description="Which stem: drums, bass, vocals, ….")
    file: str = Field(description="File name.")
    duration_s: float = Field(description="Length, seconds.")
    heard: StemFact | None = Field(description="What it says; null where it was not listened to.")


class ModelPart(BaseModel):
    """A model that had a part in it."""

    id: str = Field(description="Its name in the catalogue.")
    title: str = Field(description="Its name for people.")
    purpose: str = Field(description="What it is for.")
    licence: str = Field(description="Licence of its weights, as their publisher states it.")
    licence_url: str | None = Field(description="Its text.")
    commercial_use: bool = Field(description="The licence allows it.")


class AnalysisResult(BaseModel):
    """All that is known of a track. Fingerprint and vectors are left to the record: only programs of ours read them."""

    version: Literal[1] = Field(1, description="Version of this layout.")
    track: TrackPart = Field(description="Which track it is.")
    levels: Levels = Field(description="Loudness and peak of the file.")
    targets: list[TargetPart] = Field(description="How it plays where loudness is made the same; none of silence.")
    sound: SoundFact | None = Field(description="What kind of sound it is; null where nobody listened.")
    tempo: TempoFact | None = Field(description="Tempo, beats, downbeats and curve.")
    key: KeyPart | None = Field(description="Key.")
    chords: list[ChordPart] = Field(description="Chords, one after the other.")
    sections: list[SectionPart] = Field(description="Sections, one after the other.")
    tags: dict[Category, list[TagFact]] = Field(description="Tags by category, the surest first.")
    stems: list[StemPart] = Field(description="Stems of the track.")
    measures: MeasuresFact | None = Field(description="Measured values.")
    models: list[ModelPart] = Field(description="Models that listened, and their licences.")
    corrected: list[str] = Field(description="Facts that are as the user put them.")
    missing: list[MissingPart] = Field(description="What is not told, and why.")


def result(record: Record) -> dict[str, Any]:
    """The report of a track as JSON values."""
    return analysis(record).model_dump(mode="json")


def analysis(record: Record) -> AnalysisResult:
    """The report of a track."""
    found = known(record)
    facts = found.facts
    models = _models(record, found)
    return AnalysisResult(
        track=TrackPart(
            **{name: getattr(record, name) for name in TrackPart.model_fields if name in Record.model_fields},
            format=record.parameters.format.value,
            rate_hz=record.parameters.sample_rate,
            channels=record.parameters.channels,
            layout=record.parameters.layout,
        ),
        levels=record.levels,
        targets=targets(record.levels),
        sound=facts.sound,
        tempo=facts.tempo,
        key=_key(facts.key),
        chords=_chords(found, record.duration_s),
        sections=_sections(found, record.duration_s),
        tags=_by_category(facts.tags or ()),
        stems=_stems(record, facts.stems or {}),
        measures=facts.measures,
        models=[_model(name) for name in models if name in MODELS],
        corrected=sorted(corrected_by_hand(record.annotations)),
        missing=missing(record, facts, models),
    )


def _key(key: KeyFact | None) -> KeyPart | None:
    if key is None:
        return None
    tonic = tonality(key.name) if key.name else None
    _, *others = tonic.compatible if tonic else (None,)
    compatible = [NamedKey(name=one.name, camelot=one.camelot, open_key=one.open_key) for one in others if one]
    return KeyPart(**key.model_dump(), compatible=compatible)


def _chords(found: Known, duration_s: float) -> list[ChordPart]:
    chords = found.facts.chords or []
    ends = [*(chord.start_s for chord in chords[1:]), duration_s]
    return [
        ChordPart(start_s=chord.start_s, end_s=max(chord.start_s, end), chord=chord.chord)
        for chord, end in zip(chords, ends, strict=False)
    ]


def _sections(found: Known, duration_s: float) -> list[SectionPart]:
    bars = chords_of_bars(found.facts.chords or [], found.bars_s, duration_s)
    parts = []
    for section in found.facts.sections or []:
        within = bars_within(found.bars_s, section.start_s, section.end_s)
        chords = [bars[at] for at in within] if found.bars_s and found.facts.chords else None
        parts.append(SectionPart(**section.model_dump(), bars=chords))
    return parts


def _by_category(tags: Iterable[TagFact]) -> dict[Category, list[TagFact]]:
    found: dict[Category, list[TagFact]] = {}
    for category in CATEGORIES:
        if own := [tag for tag in tags if tag.category == category]:
            found[category] = own
    return found


def _stems(record: Record, heard: Mapping[str, StemFact]) -> list[StemPart]:
    return [
        StemPart(name=stem.name, file=stem.file, duration_s=stem.duration_s, heard=heard.get(stem.name))
        for stem in record.stems
    ]


def _models(record: Record, found: Known) -> list[str]:
    """Those that the tagger names; of earlier facts those that must have had a part."""
    facts = found.facts
    if facts.analysis:
        models = facts.analysis.models
    else:
        sources = {tag.source for tag in facts.tags or ()}
        used = {
            "musicnn": "musicnn" in sources,
            CLAMP: "clamp3" in sources,
            "tempocnn": bool(facts.tempo and (facts.tempo.source == "model" or facts.tempo.beats_s)),
            "beatnet": bool(facts.tempo and (facts.tempo.source == "model" or facts.tempo.beats_s)),
            "madmom-key": bool(facts.key and facts.key.source == "madmom"),
        }
        models = [name for name, part in used.items() if part]
    extra = record.parameters.model_extra or {}
    split = [name for name in (extra.get("separator"), record.model) if isinstance(name, str) and record.stems]
    return list(dict.fromkeys([*models, *(name for name in split if name in MODELS)]))


def _model(name: str) -> ModelPart:
    return ModelPart(**{field: getattr(MODELS[name], field) for field in ModelPart.model_fields})


def result_schema() -> dict[str, Any]:
    """The JSON Schema of a result, with what every field means."""
    schema = AnalysisResult.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

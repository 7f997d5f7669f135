"""The JSON record of a track. Its JSON Schema is `record.schema.json` beside this file."""

import time
import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.library.titles import MAX_TITLE, of_earlier
from engine.owner import LOCAL
from engine.parameters import BitDepth, Format, SampleRate


class MultiBandDiffusion(BaseModel):
    """Decoding with Multi-Band Diffusion: what was requested, and what became of it."""

    requested: bool = Field(description="The user asked for it.")
    status: Literal["off", "applied", "error"] = Field(description="What happened.")
    impl: str | None = Field(None, description="Implementation that decoded.")
    error: str | None = Field(None, description="Why it failed.")


class Change(BaseModel):
    """One value that auto-tune changed."""

    old: float = Field(description="Value before.")
    new: float = Field(description="Value used.")
    cap_reason: str | None = Field(None, description="Why a duration was lowered.")


class AutoTune(BaseModel):
    """What auto-tune decided."""

    applied: bool = Field(description="Something was changed.")
    disabled: bool = Field(False, description="The user switched it off.")
    band: Literal["low", "mid", "high"] | None = Field(None, description="Diversity band.")
    source: Literal["top_p", "top_k"] | None = Field(None, description="Parameter that the band was read from.")
    diversity_metric: float | None = Field(None, description="0 (safe) to 1 (diverse).")
    model_bucket: Literal["small", "medium", "large"] | None = Field(None, description="Size class of the model.")
    changes: dict[str, Change] = Field({}, description="Changed parameters, by name.")
    user_locked: dict[str, bool] = Field({}, description="Parameters that the user had set and that were left alone.")
    reason: str | None = Field(None, description="Why nothing was done.")


class StemSplit(BaseModel):
    """The request to split the track into stems right after it is made."""

    requested: str | None = Field(None, description="Stem asked for, or all.")
    status: str | None = Field(None, description="State of the follow-up job; its results are under postprocess.")


class RecordParameters(BaseModel):
    """Effective values: what was asked for, with the seed drawn, and what became of it.

    Every parameter of the command stands here under its own name too; they are documented with the command.
    """

    model_config = ConfigDict(extra="allow")

    seed: int | None = Field(None, description="Seed that was used, drawn or given.")
    duration: float | None = Field(None, description="Length asked for, seconds.")
    temperature: float | None = Field(None, description="Sampling temperature.")
    top_k: int | None = Field(None, description="Sampling: the K likeliest; null when top_p was used.")
    top_p: float | None = Field(None, description="Sampling: nucleus; null when top_k was used.")
    cfg_coef: float | None = Field(None, description="Classifier-free guidance.")
    format: Format = Field(description="File format written.")
    format_requested: Format = Field(description="File format asked for.")
    format_note: str | None = Field(None, description="How the file differs from what was asked for or carried.")
    sample_rate: int = Field(description="Sample rate of the file, Hz.")
    sample_rate_requested: SampleRate = Field(description="Sample rate asked for.")
    bit_depth: BitDepth | None = Field(description="Sample width written; null for lossy formats.")
    bit_depth_requested: BitDepth = Field(description="Sample width asked for.")
    channels: int = Field(description="Channels of the file.")
    layout: str | None = Field(
        None,
        description="Where they stand: mono, stereo, 5.1 and so on by FFmpeg's names, or places joined by plus signs; "
        "'6 channels' where the file does not say. Null in records of earlier versions.",
    )
    channels_original: int = Field(description="Channels that the engine made.")
    audio_prompt: str | None = Field(None, description="Melody or style reference: key of the audio.")
    continuation_source: str | None = Field(None, description="Clip put before the new part: key of the audio.")
    append_mode: bool = Field(False, description="The new part was appended to a clip.")
    continuation_original_seconds: float | None = Field(None, description="Length of that clip.")
    continuation_start_s: float | None = Field(
        None,
        description="Where the new part begins in the track, to the sample; MIDI and stems are silent till then.",
    )
    continuation_loudness_rms_cont: float | None = Field(None, description="RMS of that clip.")
    continuation_loudness_rms_gen_before: float | None = Field(None, description="RMS of the new part before matching.")
    continuation_loudness_gain_applied: float | None = Field(None, description="Gain put on the new part.")
    continuation_loudness_reverted: bool | None = Field(None, description="The match was undone: too quiet a result.")
    continuation_error: str | None = Field(None, description="Why appending failed.")
    auto_tune: AutoTune | None = Field(None, description="What auto-tune did.")
    multi_band_diffusion: MultiBandDiffusion | None = Field(None, description="What Multi-Band Diffusion did.")
    stem_split: StemSplit | None = Field(None, description="Stems asked for with the generation.")


class PostprocessTask(BaseModel):
    """One follow-up job of the job that made this track."""

    type: str = Field(description="Command of the follow-up; stem_split for a split.")
    job_id: str = Field(description="Its job.")
    status: Literal["queued", "running", "done", "error", "canceled"] = Field(description="Its state.")
    tracks: list[str] = Field([], description="Ids of the tracks it made.")
    error: dict[str, Any] | None = Field(None, description="Error body when it failed.")


class Postprocess(BaseModel):
    """Follow-up jobs and how far they are."""

    status: Literal["none", "queued", "running", "done"] = Field("none", description="State of all tasks together.")
    tasks: list[PostprocessTask] = Field([], description="One entry a follow-up.")


class EngineInfo(BaseModel):
    """What made the sound."""

    name: str = Field(description="Engine or model family.")
    version: str = Field(description="Version of this program, and the engine's own where it has one.")
    device: str = Field("cpu", description="Device it ran on.")


class Timings(BaseModel):
    """Where the time went, seconds."""

    queued_s: float = Field(0.0, description="Waited before the job began.")
    loading_s: float = Field(0.0, description="Loading models.")
    running_s: float = Field(0.0, description="From start to the finished file.")


class Levels(BaseModel):
    """Loudness of the file as written."""

    loudness_lufs: float | None = Field(None, description="Integrated loudness, LUFS; null when undefined.")
    true_peak_dbtp: float | None = Field(None, description="True peak, dBTP; null for silence.")
    clipped_samples: int = Field(0, description="Samples beyond full scale that the format could not hold.")
    lowered_db: float = Field(0.0, ge=0, description="How far all was turned down to keep its peaks down, dB.")


class StemFile(BaseModel):
    """One stem of a track: a sound file in the track's folder of stems, 32-bit float WAV unless asked otherwise."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,30}$", description="Which stem: drums, bass, vocals, ….")
    file: str = Field(description="File name of the stem.")
    duration_s: float = Field(ge=0, description="Length of the stem, seconds.")
    samples: int = Field(ge=0, description="Length of the stem, samples.")
    clipped_samples: int = Field(0, description="Samples beyond full scale that its format could not hold.")
    rate_hz: int | None = Field(None, description="Sample rate of the stem, Hz; null in records of earlier versions.")
    channels: int | None = Field(None, description="Channels of the stem; null in records of earlier versions.")
    layout: str | None = Field(
        None, description="Where they stand, as for the track; null in records of earlier versions."
    )


class SourceNote(BaseModel):
    """What is wrong with a file that the track was made from, although it could be read."""

    source: str = Field(description="Key of that audio.")
    name: str = Field(description="What it was called.")
    key: str = Field(description="Which sentence of the message catalogues says it: source_note.….")
    values: dict[str, float] = Field({}, description="Figures in that sentence, by name.")


class Annotation(BaseModel):
    """Facts that were added to a track after it was made."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$", description="Identity, under which it is undone.")
    command: str = Field(description="Command that added them, or whose facts the user corrected.")
    job_id: str | None = Field(None, description="Its job; null: the user's own hand.")
    at: float = Field(description="Unix time, seconds.")
    facts: dict[str, Any] = Field(description="What was added, by name; null takes a fact away.")
    replaced: dict[str, Any] = Field({}, description="What stood there before, of those names that had something.")
    undone_at: float | None = Field(None, description="When it was undone, Unix time in seconds.")

    @classmethod
    def now(cls, command: str, facts: dict[str, Any], job_id: str | None = None) -> "Annotation":
        """One that is made at this moment."""
        return cls(id=uuid.uuid4().hex, command=command, job_id=job_id, at=time.time(), facts=facts)


class TagsWritten(BaseModel):
    """Tags that the user had written into the track's file from its facts."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$", description="Identity.")
    at: float = Field(description="Unix time, seconds.")
    values: dict[str, list[str]] = Field(description="Texts by the name of the tag; none: it was taken out.")
    replaced: list[tuple[str, list[str]]] = Field(
        description="What stood there before: frame, atom or comment as the file calls it, and its texts."
    )


class Record(BaseModel):
    """Everything known about one track."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    schema_version: Literal[3] = Field(3, description="Version of this layout.")
    id: str = Field(pattern=r"^[0-9a-f]{32}$", description="Identity of the track, kept when files are renamed.")
    job_id: str = Field(pattern=r"^[0-9a-f]{32}$", description="Job that made it.")
    job_index: int = Field(0, ge=0, description="Place among the results of that job.")
    user: str = Field(LOCAL, min_length=1, max_length=64, description="Whose it is; local where there are no accounts.")
    title: str = Field(min_length=1, max_length=MAX_TITLE, description="What people call it; the user may change it.")
    made_title: str = Field(
        min_length=1,
        max_length=MAX_TITLE,
        description="The title that it was made with, which comes back when the user's own is taken away.",
    )
    name: str = Field(description="File name without extension.")
    file: str = Field(description="File name of the audio, in the same folder.")
    command: str = Field(description="Chat command that made it.")
    model: str = Field(description="Model that made it.")
    prompt: str = Field(description="Text it was made from.")
    heard: dict[str, str] = Field(
        {}, description="Parameters that the text set in its own words, by name: the words that were heard so."
    )
    artist: str | None = Field(None, description="Artist put before the name.")
    created_at: float = Field(description="Unix time, seconds.")
    interruptions: int = Field(0, ge=0, description="How often the work was interrupted and begun again by itself.")
    parameters: RecordParameters = Field(description="Effective parameters.")
    postprocess: Postprocess = Field(Postprocess(), description="Follow-up jobs.")
    sources: list[str] = Field([], description="Keys of the audio it was made from.")
    source_file: str | None = Field(
        None, description="The user's file that it comes from, over however many tracks: its name without extension."
    )
    source_note: list[SourceNote] = Field(
        [], description="Where that audio is cut, damaged, or not as its header says."
    )
    duration_s: float = Field(ge=0, description="Length of the file, seconds.")
    samples: int = Field(ge=0, description="Length of the file, samples.")
    levels: Levels = Field(description="Loudness and peak.")
    midi: str | None = Field(None, description="File name of the score as MIDI, in the same folder.")
    picture: str | None = Field(None, description="File name of a picture of the sound, in the same folder.")
    project: str | None = Field(None, description="File name of the drama's project, JSON, in the same folder.")
    stems: list[StemFile] = Field([], description="Stems that belong to the track.")
    engine: EngineInfo = Field(description="What made the sound, and where.")
    timings: Timings = Field(Timings(), description="Where the time went.")
    favourite: bool = Field(False, description="Marked by the user.")
    locked: bool = Field(False, description="Protected from deletion.")
    public: bool = Field(
        False, description="Other users who know its address may hear it and read this record; none of them finds it."
    )
    details: dict[str, Any] = Field({}, description="What the engine found and decided.")
    facts: dict[str, Any] = Field({}, description="What was found out about the sound later: tags, tempo and so on.")
    annotations: list[Annotation] = Field([], description="How those facts came, oldest first, the undone ones too.")
    file_tags: list[TagsWritten] = Field(
        [], description="Tags that were written into the file from those facts, oldest first, without the undone ones."
    )

    @model_validator(mode="before")
    @classmethod
    def _upgraded(cls, record: Any) -> Any:
        """Version 1 had neither facts nor annotations, version 2 no title."""
        if not isinstance(record, dict) or record.get("schema_version") not in (1, 2):
            return record
        title = of_earlier(record)
        return {**record, "title": title, "made_title": title, "schema_version": 3}


def record_schema() -> dict[str, Any]:
    """The JSON Schema of a record, as kept in the repository."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Record.model_json_schema(mode="serialization")}


if __name__ == "__main__":
    import json
    from pathlib import Path

    text = json.dumps(record_schema(), ensure_ascii=False, indent=2) + "\n"
    Path(__file__).with_name("record.schema.json").write_text(text, encoding="utf-8")

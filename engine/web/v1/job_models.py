"""Jobs as programs send and read them."""

from typing import Any, Literal

from pydantic import Field

from engine.jobs.job import JobStatus
from engine.parameters import IDENTITY, KEY
from engine.text import MAX_REQUEST
from engine.web.v1.models import CURSOR, LIMIT, URLS_EXPIRE, AnswerModel, Error, RequestModel
from engine.web.webhooks.destinations import MAX_URL

Language = Literal["en", "ru", "zh"]


JobEnd = Literal["job.completed", "job.failed", "job.canceled"]
WEBHOOK_URL = Field(
    None,
    max_length=MAX_URL,
    description="Address that is told by a signed POST when it has ended; see Webhooks in docs/api.md.",
)


class FollowUp(RequestModel):
    """A job on the result of another one."""

    command: str = Field(max_length=40, description="The command.")
    params: dict[str, Any] = Field({}, description="Its parameters, without the sound: that is the result.")


class NewJob(RequestModel):
    """What every way to ask for a job has."""

    follow_ups: list[FollowUp] = Field([], max_length=8, description="Jobs on each track that this one makes.")
    language: Language | None = Field(None, description="Of the titles of what is made; the server's own by default.")
    webhook_url: str | None = WEBHOOK_URL
    webhook_events: list[JobEnd] | None = Field(
        None,
        min_length=1,
        max_length=3,
        description="Which ends are told there, of follow-ups too; all by default.",
    )


class TypedJob(NewJob):
    """A job as one would type it into the chat."""

    text: str = Field(
        min_length=1,
        max_length=MAX_REQUEST,
        description="`/upscale loud please` or free text, with `name=value` words in it: they win over `params`.",
    )
    command: str | None = Field(None, max_length=40, description="Whose text it is where it names no command.")
    params: dict[str, Any] = Field({}, description="Parameters besides those in the text.")


class PresetJob(NewJob):
    """A job with the parameters of a preset."""

    preset: str = Field(pattern=f"^{IDENTITY}$", description="The preset's id: your own, or a public one.")
    params: dict[str, Any] = Field({}, description="Parameters that the preset leaves open, or that win over it.")


class StyleMatchJob(NewJob):
    """A style match: the target is made to sound like the reference."""

    mode: Literal["A", "B"] = Field(
        description="A: both are the same performance and are aligned first. B: different music."
    )
    ref_key: str | None = Field(
        None, pattern=KEY, description="Key of the reference, an upload or a track; not needed with a style."
    )
    tgt_key: str = Field(pattern=KEY, description="Key of the sound to change.")
    opts: dict[str, Any] = Field({}, description="Other parameters of the command match.")
    preset: str | None = Field(None, pattern=f"^{IDENTITY}$", description="Id of a preset of match.")


class JobsQuery(RequestModel):
    cursor: str | None = CURSOR
    limit: int = LIMIT
    status: JobStatus | None = Field(None, description="Only jobs in this state; RUNNING is every stage.")
    command: str | None = Field(None, max_length=40, description="Only jobs of this command.")


class PreviewQuery(RequestModel):
    from_sample: int = Field(0, ge=0, lt=2**40, description="The first sample of each channel that is wanted.")


class MatchMetrics(AnswerModel):
    """How near a style match came to its reference; None where there is no such figure."""

    stft_dist: float | None = Field(None, description="RMS over 1/3 octaves of level statistics, dB.")
    mel_dist: float | None = Field(None, description="The same over mel bands, dB.")
    lufs_err: float | None = Field(None, description="Difference in integrated loudness, LU.")
    tp_db: float | None = Field(None, description="True peak of the result, dBTP.")
    artifacts_rate: float | None = Field(None, description="Clicks a second that the original did not have.")


class TrackLink(AnswerModel):
    """A track that a job made."""

    id: str = Field(description="Its id; `track:ID` is its key.")
    title: str = Field(description="What people call it.")
    duration_s: float = Field(description="Its length, seconds.")
    audio_url: str = Field(description="Where it can be heard.")
    download_url: str = Field(description="The same, to be saved under its title.")


class JobView(AnswerModel):
    """A command that was asked for once."""

    id: str = Field(description="Its id.")
    command: str = Field(description="The command.")
    text: str = Field(description="What was asked for, in words.")
    params: dict[str, Any] = Field(description="The parameters as they run: complete, with the seed drawn.")
    state: JobStatus = Field(description="Where in its life the job is.")
    status: str = Field(
        description="As `state`; while the job runs, the name of its stage where the command has told one: ANALYZING, "
        "INVERTING, RENDERING of a match."
    )
    stage: str | None = Field(description="The stage and what is counted in it: `DIALOGUE 12/200`; else None.")
    progress: int = Field(ge=0, le=100, description="How much is done, percent. It never falls while a job runs.")
    eta_s: float | None = Field(description="About how long it will still take, seconds; None while nobody knows.")
    position: int | None = Field(description="Its place among the waiting, 1 is next; None for what does not wait.")
    held: bool = Field(description="It waits because the queue or its batch is held back.")
    attempt: int = Field(description="How often it was begun.")
    error: Error | None = Field(description="Why it failed, or why it waits to be tried again.")
    dead_letter: bool = Field(description="It failed as often as it is tried again by itself.")
    batch_id: str | None = Field(description="The batch it belongs to.")
    parent_id: str | None = Field(description="The job whose follow-up it is.")
    created_at: float = Field(description="When it was asked for, Unix seconds.")
    started_at: float | None = Field(description="When it was begun last, Unix seconds.")
    finished_at: float | None = Field(description="When it was over, Unix seconds.")
    tracks: list[TrackLink] = Field(description="What it made, as far as that is still there.")
    download_url: str | None = Field(description="The first of these tracks, to be saved.")
    viz_urls: dict[str, str] = Field(
        description="Pictures and figures of that track: `peaks`, `spectrogram`, and `match` with a match's curves."
    )
    metrics: MatchMetrics | None = Field(description="Of a match that is done; not told in lists.")
    url: str = Field(description="This job.")
    events_url: str = Field(description="News of this job as they come.")
    preview_url: str | None = Field(description="What can be heard of it already, while it runs.")
    urls_expire: int | None = URLS_EXPIRE


class SubmittedJob(JobView):
    """A job that was taken."""

    job_id: str = Field(description="Its id once more.")
    notes: list[dict[str, Any]] = Field(
        description="What there is to say about the request: `{level, key, values, message}` each."
    )

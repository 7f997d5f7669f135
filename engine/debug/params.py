"""What `/debug` can be asked for."""

from typing import ClassVar, Literal

from pydantic import Field

from engine.errors import Code
from engine.parameters import MAX_TEXT, AudioInput, OutputParams


class DebugParams(OutputParams):
    text_field: ClassVar[str | None] = "prompt"

    prompt: str = Field("tone", max_length=MAX_TEXT, title="Text", description="Any text; it goes into the record.")
    duration: float = Field(0.05, ge=0.001, le=600, title="Duration", description="Length of each tone in seconds.")
    tracks: int = Field(1, ge=0, le=20, title="Tracks", description="How many tracks the job makes.")
    steps: int = Field(5, ge=1, le=100_000, title="Steps", description="Steps of pretended work.")
    step_s: float = Field(0.0, ge=0, le=3600, title="Step", description="Seconds of waiting in each step.")
    busy: bool = Field(False, title="Busy", description="Compute at full load instead of waiting.")
    fail: Literal["", *Code] = Field("", title="Fail", description="Fail with this error code half way.")  # type: ignore[valid-type]
    recoverable: bool = Field(False, title="Recoverable", description="Call that failure one that may pass by itself.")
    recovers_after: int = Field(
        0, ge=0, le=10, title="Recovers after", description="Go wrong only in this many first attempts; 0 is always."
    )
    hang_s: int = Field(
        0, ge=0, le=3600, title="Hang", description="Hold all threads of the process up for so many seconds."
    )
    hang_at: Literal["loading", "working"] = Field("working", title="Hang at", description="When to do so.")
    crash: bool = Field(False, title="Crash", description="Die half way like a native library that crashes.")
    deaf: bool = Field(False, title="Deaf", description="Do not hear a cancel.")
    allocate_mb: int = Field(0, ge=0, le=100_000, title="Memory", description="Memory to hold while loaded, MiB.")
    lane: Literal["light", "model"] = Field("light", title="Lane", description="Lane of workers to run in.")
    max_concurrency: int = Field(
        1, ge=1, le=2, title="At once", description="How many such jobs may run beside each other."
    )
    family: str = Field(
        "debug", pattern=r"^[a-z][a-z0-9-]{0,30}$", title="Family", description="Model family to pretend to be."
    )
    beside: bool = Field(False, title="Beside", description="Leave a score and two stems beside each track.")
    source: AudioInput | None = Field(None, title="Source", description="Audio to read first.")
    annotate: str = Field("", max_length=MAX_TEXT, title="Annotate", description="Tags to add to the source's facts.")
    tagger: int = Field(0, ge=0, le=1000, title="Tagger", description="Say that this version of /tag heard the source.")
    preview_at_s: float | None = Field(
        None, ge=0, le=36_000, title="Preview", description="Call the result a preview of the source from here on."
    )
    live: bool = Field(False, title="Live", description="Let pieces of each tone be heard while it is being made.")
    seed: int = Field(-1, ge=-1, le=99_999_999, title="Seed", description="Decides the pitch; -1 draws one.")

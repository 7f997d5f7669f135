"""Audio dramas by the interface of sequential generation: its addresses, field names and envelope."""

import io
import json
from typing import Any, Literal

from flask import Response, url_for
from pydantic import Field

from engine.drama.estimate import estimated_s
from engine.errors import AppError, Code, invalid
from engine.jobs.job import ACTIVE, JobStatus, Request
from engine.web.auth.signing import signed_url, urls_expire
from engine.web.me import caller, me
from engine.web.v1 import webhooks
from engine.web.v1.ground import Ground
from engine.web.v1.idempotency import HEADERS, TOLD, Answers
from engine.web.v1.job_models import WEBHOOK_URL
from engine.web.v1.models import URLS_EXPIRE, AnswerModel, RequestModel
from engine.web.v1.operations import Answer, Surface

TAG = "drama"
Stage = Literal["dialogue", "environment", "effects", "mixing"]
STAGES: tuple[Stage, ...] = ("dialogue", "environment", "effects", "mixing")
"""As the interface calls them: the script is read, cast and spoken in the first, music is made in the third."""
_STAGE_OF: dict[str, Stage] = {
    "ANALYZING": "dialogue", "LOADING": "dialogue", "DIALOGUE": "dialogue", "AMBIENCE": "environment",
    "MUSIC": "effects", "MIXING": "mixing", "WRITING": "mixing",
}  # fmt: skip


class NewDrama(RequestModel):
    """A drama to be made."""

    novel_data: dict[str, Any] | list[Any] | str = Field(
        description="The novel: text, or JSON with its segments and speakers (`{speaker, text}`) or chapters."
    )
    params: dict[str, Any] = Field({}, description="Other parameters of the command drama: cast, language, level, ….")
    webhook_url: str | None = WEBHOOK_URL


class TaskStarted(AnswerModel):
    task_id: str = Field(description="Id of the task, which is its job.")
    estimated_time: int = Field(description="About how long it will take, seconds, by what this computer did before.")
    stages: list[Stage] = Field(description="The stages that it goes through, in their order.")
    progress_url: str = Field(description="How far it is.")


class Started(AnswerModel):
    success: Literal[True] = Field(True, description="It was taken.")
    data: TaskStarted = Field(description="The task.")


class StageDetail(AnswerModel):
    status: Literal["pending", "running", "completed", "failed"] = Field(description="How far the stage is.")
    done: int | None = Field(None, description="How much of what is counted in it is done: lines, cues.")
    total: int | None = Field(None, description="How much there is of that.")


class TaskProgress(AnswerModel):
    task_id: str = Field(description="Id of the task, which is its job.")
    status: JobStatus = Field(description="State of the job.")
    current_stage: Stage | None = Field(description="The stage it is in; None while it does not run.")
    progress_percentage: int = Field(ge=0, le=100, description="How much is done, percent.")
    estimated_remaining: float | None = Field(description="About how long it will still take, seconds.")
    stage_details: dict[str, StageDetail] = Field(description="Each stage by name.")
    download_url: str | None = Field(description="The drama, when it is done.")
    urls_expire: int | None = URLS_EXPIRE
    error: str | None = Field(description="Why it failed.")


class TaskEnvelope(AnswerModel):
    success: Literal[True] = Field(True, description="The task is known.")
    data: TaskProgress = Field(description="How far it is.")


class EnvelopeError(AnswerModel):
    """What an error is called, in words for programs and for people."""

    type: str = Field(description="What kind of error it is: invalid_input, not_found, ….")
    message: str = Field(description="What happened, for people.")


class Failure(AnswerModel):
    """The error of these addresses."""

    success: Literal[False] = Field(False, description="It was refused.")
    error: EnvelopeError = Field(description="Why.")


def add(surface: Surface, ground: Ground) -> None:
    answers = Answers(ground.database)

    @surface.on("POST", "/audio-generation/sequential", TAG, {202: Answer(Started, "It is in the queue.", TOLD)},
                body=NewDrama, headers=HEADERS, error=Failure,
                errors=(Code.NOT_FOUND, Code.CONFLICT, Code.MODEL_MISSING, Code.DISK_FULL))  # fmt: skip
    def generate_sequential(body: NewDrama) -> Response:
        """Make an audio drama of a novel, one stage after the other.

        The same as a job of the command drama.
        """
        sent = body.model_dump()

        def do(identity: str | None) -> tuple[dict[str, Any], int]:
            webhook = webhooks.wanted(ground, body.webhook_url, None, webhooks.JOB_ENDS)
            facts = _script(body.novel_data)
            asked = Request("drama", {**body.params, "script": facts["key"]}, facts["title"], identity, webhook=webhook)
            job = me.scheduler.submit(asked)
            task = TaskStarted(
                task_id=job.id,
                estimated_time=round(estimated_s(me.settings, facts["letters"], facts["seconds"], facts["language"])),
                stages=list(STAGES),
                progress_url=url_for("v1.task_progress", task_id=job.id),
            )
            return Started(data=task).model_dump(), 202

        return answers.once(caller().user, sent, do).response()

    @surface.on("GET", "/tasks/<task_id>/progress", TAG, {200: Answer(TaskEnvelope, "How far it is.")}, error=Failure,
                errors=(Code.NOT_FOUND,))  # fmt: skip
    def task_progress(task_id: str) -> TaskEnvelope:
        """How far a drama is."""
        job = me.queue.get(task_id)
        if job.command != "drama":
            raise AppError(Code.NOT_FOUND, "job_not_found")
        row = me.scheduler.views.row(job)
        name, _, counted = (row["stage"] or "").partition(" ")
        current = (_STAGE_OF.get(name, STAGES[0])) if job.status is JobStatus.RUNNING else None
        first = job.track_ids[0] if job.track_ids else None
        return TaskEnvelope(
            data=TaskProgress(
                task_id=job.id,
                status=job.status,
                current_stage=current,
                progress_percentage=int(100 * row["progress"]),
                estimated_remaining=0.0 if job.status not in ACTIVE else row["eta_s"],
                stage_details=stage_details(job.status, current, counted),
                download_url=signed_url("v1.track_audio", track_id=first, download=1) if first else None,
                urls_expire=urls_expire(),
                error=AppError.revived(job.error).sentence(me.settings.language) if job.error else None,
            )
        )


def _script(novel: dict[str, Any] | list[Any] | str) -> dict[str, Any]:
    """The facts of the novel as an upload. Raises INVALID_INPUT for what is no script."""
    is_text = isinstance(novel, str)
    text = str(novel) if is_text else json.dumps(novel, ensure_ascii=False)
    if not text.strip():
        raise invalid("script_empty")
    facts = me.uploads.add(io.BytesIO(text.encode()), "novel.txt" if is_text else "novel.json")
    if facts["kind"] != "script":
        me.uploads.delete(str(facts["key"]).removeprefix("upload:"))
        raise invalid("script_json_form")
    return facts


def stage_details(status: JobStatus, current: Stage | None, counted: str) -> dict[str, StageDetail]:
    """Each stage by name, of a task that is in one of them; `counted`: `12/200` where something is counted in it."""
    if status is JobStatus.COMPLETED:
        return {stage: StageDetail(status="completed") for stage in STAGES}
    if current is None:
        left: Literal["failed", "pending"] = "pending" if status in ACTIVE else "failed"
        return {stage: StageDetail(status=left) for stage in STAGES}
    done, _, total = counted.partition("/")
    place = STAGES.index(current)
    details: dict[str, StageDetail] = {}
    for number, stage in enumerate(STAGES):
        details[stage] = StageDetail(status="completed" if number < place else "pending")
    numbers = {"done": int(done), "total": int(total)} if done.isdigit() and total.isdigit() else {}
    details[current] = StageDetail(status="running", **numbers)
    return details

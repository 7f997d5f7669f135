"""Jobs: asked for, looked at, waited for, canceled, tried again."""

import contextlib
import re
import struct
import time
from dataclasses import replace
from typing import Any

from flask import Response, request

from engine.errors import AppError, Code, invalid
from engine.jobs.job import ACTIVE, Job
from engine.jobs.preview import BYTES
from engine.library.presets import Presets
from engine.web.api import ask, json_body
from engine.web.me import caller, me
from engine.web.v1 import event_stream, webhooks
from engine.web.v1.cursors import cursor, place_of
from engine.web.v1.ground import Ground
from engine.web.v1.idempotency import HEADERS, TOLD, Answers
from engine.web.v1.job_body import Form, asked, new_job
from engine.web.v1.job_models import JobsQuery, JobView, PresetJob, PreviewQuery, StyleMatchJob, SubmittedJob, TypedJob
from engine.web.v1.job_views import again, listed, told
from engine.web.v1.models import CursorPage
from engine.web.v1.operations import Answer, Later, Surface
from engine.web.v1.watching import Watching

TAG = "jobs"
LONGEST_WAIT_S = 60
LOOK_S = 2.0
"""Who waits looks at the queue so often, for another server may have ended the job."""
_WAIT = re.compile(r"wait=(\d{1,6})")
PREFER = {
    "Prefer": f"`wait=N`: answer when the job is over, after N seconds at the latest, {LONGEST_WAIT_S} at most; early "
    "when it is over before (RFC 7240)."
}
APPLIED = {"Preference-Applied": "`wait=N` as it was followed: what is more than the most is lowered to it."}
LOCATION = {"Location": "The job."}
SUBMITTING = (Code.NOT_FOUND, Code.CONFLICT, Code.MODEL_MISSING, Code.UNSUPPORTED_AUDIO, Code.DISK_FULL)


def add(surface: Surface, ground: Ground) -> None:
    watching, answers = ground.watching, Answers(ground.database)
    presets, debug = Presets(ground.database), ground.settings.debug

    @surface.on(
        "POST",
        "/jobs",
        TAG,
        {
            202: Answer(SubmittedJob, "The job is in the queue.", {**LOCATION, **TOLD, **APPLIED}),
            200: Answer(SubmittedJob, "It was waited for, and the job is over.", {**LOCATION, **TOLD, **APPLIED}),
        },
        body=Later(lambda: new_job(debug=debug)),
        headers={**HEADERS, **PREFER},
        errors=SUBMITTING,
    )
    def create_job() -> Response:
        """Ask for a job.

        One of four forms: a `command` with its `params`; a style match by `mode`, `ref_key` and `tgt_key`; `text` as
        one would type it; a `preset`. The same request while it waits or runs is the same job; with an
        `Idempotency-Key` for 24 hours, and another body under the same key is refused.
        """
        body = json_body()
        form = asked(body)
        wanted = _wanted(form, presets)

        def do(identity: str | None) -> tuple[dict[str, Any], int]:
            webhook = webhooks.wanted(ground, form.webhook_url, form.webhook_events, webhooks.JOB_ENDS)
            job, notes = ask(wanted | ({"request_id": identity} if identity else {}), webhook)
            return SubmittedJob(**dict(told(job)), job_id=job.id, notes=notes).model_dump(mode="json"), 202

        given = answers.once(caller().user, body, do)
        if given.replayed:
            given = replace(given, body=again(given.body))
        wait_s = _preferred_wait_s()
        with contextlib.ExitStack() as held:
            if wait_s is None:
                return given.response()
            try:
                held.enter_context(watching.one_of(caller().user, "waiting"))
            except AppError:  # a preference: where it cannot be followed, the answer comes at once
                return given.response()
            try:
                job = _waited(watching, given.body["job_id"], wait_s)
            except AppError:  # it was forgotten since it was answered so
                return given.response()
        now = {**given.body, **told(job).model_dump(mode="json")}
        answer = given.response(now, 202 if job.status in ACTIVE else 200)
        answer.headers["Preference-Applied"] = f"wait={wait_s}"
        return answer

    @surface.on("GET", "/jobs", TAG, {200: Answer(CursorPage[JobView], "Jobs, the newest first.")}, query=JobsQuery)
    def list_jobs(query: JobsQuery) -> CursorPage[JobView]:
        """List jobs, the newest first.

        Pages stay as they are when new jobs come. Jobs in the background, the tagging of a library say, are not listed.
        """
        after = place_of(query.cursor, float, str) if query.cursor else None
        found = me.queue.page(
            limit=query.limit + 1, after=(after[0], after[1]) if after else None, status=query.status,
            command=query.command,
        )  # fmt: skip
        more = len(found) > query.limit
        found = found[: query.limit]
        return CursorPage[JobView](
            items=listed(found), next_cursor=cursor(found[-1].created_at, found[-1].id) if more else None
        )

    @surface.on("GET", "/jobs/<job_id>", TAG, {200: Answer(JobView, "The job.")}, errors=(Code.NOT_FOUND,))
    def get_job(job_id: str) -> JobView:
        """A job: its status, its progress, and what it made."""
        return told(me.queue.get(job_id))

    @surface.on(
        "DELETE",
        "/jobs/<job_id>",
        TAG,
        {204: Answer(said="It is forgotten."), 202: Answer(JobView, "It is being canceled.")},
        errors=(Code.NOT_FOUND, Code.DISK_FULL),
    )
    def delete_job(job_id: str) -> Any:
        """Cancel a job that waits or runs; forget one that is over.

        A canceled job stays in the list until it is deleted once more. The tracks of a forgotten job stay.
        """
        if me.queue.get(job_id).status in ACTIVE:
            me.scheduler.cancel(job_id)
            return told(me.queue.get(job_id)), 202
        me.scheduler.forget(job_id)
        return None

    @surface.on(
        "POST", "/jobs/<job_id>/cancel", TAG, {202: Answer(JobView, "It is being canceled, or was over already.")},
        errors=(Code.NOT_FOUND, Code.DISK_FULL),
    )  # fmt: skip
    def cancel_job(job_id: str) -> JobView:
        """Cancel a job.

        One that waits leaves the queue at once. One that runs is asked to stop and ended after three seconds: its state
        is RUNNING until then. One that is over stays as it is.
        """
        me.scheduler.cancel(job_id)
        return told(me.queue.get(job_id))

    @surface.on(
        "POST", "/jobs/<job_id>/retry", TAG, {202: Answer(JobView, "It is in the queue.")},
        errors=(Code.NOT_FOUND, Code.DISK_FULL),
    )  # fmt: skip
    def retry_job(job_id: str) -> JobView:
        """Put a job that failed or was canceled back into the queue.

        One that waits or runs goes on as it is. One that is completed is refused: it is not done twice.
        """
        return told(me.scheduler.retry(job_id))

    @surface.on(
        "GET",
        "/jobs/<job_id>/preview",
        TAG,
        {
            200: Answer(
                "audio/wav",
                "16-bit PCM.",
                {"X-Samples": "How many samples of each channel are in it: ask for the next ones from there on."},
            )
        },
        query=PreviewQuery,
        errors=(Code.NOT_FOUND,),
        signed=True,
    )
    def job_preview(job_id: str, query: PreviewQuery) -> Response:
        """What can be heard of a job that runs, as a WAV file.

        At most 4 MiB at once; NOT_FOUND while there is nothing to hear, and when the job is over.
        """
        known, data = me.scheduler.heard(job_id, query.from_sample)
        if known is None or (not data and query.from_sample < known.samples):
            raise AppError(Code.NOT_FOUND, "preview_not_there")
        samples = len(data) // (BYTES * known.channels)
        answer = Response(_wav_head(known.rate_hz, known.channels, len(data)) + data, mimetype="audio/wav")
        answer.headers |= {"X-Samples": str(samples), "Cache-Control": "no-store"}
        return answer

    @surface.on(
        "GET",
        "/jobs/<job_id>/events",
        TAG,
        {200: Answer("text/event-stream", "Server-sent events: `job` for every change, `gap`, `end` at the end.")},
        headers={"Last-Event-ID": "The id of the last event that was received: what came after it is sent."},
        errors=(Code.NOT_FOUND,),
    )
    def job_events(job_id: str) -> Response:
        """News of a job as they come (server-sent events).

        `data` of each event is the job as JSON. The stream ends with the job. Where what came after `Last-Event-ID` is
        not known any more, `gap` comes first, with `{last_event_id}`, and then the job as it is now.
        """
        return event_stream.stream(watching, job_id)


def _wanted(job: Form, presets: Presets) -> dict[str, Any]:
    """Any form of a job as `ask` takes it: `{command, params, text?, follow_ups, language?}`."""
    more: dict[str, Any] = {"follow_ups": [each.model_dump() for each in job.follow_ups]}
    if job.language:
        more["language"] = job.language
    if isinstance(job, StyleMatchJob):
        sounds = {"source": job.tgt_key, "mode": job.mode} | ({"reference": job.ref_key} if job.ref_key else {})
        kept = presets.find(job.preset, caller().user) if job.preset else None
        if kept is not None and kept.command != "match":
            raise invalid("preset_without_style")
        return {"command": "match", "params": {**(kept.params if kept else {}), **job.opts, **sounds}, **more}
    if isinstance(job, PresetJob):
        kept = presets.find(job.preset, caller().user)
        return {"command": kept.command, "params": {**kept.params, **job.params}, **more}
    if isinstance(job, TypedJob):
        return {"text": job.text, "params": job.params, **({"command": job.command} if job.command else {}), **more}
    return {"command": job.command, "params": job.params, **more}


def _preferred_wait_s() -> int | None:
    """Of the `Prefer` header; None where it says nothing of it."""
    found = _WAIT.search(request.headers.get("Prefer", "").replace(" ", ""))
    return min(int(found[1]), LONGEST_WAIT_S) if found else None


def _waited(watching: Watching, job_id: str, wait_s: float) -> Job:
    """The job once it is over, or after so long. Raises NOT_FOUND."""
    deadline = time.monotonic() + wait_s
    with watching.job(job_id) as watch:
        number = watch.number
        while (job := me.queue.get(job_id)).status in ACTIVE and (left := deadline - time.monotonic()) > 0:
            if news := watch.wait(number, min(left, LOOK_S)):
                number = news[-1][0]
    return job


def _wav_head(rate_hz: int, channels: int, size: int) -> bytes:
    """The header of 16-bit PCM (RIFF, WAVE)."""
    frame = BYTES * channels
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate_hz, rate_hz * frame, frame, 8 * BYTES)
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)

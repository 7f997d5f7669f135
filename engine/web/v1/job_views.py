"""The job as it is answered, made of the row that the page draws."""

import contextlib
import re
from collections.abc import Sequence
from typing import Any

from flask import url_for

from engine.errors import AppError
from engine.jobs.job import Job, JobStatus
from engine.web.auth.signing import renewed, signed_url, urls_expire
from engine.web.me import me
from engine.web.v1.job_models import JobView, MatchMetrics, TrackLink
from engine.web.v1.models import Error
from engine.web.v1.tracks import pictures

_STAGE = re.compile("[A-Z][A-Z_]*")


def told(job: Job) -> JobView:
    """The job as it is now."""
    return of_row(me.scheduler.views.row(job))


def listed(jobs: Sequence[Job]) -> list[JobView]:
    """Several, as they are in lists."""
    return [of_row(row, with_metrics=False) for row in me.scheduler.views.rows(jobs)]


def of_row(row: dict[str, Any], *, with_metrics: bool = True) -> JobView:
    """The job of a row as `JobViews.row` makes it."""
    state, track_ids = JobStatus(row["status"]), row["track_ids"]
    tracks = list(filter(None, map(_track, track_ids)))
    first = tracks[0].id if tracks else None
    is_match = row["command"] == "match" and first is not None
    same = (
        "id", "command", "text", "params", "stage", "eta_s", "position", "held", "attempt", "dead_letter", "batch_id",
        "parent_id", "created_at", "started_at", "finished_at",
    )  # fmt: skip
    return JobView(
        **{name: row[name] for name in same},
        state=state,
        status=status_of(state, row["stage"]),
        progress=int(100 * row["progress"]),
        error=Error(**row["error"]) if row["error"] else None,
        tracks=tracks,
        download_url=tracks[0].download_url if tracks else None,
        viz_urls=pictures(first, is_match=is_match) if first else {},
        metrics=_metrics(first) if first and is_match and with_metrics else None,
        url=url_for("v1.get_job", job_id=row["id"]),
        events_url=url_for("v1.job_events", job_id=row["id"]),
        urls_expire=urls_expire(),
        preview_url=signed_url("v1.job_preview", job_id=row["id"]) if row["preview"] else None,
    )


def again(body: dict[str, Any]) -> dict[str, Any]:
    """A job as it was answered before, its addresses good anew."""
    tracks = [
        track | {name: renewed(track[name]) for name in ("audio_url", "download_url")} for track in body["tracks"]
    ]
    pictures = {name: renewed(url) for name, url in body["viz_urls"].items()}
    files = {name: renewed(body[name]) for name in ("download_url", "preview_url")}
    return {**body, **files, "tracks": tracks, "viz_urls": pictures, "urls_expire": urls_expire()}


def status_of(state: JobStatus, stage: str | None) -> str:
    """The stage of a running job by its name alone; else its state."""
    named = _STAGE.match(stage or "") if state is JobStatus.RUNNING else None
    return named[0] if named else str(state)


def _track(track_id: str) -> TrackLink | None:
    try:
        row = me.library.row(track_id)
    except AppError:  # deleted
        return None
    audio_url = signed_url("v1.track_audio", track_id=track_id)
    download_url = signed_url("v1.track_audio", track_id=track_id, download=1)
    facts = {name: row[name] for name in ("id", "title", "duration_s")}
    return TrackLink(**facts, audio_url=audio_url, download_url=download_url)


def _metrics(track_id: str) -> MatchMetrics | None:
    with contextlib.suppress(AppError, AttributeError, TypeError):  # the record has gone, or is of an earlier form
        figures = me.library.record(track_id).details["match"]["metrics"]["after"]
        return MatchMetrics(**{name: figures.get(name) for name in MatchMetrics.model_fields})
    return None

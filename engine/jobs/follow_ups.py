"""Follow-ups: commands that run on a job's first track when it is done, each a job of its own."""

from collections.abc import Sequence
from typing import Any

from engine.commands import command
from engine.errors import invalid
from engine.jobs.about import about
from engine.jobs.job import ACTIVE, Job, JobStatus, Request
from engine.jobs.queue import QueueEntry
from engine.library.record import Postprocess, Record

NO_TRACK = "track:" + "0" * 32

_TASK_STATES = {
    JobStatus.PENDING: "queued",
    JobStatus.RUNNING: "running",
    JobStatus.COMPLETED: "done",
    JobStatus.FAILED: "error",
    JobStatus.CANCELED: "canceled",
}


def checked(follow_up: Any, *, debug: bool) -> dict[str, Any]:
    """`{command, params?}` of a command that takes a source, as it is kept. Raises INVALID_INPUT for all else."""
    if not isinstance(follow_up, dict) or not isinstance(follow_up.get("command"), str):
        raise invalid("follow_up_form")
    params = follow_up.get("params", {})
    if not isinstance(params, dict) or set(follow_up) - {"command", "params"}:
        raise invalid("follow_up_form")
    asked = command(follow_up["command"], debug=debug)
    if "source" not in asked.params.model_fields:
        raise invalid("follow_up_without_source", name=asked.name)
    params = asked.params.checked({**params, "source": NO_TRACK})
    given = params.model_dump(mode="json", exclude_unset=True, exclude={"source"})
    return {"command": asked.name, "params": given}


def inputs(follow_up: dict[str, Any]) -> list[tuple[str, bool]]:
    """Input keys that one that was checked names besides the result, and whether each is to be a script."""
    params = command(follow_up["command"], debug=True).params.checked({**follow_up["params"], "source": NO_TRACK})
    return [(key, field in params.script_fields()) for field, key in params.inputs().items() if key != NO_TRACK]


def child(parent: Job, follow_up: dict[str, Any], track: Record) -> QueueEntry:
    """The entry of a follow-up that was checked when its parent was submitted; it may not be in the index yet."""
    asked = command(follow_up["command"], debug=True)
    params = asked.params.checked({**follow_up.get("params", {}), "source": f"track:{track.id}"})
    request = Request(
        asked.name, params.model_dump(mode="json"), f"/{asked.name}", user=parent.user, language=parent.language,
        background=parent.background,
    )  # fmt: skip
    facts = about(asked, params, lambda _: track.title)
    return QueueEntry(request, asked, params, parent.id, facts)


def postprocess(children: Sequence[Job]) -> Postprocess:
    """The record's block that tells how far the follow-ups are."""
    tasks = [
        {
            "type": "stem_split" if job.command == "split" else job.command,
            "job_id": job.id,
            "status": _TASK_STATES[job.status],
            "tracks": job.track_ids,
            "error": job.error if job.status not in ACTIVE else None,
        }
        for job in children
    ]
    going_on = any(job.status in ACTIVE for job in children)
    return Postprocess.model_validate({"status": "running" if going_on else "done", "tasks": tasks})

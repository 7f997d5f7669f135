"""REST: the same queue and library as the sockets, for programs and for the page's own reading."""

import os
import sys
from typing import Any

import psutil
from flask import Blueprint, Response, jsonify, request, send_file

from engine.app import House
from engine.errors import AppError, Code, invalid
from engine.jobs.events import TrackAdded, TrackRemoved
from engine.jobs.job import Job, Request
from engine.web.state import state

MIME = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/ogg"}
MAX_REQUEST_ID = 64
MODEL_PACKAGES = frozenset(
    ("torch", "onnxruntime", "numpy", "scipy", "librosa", "transformers", "numba", "soundfile", "av", "pedalboard")
)
"""What only workers may import."""


def ask(house: House, body: Any) -> Job:
    """Submit what a client sent, over REST or a socket: `{command, params, text?, request_id?, follow_ups?}`.

    With `text` the command and values in it win over `command` and `params`.
    """
    if not isinstance(body, dict) or not all(isinstance(key, str) for key in body):
        raise invalid("params_not_object")
    unknown = set(body) - {"command", "name", "params", "text", "request_id", "follow_ups"}
    if unknown:
        raise invalid("unknown_fields", fields=", ".join(sorted(unknown))[:200])
    name = body.get("command", body.get("name", "generate"))
    params, text, request_id = body.get("params", {}), body.get("text"), body.get("request_id")
    follow_ups = body.get("follow_ups", [])
    if not isinstance(name, str):
        raise invalid("unknown_command", name=str(name)[:40], known="")
    if not isinstance(params, dict):
        raise invalid("params_not_object")
    if request_id is not None and not (isinstance(request_id, str) and 0 < len(request_id) <= MAX_REQUEST_ID):
        raise invalid("request_id_form", limit=MAX_REQUEST_ID)
    if not isinstance(follow_ups, list) or len(follow_ups) > 8:
        raise invalid("follow_up_form")
    if text is None:
        shown = params.get("prompt")
        asked = Request(
            command=name, params=params, text=shown if isinstance(shown, str) else f"/{name}",
            request_id=request_id, follow_ups=follow_ups,
        )  # fmt: skip
        return house.scheduler.submit(asked)
    if not isinstance(text, str):
        raise invalid("text_form")
    return house.scheduler.submit_text(text, params, default=name, request_id=request_id, follow_ups=follow_ups)


def blueprint(house: House) -> Blueprint:
    api = Blueprint("api", __name__, url_prefix="/api")
    scheduler, library, queue = house.scheduler, house.library, house.queue

    @api.get("/health")
    def health() -> dict[str, Any]:
        """Alive, and what this process holds: it must never hold a model package."""
        return {
            "ok": True,
            "pid": os.getpid(),
            "rss_mb": int(psutil.Process().memory_info().rss // 2**20),
            "model_packages": sorted(MODEL_PACKAGES & set(sys.modules)),
        }

    @api.get("/state")
    def snapshot() -> dict[str, Any]:
        return state(house)

    @api.post("/jobs")
    def submit() -> tuple[Response, int]:
        job = ask(house, _json())
        return jsonify(job_id=job.id, job=scheduler.rows.row(job)), 202

    @api.get("/jobs")
    def jobs() -> dict[str, Any]:
        return {"jobs": scheduler.rows.all()}

    @api.get("/jobs/<job_id>")
    def job(job_id: str) -> dict[str, Any]:
        return scheduler.rows.row(queue.get(job_id))

    @api.post("/jobs/<job_id>/cancel")
    def cancel(job_id: str) -> dict[str, Any]:
        return {"job_id": scheduler.cancel(job_id).id}

    @api.post("/jobs/<job_id>/retry")
    def retry(job_id: str) -> dict[str, Any]:
        return {"job_id": scheduler.retry(job_id).id}

    @api.delete("/jobs/<job_id>")
    def forget(job_id: str) -> dict[str, Any]:
        queue.forget(job_id)
        return {"job_id": job_id}

    @api.get("/tracks")
    def tracks() -> dict[str, Any]:
        limit = _number("limit", 200, 1, 1000)
        before = request.args.get("before")
        return {
            "tracks": library.rows(limit=int(limit), before=_number("before", 0, 0, 1e12) if before else None),
            "total": library.count(),
        }

    @api.get("/tracks/<track_id>")
    def track(track_id: str) -> dict[str, Any]:
        record = library.record(track_id)
        audio = f"/api/tracks/{record.id}/audio"
        return {**record.model_dump(mode="json"), "audio_url": audio, "download_url": f"{audio}?download=1"}

    @api.patch("/tracks/<track_id>")
    def edit(track_id: str) -> dict[str, Any]:
        body = _json()
        if not isinstance(body, dict) or not body or set(body) - {"favourite", "locked"}:
            raise invalid("track_marks")
        if not all(isinstance(value, bool) for value in body.values()):
            raise invalid("track_marks")
        row = library.edit(track_id, **body)
        house.events.publish(TrackAdded(row))
        return row

    @api.delete("/tracks/<track_id>")
    def delete(track_id: str) -> dict[str, Any]:
        library.delete(track_id)
        house.events.publish(TrackRemoved(track_id))
        return {"id": track_id}

    @api.get("/tracks/<track_id>/audio")
    def audio(track_id: str) -> Response:
        path = library.audio_path(track_id)
        download = request.args.get("download") == "1"
        mime = MIME.get(path.suffix[1:], "application/octet-stream")
        return send_file(path, mimetype=mime, conditional=True, as_attachment=download, download_name=path.name)

    @api.get("/tracks/<track_id>/peaks")
    def peaks(track_id: str) -> Response:
        path = library.peaks_path(track_id)
        if not path.exists():
            scheduler.call("engine.jobs.tasks:make_peaks", path=str(library.audio_path(track_id)), target=str(path))
        return send_file(path, mimetype="application/json", conditional=True)

    @api.route("/<path:_any>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def nothing(_any: str) -> Response:
        raise AppError(Code.NOT_FOUND, "no_such_page")

    return api


def _json() -> Any:
    if not request.is_json:
        raise invalid("json_wanted")
    try:
        return request.get_json()
    except RecursionError:
        raise invalid("bad_request", reason="nested too deeply") from None


def _number(name: str, default: float, low: float, high: float) -> float:
    text = request.args.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise invalid("number_range", name=name, low=low, high=high)
    return value

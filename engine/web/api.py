"""REST: the same queue as the sockets, for programs."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

import psutil
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from engine.app import Application
from engine.errors import AppError, Code, invalid
from engine.events import Notice, told
from engine.jobs.job import Job, Request, Webhook
from engine.jobs.queue import MAX_WAITING
from engine.messages import LANGUAGES, translate
from engine.text import MAX_REQUEST, prose
from engine.web.me import me
from engine.web.state import state

MAX_REQUEST_ID = 64
REQUEST_ID = re.compile(rf"[!-~]{{1,{MAX_REQUEST_ID}}}")
"""Visible letters of ASCII."""

MAX_VARIATIONS = 99

MODEL_PACKAGES = frozenset(
    ("torch", "onnxruntime", "numpy", "scipy", "librosa", "transformers", "numba", "soundfile", "av", "pedalboard")
)
"""What only workers may import."""


Verb = Callable[[str, Callable[[], Any]], dict[str, Any]]
"""Does something to what has that id; the second parameter reads what was sent with it, and may raise."""


def ask(body: Any, webhook: Webhook | None = None) -> tuple[Job, list[dict[str, Any]]]:
    """The job, and what there is to say about what was asked for: `{level, key, values, message}` each.

    Submit what a client sent, over REST or a socket:
    `{command, params, text?, request_id?, follow_ups?, language?, variation?}`.

    `language`: that of the titles, the server's own by default; `variation`: `[number, count]`, which of how many
    requests that differ by chance only. With `text` the command and values in it win over `command` and `params`.
    `webhook`: who is told of its end.
    """
    if not isinstance(body, dict) or not all(isinstance(key, str) for key in body):
        raise invalid("params_not_object")
    unknown = set(body) - {"command", "name", "params", "text", "request_id", "follow_ups", "language", "variation"}
    if unknown:
        raise invalid("unknown_fields", fields=", ".join(sorted(unknown))[:200])
    name = body.get("command", body.get("name", "generate"))
    params, text, request_id = body.get("params", {}), body.get("text"), body.get("request_id")
    follow_ups = body.get("follow_ups", [])
    if not isinstance(name, str):
        raise invalid("unknown_command", name=str(name)[:40], known="")
    if not isinstance(params, dict):
        raise invalid("params_not_object")
    if request_id is not None and not (isinstance(request_id, str) and REQUEST_ID.fullmatch(request_id)):
        raise invalid("request_id_form", limit=MAX_REQUEST_ID)
    if not isinstance(follow_ups, list) or len(follow_ups) > 8:
        raise invalid("follow_up_form")
    more: dict[str, Any] = {
        "request_id": request_id, "follow_ups": follow_ups, "language": language_of(body),
        "variation": _variation(body), "webhook": webhook,
    }  # fmt: skip
    if text is None:
        shown = params.get("prompt")
        asked = Request(command=name, params=params, text=shown if isinstance(shown, str) else f"/{name}", **more)
        return _submitted(asked, params)
    if not isinstance(text, str):
        raise invalid("text_form")
    text = prose(text)
    if len(text) > MAX_REQUEST:
        raise invalid("text_too_long", limit=MAX_REQUEST)
    asked, named = me.scheduler.typed(text, params, default=name, **more)
    return _submitted(asked, named)


def language_of(body: dict[str, Any]) -> str:
    """The language that `{language?}` names; the server's own for any that it does not speak."""
    language = body.get("language")
    return language if language in LANGUAGES else me.settings.language


def language_of_page(default: str) -> str:
    """The language that the page speaks now, by its header; else the default."""
    language = request.headers.get("X-Language", "")
    return language if language in LANGUAGES else default


def _variation(body: dict[str, Any]) -> tuple[int, int] | None:
    """`{variation?: [number, count]}`. Raises INVALID_INPUT."""
    said = body.get("variation")
    if said is None:
        return None
    if not (isinstance(said, list) and len(said) == 2 and all(type(part) is int for part in said)):
        raise invalid("variation_form", limit=MAX_VARIATIONS)
    number, count = said
    if not 1 <= number <= count <= MAX_VARIATIONS:
        raise invalid("variation_form", limit=MAX_VARIATIONS)
    return (number, count) if count > 1 else None


def _submitted(asked: Request, named: Iterable[str]) -> tuple[Job, list[dict[str, Any]]]:
    job = me.scheduler.submit(asked)
    language = me.settings.language
    return job, [spoken(notice, language) for notice in me.scheduler.remarks(asked, named)]


def spoken(notice: Notice, language: str) -> dict[str, Any]:
    """A notice with its sentence, as it goes to clients."""
    return {**told(notice), "message": translate(notice.key, language, **notice.values)}


def job_verbs() -> dict[str, Verb]:
    """What can be done with a job that is there, by name."""
    return {
        "cancel": lambda job_id, _: {"job_id": me.scheduler.cancel(job_id).id},
        "retry": lambda job_id, _: {"job_id": me.scheduler.retry(job_id).id},
        "move": lambda job_id, read: {"job_id": me.scheduler.move(job_id, position(read())).id},
    }


def add_verbs(blueprint: Blueprint, path: str, verbs: dict[str, Verb]) -> None:
    """Each as `POST path/ID/NAME`."""
    for name, verb in verbs.items():

        def act(identity: str, verb: Verb = verb) -> dict[str, Any]:
            return verb(identity, json_body)

        blueprint.add_url_rule(f"{path}/<identity>/{name}", name, act, methods=["POST"])


def blueprint(_: Application) -> Blueprint:
    api = Blueprint("api", __name__, url_prefix="/api")

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
        return state(me)

    @api.post("/jobs")
    def submit() -> tuple[Response, int]:
        job, notes = ask(json_body())
        return jsonify(job_id=job.id, job=me.scheduler.views.row(job), notes=notes), 202

    @api.get("/jobs")
    def jobs() -> dict[str, Any]:
        return {"jobs": me.scheduler.views.all()}

    @api.get("/jobs/<job_id>")
    def job(job_id: str) -> dict[str, Any]:
        """With the stages that it went through."""
        return {**me.scheduler.views.row(me.queue.get(job_id)), "segments": me.queue.segments(job_id)}

    @api.get("/jobs/<job_id>/preview")
    def preview(job_id: str) -> Response:
        """What can be heard of a running job from sample `from` on: 16-bit little-endian, channels interleaved."""
        _, data = me.scheduler.heard(job_id, _start())
        return Response(data, mimetype="application/octet-stream", headers={"Cache-Control": "no-store"})

    @api.delete("/jobs/<job_id>")
    def forget(job_id: str) -> dict[str, Any]:
        me.scheduler.forget(job_id)
        return {"job_id": job_id}

    add_verbs(api, "/jobs", job_verbs())

    @api.post("/queue/cancel-waiting")
    def cancel_waiting() -> dict[str, Any]:
        return {"canceled": me.scheduler.cancel_waiting()}

    @api.post("/queue/pause")
    def pause() -> dict[str, Any]:
        return {"paused": me.scheduler.pause(wants_pause(json_body()))}

    return api


def _start() -> int:
    text = request.args.get("from", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def json_body() -> Any:
    """The request's JSON. Raises UNSUPPORTED_MEDIA for what says to be something else, INVALID_INPUT."""
    if not request.is_json:
        raise AppError(Code.UNSUPPORTED_MEDIA, "json_wanted")
    try:
        body = request.get_json()
        json.dumps(body, ensure_ascii=False).encode()
    except RecursionError:
        raise invalid("bad_request", reason=[{"key": "problem.nested_too_deep", "values": {}}]) from None
    except BadRequest:
        raise invalid("bad_request", reason=[{"key": "problem.not_json", "values": {}}]) from None
    except UnicodeEncodeError:  # a lone surrogate, which no answer, file or database can hold
        raise invalid("bad_request", reason=[{"key": "problem.no_text", "values": {}}]) from None
    return body


def position(body: Any) -> int:
    """The place in `{position}`, 1 being the next. Raises INVALID_INPUT."""
    place = body.get("position") if isinstance(body, dict) else None
    if not isinstance(place, int) or isinstance(place, bool) or not 1 <= place <= MAX_WAITING:
        raise invalid("number_range", name="position", low=1, high=MAX_WAITING)
    return place


def wants_pause(body: Any) -> bool:
    """`{paused}`. Raises INVALID_INPUT."""
    paused = body.get("paused") if isinstance(body, dict) else None
    if not isinstance(paused, bool):
        raise invalid("pause_form")
    return paused

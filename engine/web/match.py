"""Matches over REST: what a match found and shows, ten seconds rendered anew, a style as files for other programs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request

from engine.app import Application
from engine.errors import AppError, Code, invalid
from engine.match.params import MatchParams
from engine.match.tasks import MATCH_TASKS
from engine.match.vstpreset import from_vstpreset
from engine.parameters import finite
from engine.web.api import json_body
from engine.web.files import attachment, scratch_file
from engine.web.me import me

SPOT_S = 10.0
LOWEST_HZ, HIGHEST_HZ = 8_000, 192_000
MIME = {"json": "application/json", "wav": "audio/wav", "txt": "text/plain", "yml": "application/yaml"}


def blueprint(application: Application) -> Blueprint:
    match = Blueprint("match", __name__, url_prefix="/api")
    tasks = application.scheduler.tasks.of(MATCH_TASKS)

    def located(key: str) -> Path:
        return me.storage.fetch(me.library.input_key(key))

    @match.get("/tracks/<track_id>/match")
    def found(track_id: str) -> Response:
        """All that is known of a match, its curves among it, to be saved as a file."""
        record = me.library.record(track_id)
        held = record.details.get("match")
        if not isinstance(held, dict):
            raise AppError(Code.NOT_FOUND, "track_without_match")
        body = {"name": record.name, "sources": record.sources, **held}
        answer = Response(json.dumps(finite(body), ensure_ascii=False, indent=1), mimetype="application/json")
        attachment(answer, f"{record.name}.match.json")
        return answer

    @match.post("/match/spot")
    def spot() -> Response:
        """`{params, from_s, rate_hz, own_lufs}` -> ten seconds as raw float32; `X-Match` holds the facts as JSON."""
        body = json_body()
        if not isinstance(body, dict) or set(body) - {"params", "from_s", "rate_hz", "own_lufs"}:
            raise invalid("match_spot_form")
        params = MatchParams.checked(body.get("params"))
        assert isinstance(params, MatchParams)
        from_s, rate_hz = _number(body, "from_s", 0, 8 * 3600), int(_number(body, "rate_hz", LOWEST_HZ, HIGHEST_HZ))
        own_lufs = None if body.get("own_lufs") is None else _number(body, "own_lufs", -200, 50)
        ir_key = params.impulse_response or params.inputs().get("style.reverb.ir_key")
        with scratch_file() as target:
            facts = tasks.render_spot(
                located(params.source), target, params.model_dump(mode="json"), own_lufs, from_s, SPOT_S,
                rate_hz, located(ir_key) if ir_key else None,
            )  # fmt: skip
            sound = target.read_bytes()
        answer = Response(sound, mimetype="application/octet-stream")
        answer.headers["X-Match"] = json.dumps(finite(asdict(facts)))
        return answer

    @match.post("/match/export")
    def export() -> Response:
        """`{style, form, rate_hz?, name?}` -> the style as a file of that form."""
        body = json_body()
        if not isinstance(body, dict) or not isinstance(body.get("style"), dict):
            raise invalid("match_export_form")
        rate_hz = int(_number(body, "rate_hz", LOWEST_HZ, HIGHEST_HZ)) if "rate_hz" in body else 48_000
        name = str(body.get("name") or "match")[:80]
        reverb = body["style"].get("reverb")
        ir_key = reverb.get("ir_key") if isinstance(reverb, dict) else None
        with scratch_file() as target:
            impulse_response = located(ir_key) if isinstance(ir_key, str) and ir_key else None
            form = str(body.get("form"))[:20]
            file = tasks.write_export(body["style"], form, target, rate_hz, name, impulse_response)
            data = target.read_bytes()
        answer = Response(data, mimetype=MIME.get(Path(file).suffix[1:], "application/octet-stream"))
        attachment(answer, file)
        return answer

    @match.post("/match/import")
    def imported() -> dict[str, Any]:
        """The bytes of a `.vstpreset` -> `{style}`."""
        return {"style": from_vstpreset(request.get_data()).model_dump(mode="json")}

    @match.get("/match/schema")
    def schema() -> Response:
        """The JSON Schema of a style: titles, limits and units of every value."""
        from engine.match.style import json_schema

        return jsonify(json_schema())

    return match


def _number(body: dict[str, Any], name: str, low: float, high: float) -> float:
    """A number of the body. Raises INVALID_INPUT outside its limits."""
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise invalid("number_range", name=name, low=low, high=high)
    return float(value)

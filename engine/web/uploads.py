"""REST: uploads, limited in size."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from engine.app import Application
from engine.errors import invalid
from engine.library.uploads import upload_key
from engine.web.addresses import address
from engine.web.me import me

PATH = "/api/uploads"
MAX_BYTES = 2 * 2**30


def blueprint(_: Application) -> Blueprint:
    blueprint = Blueprint("uploads", __name__)

    @blueprint.post(PATH)
    def upload() -> tuple[Response, int]:
        file = request.files.get("file")
        if file is None:
            raise invalid("file_wanted")
        return jsonify(_with_address(me.uploads.add(file.stream, file.filename or ""))), 201

    @blueprint.get(PATH)
    def listed() -> dict[str, Any]:
        return {"uploads": [_with_address(facts) for facts in me.uploads.all()]}

    @blueprint.get(f"{PATH}/<upload_id>")
    def one(upload_id: str) -> dict[str, Any]:
        return _with_address(me.uploads.facts(upload_id))

    @blueprint.get(f"{PATH}/<upload_id>/audio")
    def audio(upload_id: str) -> Response:
        facts = me.uploads.facts(upload_id)
        mime = facts.get("mime", "application/octet-stream")
        return me.storage.answer(upload_key(upload_id), mime=mime, name=facts["name"] or "audio")

    @blueprint.delete(f"{PATH}/<upload_id>")
    def delete(upload_id: str) -> dict[str, Any]:
        if f"upload:{upload_id}" in me.queue.inputs():
            raise invalid("upload_needed")
        me.uploads.delete(upload_id)
        return {"key": f"upload:{upload_id}"}

    return blueprint


def _with_address(facts: dict[str, Any]) -> dict[str, Any]:
    return facts | {"audio_url": address(f"{PATH}/{facts['key'].removeprefix('upload:')}/audio")}

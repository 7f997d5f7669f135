"""Uploads: limited in size, stored under a generated name, believed only after a worker has decoded them."""

import contextlib
import json
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request, send_file

from engine.app import Application
from engine.errors import AppError, Code, invalid

PATH = "/api/uploads"
MAX_BYTES = 2 * 2**30


def blueprint(application: Application) -> Blueprint:
    uploads = Blueprint("uploads", __name__)
    folder = application.settings.uploads_dir

    @uploads.post(PATH)
    def upload() -> tuple[Response, int]:
        file = request.files.get("file")
        if file is None:
            raise invalid("file_wanted")
        return jsonify(_with_address(application.add_upload(file.stream, file.filename or ""))), 201

    @uploads.get(PATH)
    def listed() -> dict[str, Any]:
        rows = []
        for path in folder.glob("*.json"):
            with contextlib.suppress(AppError, KeyError):  # deleted or damaged: the others are there all the same
                rows.append(_facts(path))
        return {"uploads": sorted(rows, key=lambda row: -row.get("created_at", 0))}

    @uploads.get(f"{PATH}/<upload_id>")
    def one(upload_id: str) -> dict[str, Any]:
        return _facts(_place(folder, upload_id))

    @uploads.get(f"{PATH}/<upload_id>/audio")
    def audio(upload_id: str) -> Response:
        path = _place(folder, upload_id)
        facts = _facts(path)
        mime = facts.get("mime", "application/octet-stream")
        return send_file(path.with_suffix(""), mimetype=mime, conditional=True, download_name=facts["name"] or "audio")

    @uploads.delete(f"{PATH}/<upload_id>")
    def delete(upload_id: str) -> dict[str, Any]:
        path = _place(folder, upload_id)
        if f"upload:{upload_id}" in application.queue.inputs():
            raise invalid("upload_needed")
        _remove(application, path)
        return {"key": f"upload:{upload_id}"}

    return uploads


def _place(folder: Path, upload_id: str) -> Path:
    """The facts file of an upload. Raises NOT_FOUND."""
    path = folder / f"{upload_id}.json"
    if not (len(upload_id) == 32 and upload_id.isalnum() and upload_id.isascii() and path.is_file()):
        raise AppError(Code.NOT_FOUND, "upload_not_found")
    return path


def _facts(path: Path) -> dict[str, Any]:
    """What is known of an upload, with the address of its sound. Raises NOT_FOUND when it has just gone."""
    try:
        return _with_address(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise AppError(Code.NOT_FOUND, "upload_not_found") from None


def _with_address(facts: dict[str, Any]) -> dict[str, Any]:
    return facts | {"audio_url": f"{PATH}/{facts['key'].removeprefix('upload:')}/audio"}


def facts_of(application: Application, upload_id: str) -> dict[str, Any]:
    """What is known of an upload. Raises NOT_FOUND."""
    return _facts(_place(application.settings.uploads_dir, upload_id))


def levels_path(application: Application, upload_id: str) -> Path:
    """Where the loudness of an upload is kept once somebody wanted to know it."""
    return application.settings.peaks_dir / f"upload-{upload_id}.json"


def _remove(application: Application, path: Path) -> None:
    levels_path(application, path.stem).unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    path.with_suffix("").unlink(missing_ok=True)


def delete_uploads(application: Application) -> int:
    """Delete every upload that no waiting or running job needs; how many went."""
    needed = application.queue.inputs()
    free = [p for p in application.settings.uploads_dir.glob("*.json") if f"upload:{p.stem}" not in needed]
    for path in free:
        _remove(application, path)
        time.sleep(0)
    return len(free)


def uploads_size(application: Application) -> tuple[int, int]:
    """How many uploads there are, and their size in bytes."""
    sizes = [
        p.stat().st_size for p in application.settings.uploads_dir.iterdir() if p.suffix == "" and p.name[0] != "."
    ]
    return len(sizes), sum(sizes)

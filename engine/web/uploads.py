"""Uploads: limited in size, stored under a generated name, believed only after a worker has decoded them."""

import os
import time
import uuid

from flask import Blueprint, Response, jsonify, request

from engine.app import House
from engine.errors import AppError, Code, invalid
from engine.library.atomic import disk_errors, write_json

PATH = "/api/uploads"
MAX_BYTES = 2 * 2**30


def blueprint(house: House) -> Blueprint:
    uploads = Blueprint("uploads", __name__)
    folder = house.settings.uploads_dir

    @uploads.post(PATH)
    def upload() -> tuple[Response, int]:
        file = request.files.get("file")
        if file is None:
            raise invalid("file_wanted")
        identity = uuid.uuid4().hex
        temporary = folder / f".{identity}.tmp"
        try:
            with disk_errors(), temporary.open("wb") as target:
                while chunk := file.stream.read(2**20):
                    target.write(chunk)
                    time.sleep(0)
                target.flush()
                os.fsync(target.fileno())
            if temporary.stat().st_size == 0:
                raise AppError(Code.UNSUPPORTED_AUDIO, "empty_audio")
            facts = house.scheduler.call("engine.jobs.tasks:probe_upload", path=str(temporary))
            facts |= {"key": f"upload:{identity}", "name": (file.filename or "")[:200], "created_at": time.time()}
            temporary.replace(folder / identity)
            write_json(folder / f"{identity}.json", facts)
        finally:
            temporary.unlink(missing_ok=True)
        return jsonify(facts), 201

    return uploads

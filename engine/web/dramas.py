"""REST: what a finished drama is handed over as."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, jsonify

from engine.app import Application
from engine.drama.delivery.forms import FORMS, LARGE
from engine.drama.tasks import DRAMA_TASKS, DramaTasks
from engine.errors import AppError, Code
from engine.library.record import Record
from engine.library.track_files import COVER
from engine.text import file_label
from engine.web.files import passing_download
from engine.web.kept_exports import KeptExports
from engine.web.me import me

LOOK_S = 15.0
"""How long a request waits for a file that is being made: browsers and proxies give up after some minutes."""
LEAST_PATIENCE_S, PATIENCE_PER_S = 600.0, 2.0
"""How long a form may take to make: a slow computer needs a twentieth of the drama's length."""


def blueprint(application: Application) -> Blueprint:
    dramas = Blueprint("dramas", __name__, url_prefix="/api/tracks/<track_id>/drama")
    exports = KeptExports(application.storage, application.settings.peaks_dir)

    @dramas.get("/report.json")
    def report(track_id: str) -> Response:
        """What was measured of the mix."""
        record = me.library.record(track_id)
        me.library.beside_key(track_id, "project")
        return jsonify(record.details.get("report", {}))

    @dramas.post("/<form>")
    def prepared(track_id: str, form: str) -> tuple[Response, int]:
        """`{ready}`: have one of `engine.drama.delivery.forms.LARGE` made where it is not kept yet. It answers when it
        is, or after some seconds with 202: then ask again. What is ready, GET sends at once."""
        if form not in LARGE:
            raise AppError(Code.NOT_FOUND, "drama_form", name=form[:40])
        ready = kept(me.library.record(track_id), form, LOOK_S) is not None
        return jsonify(ready=ready), 200 if ready else 202

    @dramas.get("/<form>")
    def exported(track_id: str, form: str) -> Response:
        """One of `engine.drama.delivery.forms.FORMS`: subtitles, karaoke, lyrics, book, lines. What is not ready is
        waited for, however long a book takes."""
        if form not in FORMS:
            raise AppError(Code.NOT_FOUND, "drama_form", name=form[:40])
        record = me.library.record(track_id)
        if form not in LARGE:
            make = making(record, form, me.scheduler.tasks.of(DRAMA_TASKS))
            return passing_download(FORMS[form], name_of(record, form), make)
        key = kept(record, form, None)
        assert key is not None
        return me.storage.answer(key, mime=FORMS[form], name=name_of(record, form), attachment=True)

    def kept(record: Record, form: str, wait_s: float | None) -> str | None:
        """As `KeptExports.ready` says."""
        tasks = me.scheduler.tasks.of(DRAMA_TASKS, LEAST_PATIENCE_S + PATIENCE_PER_S * record.duration_s)
        files = [me.storage.stat(key) for key in (me.library.beside_key(record.id, "project"), cover_key(record.id))]
        said = [record.title, *((file.size, file.mtime_ns) if file else None for file in files)]
        digest = hashlib.sha256(repr(said).encode()).hexdigest()[:16]
        return exports.ready(me.library, record.id, form, digest, making(record, form, tasks), wait_s)

    def making(record: Record, form: str, tasks: DramaTasks) -> Callable[[Path], object]:
        library, storage = me.library, me.storage
        project = storage.fetch(library.beside_key(record.id, "project"))
        audio = storage.fetch(library.audio_key(record.id))
        has_voices = any(stem.name == "dialogue" for stem in record.stems)
        voices = storage.fetch(library.stem_key(record.id, "dialogue")) if has_voices else None
        cover = storage.fetch(cover_key(record.id)) if storage.stat(cover_key(record.id)) else None
        return lambda target: tasks.export_drama(project, audio, voices, form, target, record.title, cover)

    def cover_key(track_id: str) -> str:
        return me.library.derived_key(track_id, COVER)

    def name_of(record: Record, form: str) -> str:
        name, _, suffix = form.rpartition(".")
        marked = ".karaoke" if name == "karaoke" else ""
        return f"{file_label(record.title) or record.name}{marked}.{suffix}"

    return dramas

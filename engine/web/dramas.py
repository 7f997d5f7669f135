"""REST: what a finished drama is handed over as."""

from flask import Blueprint, Response, jsonify

from engine.app import Application
from engine.drama.delivery.forms import FORMS
from engine.drama.tasks import DRAMA_TASKS
from engine.errors import AppError, Code
from engine.library.track_files import COVER
from engine.text import file_label
from engine.web.files import passing_download


def blueprint(application: Application) -> Blueprint:
    dramas = Blueprint("dramas", __name__, url_prefix="/api/tracks/<track_id>/drama")
    library, storage = application.library, application.storage

    @dramas.get("/report.json")
    def report(track_id: str) -> Response:
        """What was measured of the mix."""
        record = library.record(track_id)
        library.beside_key(track_id, "project")
        return jsonify(record.details.get("report", {}))

    @dramas.get("/<form>")
    def exported(track_id: str, form: str) -> Response:
        """One of `engine.drama.delivery.forms.FORMS`: subtitles, karaoke, lyrics, book, lines."""
        if form not in FORMS:
            raise AppError(Code.NOT_FOUND, "drama_form", name=form[:40])
        project = storage.fetch(library.beside_key(track_id, "project"))
        record = library.record(track_id)
        audio = storage.fetch(library.audio_key(track_id))
        has_voices = any(stem.name == "dialogue" for stem in record.stems)
        voices = storage.fetch(library.stem_key(track_id, "dialogue")) if has_voices else None
        cover_key = library.derived_key(track_id, COVER)
        cover = storage.fetch(cover_key) if storage.stat(cover_key) else None
        name, _, suffix = form.rpartition(".")
        marked = ".karaoke" if name == "karaoke" else ""
        tasks = application.scheduler.tasks.of(DRAMA_TASKS)
        return passing_download(
            application,
            FORMS[form],
            f"{file_label(record.title) or record.name}{marked}.{suffix}",
            lambda target: tasks.export_drama(project, audio, voices, form, target, record.title, cover),
        )

    return dramas

"""Stems over REST: whole files, pieces of samples for the mixer, waveforms, and all of them as one ZIP."""

import contextlib
from datetime import datetime

from flask import Blueprint, Response, request, send_file

from engine.app import Application
from engine.errors import AppError, Code
from engine.web.files import attachment, sound_file
from engine.web.samples import opened, samples_of
from engine.web.zip_stream import ZipEntry, zip_length, zip_stream


def blueprint(application: Application) -> Blueprint:
    stems = Blueprint("stems", __name__, url_prefix="/api/tracks/<track_id>")
    library = application.library

    @stems.get("/stems/<stem>/audio")
    def audio(track_id: str, stem: str) -> Response:
        return sound_file(library.stem_path(track_id, stem))

    @stems.get("/stems/<stem>/peaks")
    def peaks(track_id: str, stem: str) -> Response:
        source = library.stem_path(track_id, stem)
        path = library.stem_peaks_path(track_id, stem)
        if not path.exists():
            application.tasks.make_peaks(source, path)
        return send_file(path, mimetype="application/json", conditional=True)

    @stems.get("/stems/<stem>/samples")
    def samples(track_id: str, stem: str) -> Response:
        """As `samples_of` says, at the stem's own rate."""
        return samples_of(application, library.stem_path(track_id, stem))

    @stems.get("/stems.zip")
    def archive(track_id: str) -> Response:
        """All stems, or those that `?stems=a,b` names."""
        record = library.record(track_id)
        asked = request.args.get("stems")
        names = [stem.name for stem in record.stems] if asked is None else list(dict.fromkeys(asked.split(",")))
        if not names:
            raise AppError(Code.NOT_FOUND, "track_without_stems")
        paths = [(name, library.stem_path(track_id, name)) for name in names]
        modified = datetime.fromtimestamp(record.created_at)
        with contextlib.ExitStack() as stack:
            entries = []
            for name, path in paths:
                file = stack.enter_context(opened(path))
                size = path.stat().st_size
                entries.append(ZipEntry(f"{record.name}_{name}{path.suffix}", file, size, modified))
            answer = Response(zip_stream(entries), mimetype="application/zip")
            answer.call_on_close(stack.pop_all().close)
        answer.content_length = zip_length(entries)
        attachment(answer, f"{record.name}_stems.zip")
        return answer

    return stems

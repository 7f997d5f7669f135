"""Stems over REST: whole files, pieces of samples for the mixer, waveforms, and all of them as one ZIP."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from flask import Blueprint, Response, request
from zipstream import ZipStream

from engine.app import Application
from engine.errors import AppError, Code
from engine.library.names import unique
from engine.library.titles import of_stem, of_stems
from engine.library.track_files import STEM_PEAKS
from engine.text import file_label
from engine.web.files import asked_part, attachment, derived_file, file_name, language, passing_file, stored_file
from engine.web.me import me
from engine.web.samples import samples_of


def blueprint(_: Application) -> Blueprint:
    stems = Blueprint("stems", __name__, url_prefix="/api/tracks/<track_id>")

    @stems.get("/stems/<stem>/audio")
    def audio(track_id: str, stem: str) -> Response:
        library = me.library.readable(track_id)
        key = library.stem_key(track_id, stem)
        return stored_file(key, of_stem(library.row(track_id)["title"], stem, language()))

    @stems.get("/stems/<stem>/peaks")
    def peaks(track_id: str, stem: str) -> Response:
        """Of the whole stem; of a part of it, finer, with `?from_s=&to_s=&points=`."""
        library = me.library.readable(track_id)
        source = me.storage.fetch(library.stem_key(track_id, stem))
        if part := asked_part():
            return passing_file(
                "json", lambda target: me.tasks.make_peaks(source, target, part.points, part.from_s, part.to_s)
            )
        key = library.derived_key(track_id, f"{STEM_PEAKS}{stem}.json")
        return derived_file(key, lambda target: me.tasks.make_peaks(source, target))

    @stems.get("/stems/<stem>/samples")
    def samples(track_id: str, stem: str) -> Response:
        """As `samples_of` says, at the stem's own rate."""
        return samples_of(me.library.readable(track_id).stem_key(track_id, stem))

    @stems.get("/stems.zip")
    def archive(track_id: str) -> Response:
        """All stems, or those that `?stems=a,b` names."""
        library = me.library.readable(track_id)
        record = library.record(track_id)
        asked = request.args.get("stems")
        names = [stem.name for stem in record.stems] if asked is None else list(dict.fromkeys(asked.split(",")))
        if not names:
            raise AppError(Code.NOT_FOUND, "track_without_stems")
        files = {name: me.storage.fetch(library.stem_key(track_id, name)) for name in names}
        answer = zip_of((of_stem(record.title, name, language()), path) for name, path in files.items())
        attachment(answer, file_name(of_stems(record.title, language()), "stems.zip"))
        return answer

    return stems


def zip_of(files: Iterable[tuple[str, Path]]) -> Response:
    """The files as one archive under their titles, stored, made while it is sent; its length is known beforehand.

    Titles that are the same, on a system that knows no capitals, get numbers.
    """
    archive = ZipStream(sized=True)
    taken: set[str] = set()

    def is_taken(name: str) -> bool:
        return f"{name}{path.suffix}".casefold() in taken

    for title, path in files:
        name = unique(file_label(title) or path.stem, is_taken)
        taken.add(f"{name}{path.suffix}".casefold())
        archive.add_path(path, f"{name}{path.suffix}")
    answer = Response(_in_turns(archive), mimetype="application/zip")
    answer.content_length = len(archive)
    return answer


def _in_turns(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        time.sleep(0)  # under eventlet this lets other requests in

"""REST: the library, and the files of a track. What is read of a track is read of a public one of another's as well."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from flask import Blueprint, Response, jsonify

from engine.app import Application
from engine.errors import invalid
from engine.events import TrackAdded, TracksRemoved
from engine.library.heard import key_of
from engine.library.library import Library
from engine.library.record import Annotation, Record
from engine.library.search import Search
from engine.library.titles import MAX_TITLE, clean
from engine.library.track_files import COVER, PEAKS, SPECTROGRAM
from engine.parameters import MAX_ARTIST
from engine.tag.correct import corrected
from engine.text import MAX_REQUEST, label
from engine.web.addresses import address
from engine.web.api import json_body
from engine.web.files import asked_part, derived_file, number, passing_file, stored_file
from engine.web.me import me
from engine.web.searches import asked_search


def blueprint(_: Application) -> Blueprint:
    tracks = Blueprint("tracks", __name__, url_prefix="/api")

    @tracks.get("/tracks")
    def listed() -> dict[str, Any]:
        limit, offset = int(number("limit", 100, 0, 1000)), int(number("offset", 0, 0, 2**31))
        return me.search.page(asked_search(), limit=limit, offset=offset)

    @tracks.get("/library")
    def summary() -> dict[str, Any]:
        """How many tracks there are: all, marked, of each command, of each model, with each tag as CATEGORY/NAME."""
        library = me.library
        count, size = me.uploads.size()
        return {
            "total": library.count(),
            "locked": library.count(Search(locked=True)),
            "favourites": library.count(Search(favourite=True)),
            "commands": library.counts("command"),
            "models": library.counts("model"),
            "tags": library.tag_counts(),
            "uploads": {"count": count, "bytes": size},
        }

    @tracks.delete("/tracks")
    def delete_all() -> dict[str, Any]:
        removed = me.library.delete_all()
        me.events.publish(TracksRemoved(removed, me.user))
        gone = me.uploads.delete_all(me.queue.inputs())
        return {"removed": removed, "kept": me.library.count(), "uploads": gone}

    @tracks.get("/tracks/<track_id>")
    def track(track_id: str) -> dict[str, Any]:
        return _with_addresses(me.library.readable(track_id).record(track_id))

    @tracks.patch("/tracks/<track_id>")
    def edit(track_id: str) -> dict[str, Any]:
        marks, artist, title = _changes(json_body())
        library = me.library
        before = library.record(track_id)
        if marks:
            library.edit(track_id, **marks)
        if artist is not _UNSAID:
            library.rename_artist(track_id, artist)
        if title is not _UNSAID:
            library.rename(track_id, title)
        after = library.record(track_id)
        if said := [name for name in _SAID if getattr(after, name) != getattr(before, name)]:
            me.file_tags.say(track_id, said)
        row = library.row(track_id)
        me.events.publish(TrackAdded(row, me.user))
        return row

    @tracks.delete("/tracks/<track_id>")
    def delete(track_id: str) -> dict[str, Any]:
        me.library.delete(track_id)
        me.events.publish(TracksRemoved([track_id], me.user))
        return {"id": track_id}

    @tracks.get("/tracks/<track_id>/annotations")
    def annotations(track_id: str) -> dict[str, Any]:
        """What was found out about the track later, and how: `facts`, and the `annotations` they came by."""
        record = me.library.readable(track_id).record(track_id)
        return record.model_dump(mode="json", include={"facts", "annotations"})

    @tracks.post("/tracks/<track_id>/annotations")
    def correct(track_id: str) -> dict[str, Any]:
        """The user's own facts, `{"tempo": {"bpm": 120}}`, in place of those that were found; the same answer."""
        facts = corrected(me.library.record(track_id).facts, json_body())
        record = me.library.annotate(track_id, Annotation.now("tag", facts))
        me.events.publish(TrackAdded(me.library.row(track_id), me.user))
        return record.model_dump(mode="json", include={"facts", "annotations"})

    @tracks.post("/tracks/<track_id>/annotations/<annotation_id>/undo")
    def undo(track_id: str, annotation_id: str) -> dict[str, Any]:
        """Take the facts of one annotation back; the same answer, as it is then."""
        record = me.library.undo(track_id, annotation_id)
        me.events.publish(TrackAdded(me.library.row(track_id), me.user))
        return record.model_dump(mode="json", include={"facts", "annotations"})

    @tracks.get("/tracks/<track_id>/audio")
    def audio(track_id: str) -> Response:
        library = me.library.readable(track_id)
        return stored_file(library.audio_key(track_id), library.row(track_id)["title"])

    @tracks.get("/tracks/<track_id>/midi")
    def midi(track_id: str) -> Response:
        return beside(me.library.readable(track_id), track_id, "midi")

    @tracks.get("/tracks/<track_id>/picture")
    def picture(track_id: str) -> Response:
        return beside(me.library.readable(track_id), track_id, "picture")

    @tracks.get("/tracks/<track_id>/project")
    def project(track_id: str) -> Response:
        """The project of a drama: see `engine.drama.project`."""
        return beside(me.library, track_id, "project")

    def beside(library: Library, track_id: str, kind: Literal["midi", "picture", "project"]) -> Response:
        return stored_file(library.beside_key(track_id, kind), library.row(track_id)["title"])

    @tracks.get("/tracks/<track_id>/score")
    def score(track_id: str) -> Response:
        midi = me.storage.fetch(me.library.readable(track_id).beside_key(track_id, "midi"))
        return jsonify(me.tasks.read_score(midi))

    @tracks.get("/tracks/<track_id>/peaks")
    def peaks(track_id: str) -> Response:
        """Of the whole track; of a part of it, finer, with `?from_s=&to_s=&points=`."""
        library, tasks = me.library.readable(track_id), me.tasks
        if part := asked_part():
            path = me.storage.fetch(library.audio_key(track_id))
            return passing_file(
                "json", lambda target: tasks.make_peaks(path, target, part.points, part.from_s, part.to_s)
            )
        return derived(library, track_id, PEAKS, tasks.make_peaks)

    @tracks.get("/tracks/<track_id>/spectrogram")
    def spectrogram(track_id: str) -> Response:
        """Of the whole track; of a part of it, finer, with `?from_s=&to_s=`."""
        library, tasks = me.library.readable(track_id), me.tasks
        if part := asked_part():
            path = me.storage.fetch(library.audio_key(track_id))
            return passing_file("png", lambda target: tasks.make_spectrogram(path, target, part.from_s, part.to_s))
        return derived(library, track_id, SPECTROGRAM, tasks.make_spectrogram)

    @tracks.get("/tracks/<track_id>/cover")
    def cover(track_id: str) -> Response:
        """A square picture: the front cover of the file's own tags, else one made of its waveform."""
        library, storage = me.library.readable(track_id), me.storage
        peaks_key = library.derived_key(track_id, PEAKS)
        key = key_of(library.record(track_id))

        def make(target: Path) -> None:
            known = storage.fetch(peaks_key) if storage.stat(peaks_key) else None
            me.tasks.make_cover(storage.fetch(library.audio_key(track_id)), target, track_id, key, known)

        return derived_file(library.derived_key(track_id, COVER), make)

    def derived(library: Library, track_id: str, name: str, make: Callable[[Path, Path], None]) -> Response:
        key = library.derived_key(track_id, name)
        return derived_file(key, lambda target: make(me.storage.fetch(library.audio_key(track_id)), target))

    return tracks


_UNSAID: Any = object()
_SAID: tuple[Literal["artist", "title"], ...] = ("artist", "title")
"""What the user's own words for it are in the track's file as well."""


def _changes(body: Any) -> tuple[dict[str, bool], str | None, str | None]:
    """Marks, artist and title of `{favourite?, locked?, public?, artist?, title?}`; _UNSAID for what is not named.

    No title is the one that the track was made with.
    """
    if not isinstance(body, dict) or not body or set(body) - {"favourite", "locked", "public", "artist", "title"}:
        raise invalid("track_marks")
    artist, title = body.get("artist", _UNSAID), body.get("title", _UNSAID)
    marks = {name: value for name, value in body.items() if name not in ("artist", "title")}
    if not all(isinstance(value, bool) for value in marks.values()):
        raise invalid("track_marks")
    if isinstance(artist, str):
        artist = label(artist, MAX_REQUEST) or None
    if artist is not _UNSAID and artist is not None and (not isinstance(artist, str) or len(artist) > MAX_ARTIST):
        raise invalid("artist_form", limit=MAX_ARTIST)
    if title is not _UNSAID and title is not None:
        if not isinstance(title, str) or len(title) > MAX_TITLE:
            raise invalid("title_form", limit=MAX_TITLE)
        title = clean(title) or None
    return marks, artist, title


def _with_addresses(record: Record) -> dict[str, Any]:
    """The record, and where the page finds its files."""
    place = address(f"/api/tracks/{record.id}")
    body = record.model_dump(mode="json")
    for stem in body["stems"]:
        stem["audio_url"] = f"{place}/stems/{stem['name']}/audio"
    return body | {
        "audio_url": f"{place}/audio",
        "download_url": f"{place}/audio?download=1",
        "midi_url": f"{place}/midi" if record.midi else None,
        "picture_url": f"{place}/picture" if record.picture else None,
        "project_url": f"{place}/project" if record.project else None,
    }

"""Tracks: the library, and the files of a track. What the page's own routes answer, these answer in the same way."""

from dataclasses import replace
from typing import Any

from flask import current_app

from engine.errors import AppError, Code
from engine.library.record import Record
from engine.tag.search.params import SearchParams
from engine.web.auth.signing import signed_url, urls_expire
from engine.web.me import me
from engine.web.v1.cursors import cursor, place_of
from engine.web.v1.ground import Ground
from engine.web.v1.operations import JSON, Answer, Sent, Surface
from engine.web.v1.track_models import (
    DownloadQuery,
    FoundFacts,
    PeaksQuery,
    SpectrogramQuery,
    StemsQuery,
    Track,
    TrackChange,
    TrackPage,
    TrackRow,
    TracksQuery,
)

TAG = "tracks"
PARTS = {
    "ETag": "Changes whenever the file does: for `If-None-Match` and `If-Range`.",
    "Accept-Ranges": "`bytes`: a part is had by `Range`.",
}
ASKED = {
    "Range": "`bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-LENGTH`: one part of the file.",
    "If-None-Match": "An ETag: nothing is sent where the file is still the same.",
    "If-Range": "An ETag: the part is sent only where the file is still the same, else all of it.",
}
NOT_THERE = (Code.NOT_FOUND,)


def file(mime: str, said: str) -> dict[str, Any]:
    """What an operation that answers a stored file declares."""
    return {
        "answers": {
            200: Answer(mime, said, PARTS),
            206: Answer(mime, "The part that was asked for.", {**PARTS, "Content-Range": "Which part of how much."}),
            302: Answer(said="The bucket has it: follow the address, which is good for a while."),
            304: Answer(said="It is as the client has it."),
        },
        "headers": ASKED,
        "errors": (Code.NOT_FOUND, Code.RANGE_NOT_SATISFIABLE),
        "signed": True,
    }


def made(mime: str, said: str) -> dict[str, Any]:
    """The same of a file that is made when it is asked for."""
    declared = file(mime, said)
    return declared | {"errors": (*declared["errors"], Code.UNSUPPORTED_AUDIO, Code.DISK_FULL)}


def as_on_the_page(endpoint: str, **parts: str) -> Any:
    """What the page's own route answers to this request."""
    return current_app.view_functions[endpoint](**parts)


def add(surface: Surface, _: Ground) -> None:
    @surface.on(
        "GET", "/tracks", TAG, {200: Answer(TrackPage, "Tracks.")}, query=TracksQuery,
        errors=(Code.NOT_FOUND, Code.UNSUPPORTED_AUDIO, Code.MODEL_MISSING),
    )  # fmt: skip
    def list_tracks(query: TracksQuery) -> TrackPage:
        """List the tracks of the library, or search it.

        Pages of what is sorted by time stay as they are when new tracks come. Of a ranking, by meaning or likeness,
        the first thousand are told.
        """
        searched = SearchParams(**query.model_dump(exclude={"cursor", "limit"}))
        return _page(searched, query.limit, query.cursor)

    @surface.on("GET", "/tracks/<track_id>", TAG, {200: Answer(Track, "Its record.")}, errors=NOT_THERE)
    def get_track(track_id: str) -> Any:
        """All that is known of a track."""
        record = me.library.readable(track_id).record(track_id)
        return {**record.model_dump(mode="json"), **_addresses(record)}

    @surface.on(
        "PATCH", "/tracks/<track_id>", TAG, {200: Answer(Track, "Its record.")}, body=TrackChange,
        errors=(Code.NOT_FOUND, Code.DISK_FULL),
    )  # fmt: skip
    def change_track(track_id: str, body: TrackChange) -> Any:
        """Change title, artist and marks of a track. Its file says so too."""
        as_on_the_page("tracks.edit", track_id=track_id)
        return get_track(track_id)

    @surface.on("DELETE", "/tracks/<track_id>", TAG, {204: Answer(said="It is gone.")}, errors=NOT_THERE)
    def delete_track(track_id: str) -> None:
        """Delete a track and all its files. A locked one is refused."""
        as_on_the_page("tracks.delete", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/audio", TAG, **file("audio/*", "The sound."), query=DownloadQuery)
    def track_audio(track_id: str, query: DownloadQuery) -> Any:
        """The sound of a track."""
        return as_on_the_page("tracks.audio", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/midi", TAG, **file("audio/midi", "The score."), query=DownloadQuery)
    def track_midi(track_id: str, query: DownloadQuery) -> Any:
        """The score of a track as MIDI; NOT_FOUND where it has none."""
        return as_on_the_page("tracks.midi", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/picture", TAG, **file("image/png", "The picture."), query=DownloadQuery)
    def track_picture(track_id: str, query: DownloadQuery) -> Any:
        """The picture that was made with a track; NOT_FOUND where it has none."""
        return as_on_the_page("tracks.picture", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/project", TAG, **file(JSON, "The project."), query=DownloadQuery)
    def track_project(track_id: str, query: DownloadQuery) -> Any:
        """The project of a drama: its script, cast and timeline; NOT_FOUND where a track has none."""
        return as_on_the_page("tracks.project", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/cover", TAG, **made("image/png", "A square picture."))
    def track_cover(track_id: str) -> Any:
        """The cover of a track: that of its file's tags, else one drawn from its waveform."""
        return as_on_the_page("tracks.cover", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/peaks", TAG, **made(JSON, "Peaks."), query=PeaksQuery)
    def track_peaks(track_id: str, query: PeaksQuery) -> Any:
        """The waveform of a track, or of a part of it, as peaks."""
        return as_on_the_page("tracks.peaks", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/spectrogram", TAG, **made("image/png", "A picture."), query=SpectrogramQuery)
    def track_spectrogram(track_id: str, query: SpectrogramQuery) -> Any:
        """The spectrogram of a track, or of a part of it."""
        return as_on_the_page("tracks.spectrogram", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/match", TAG, {200: Answer(JSON, "Style, curves.")}, errors=NOT_THERE,
                signed=True)  # fmt: skip
    def track_match(track_id: str) -> Any:
        """What a match found and did: `style_params`, `metrics` before and after, `charts`."""
        return as_on_the_page("match.found", track_id=track_id)

    @surface.on(
        "GET", "/tracks/<track_id>/stems/<stem>/audio", TAG, **file("audio/*", "The sound."), query=DownloadQuery
    )
    def stem_audio(track_id: str, stem: str, query: DownloadQuery) -> Any:
        """The sound of a stem."""
        return as_on_the_page("stems.audio", track_id=track_id, stem=stem)

    @surface.on(
        "GET", "/tracks/<track_id>/stems.zip", TAG, {200: Answer("application/zip", "The stems.")}, query=StemsQuery,
        errors=NOT_THERE, signed=True,
    )  # fmt: skip
    def stems_archive(track_id: str, query: StemsQuery) -> Any:
        """The stems of a track as one archive."""
        return as_on_the_page("stems.archive", track_id=track_id)

    @surface.on("GET", "/tracks/<track_id>/annotations", TAG, {200: Answer(FoundFacts, "The facts.")}, errors=NOT_THERE)
    def get_facts(track_id: str) -> Any:
        """What was found out about a track later: tempo, key, tags."""
        return as_on_the_page("tracks.annotations", track_id=track_id)

    @surface.on(
        "POST", "/tracks/<track_id>/annotations", TAG, {200: Answer(FoundFacts, "The facts.")},
        body=Sent({JSON: {"type": "object"}}, "The facts that are otherwise: `{\"tempo\": {\"bpm\": 120}}`."),
        errors=(Code.NOT_FOUND, Code.DISK_FULL),
    )  # fmt: skip
    def correct_facts(track_id: str) -> Any:
        """Put your own facts in the place of those that were found."""
        return as_on_the_page("tracks.correct", track_id=track_id)

    @surface.on(
        "POST", "/tracks/<track_id>/annotations/<annotation_id>/undo", TAG, {200: Answer(FoundFacts, "The facts.")},
        errors=(Code.NOT_FOUND, Code.DISK_FULL),
    )  # fmt: skip
    def undo_facts(track_id: str, annotation_id: str) -> Any:
        """Take the facts of one annotation back."""
        return as_on_the_page("tracks.undo", track_id=track_id, annotation_id=annotation_id)


def _page(searched: SearchParams, limit: int, begin: str | None) -> TrackPage:
    """Sorted by time, the cursor says behind which track the page begins; else how many come before it."""
    newest = searched.sort == "newest"
    if searched.is_ranked or not (newest or searched.sort == "oldest"):
        [offset] = place_of(begin, int) if begin else [0]
        if not 0 <= offset < 2**31:
            raise AppError(Code.INVALID_INPUT, "cursor_form")
        found = me.search.page(searched, limit=limit, offset=offset)
        more = offset + limit < found["total"]
        return TrackPage(
            items=_rows(found["tracks"]), next_cursor=cursor(offset + limit) if more else None, total=found["total"]
        )
    after = place_of(begin, float, str) if begin else None
    search = searched.search()
    part = replace(search, after=(after[0], after[1])) if after else search
    rows = me.library.rows(part, limit=limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    behind = cursor(rows[-1]["created_at"], rows[-1]["id"]) if more else None
    return TrackPage(items=_rows(rows), next_cursor=behind, total=me.library.count(search))


def _rows(rows: list[dict[str, Any]]) -> list[TrackRow]:
    def told(row: dict[str, Any]) -> TrackRow:
        audio_url = signed_url("v1.track_audio", track_id=row["id"])
        return TrackRow(**row, audio_url=audio_url, urls_expire=urls_expire())

    return list(map(told, rows))


def pictures(track_id: str, *, is_match: bool) -> dict[str, str]:
    """Where pictures and figures of a track are, by name."""
    names = ["peaks", "spectrogram", *(["match"] if is_match else [])]
    return {name: signed_url(f"v1.track_{name}", track_id=track_id) for name in names}


def _addresses(record: Record) -> dict[str, Any]:
    def at(name: str, **more: Any) -> str:
        return signed_url(f"v1.{name}", track_id=record.id, **more)

    return {
        "audio_url": at("track_audio"),
        "download_url": at("track_audio", download=1),
        "midi_url": at("track_midi") if record.midi else None,
        "picture_url": at("track_picture") if record.picture else None,
        "project_url": at("track_project") if record.project else None,
        "stems_urls": {stem.name: at("stem_audio", stem=stem.name) for stem in record.stems},
        "stems_zip_url": at("stems_archive") if record.stems else None,
        "cover_url": at("track_cover"),
        "viz_urls": pictures(record.id, is_match="match" in record.details),
        "urls_expire": urls_expire(),
    }

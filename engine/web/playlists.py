"""REST: smart playlists."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify

from engine.app import Application
from engine.errors import AppError, Code
from engine.library.m3u import M3uEntry, as_titled, m3u
from engine.tag.search.params import SearchParams
from engine.text import file_label
from engine.web.addresses import from_this_computer, full_address
from engine.web.api import json_body
from engine.web.files import attachment
from engine.web.me import me

MOST_TRACKS = 10_000
"""Of a file for other players."""


def blueprint(_: Application) -> Blueprint:
    playlists = Blueprint("playlists", __name__, url_prefix="/api/playlists")

    @playlists.get("")
    def listed() -> dict[str, Any]:
        return {"playlists": [asdict(one) for one in me.playlists.all()]}

    @playlists.post("")
    def add() -> tuple[Response, int]:
        """`{title, search}`, the parameters of `GET /api/tracks` by name -> `{id, title, search}`."""
        return jsonify(asdict(me.playlists.add(json_body()))), 201

    @playlists.patch("/<playlist_id>")
    def change(playlist_id: str) -> dict[str, Any]:
        """`{title?, search?}` -> the playlist as it is then."""
        return asdict(me.playlists.change(playlist_id, json_body()))

    @playlists.delete("/<playlist_id>")
    def remove(playlist_id: str) -> dict[str, Any]:
        me.playlists.remove(playlist_id)
        return {"id": playlist_id}

    @playlists.get("/<playlist_id>/tracks.m3u8")
    def file(playlist_id: str) -> Response:
        """What it finds now, for another player: files on this computer, addresses of the page for another one."""
        playlist = me.playlists.find(playlist_id)
        rows = me.search.page(SearchParams.checked(playlist.search), limit=MOST_TRACKS)["tracks"]
        entries = [entry for row in rows if (entry := entry_of(row))]
        answer = Response(m3u(entries, playlist.title), mimetype="application/vnd.apple.mpegurl")
        attachment(answer, f"{file_label(playlist.title) or 'playlist'}.m3u8")
        return answer

    def entry_of(row: dict[str, Any]) -> M3uEntry | None:
        """None where the track has gone meanwhile."""
        try:
            key = me.library.audio_key(row["id"])
            here = from_this_computer(me.settings) and me.settings.storage_url is None
            location = str(me.storage.fetch(key)) if here else full_address(f"/api/tracks/{row['id']}/audio")
        except AppError as error:
            if error.code is not Code.NOT_FOUND:
                raise
            return None
        return M3uEntry(location, as_titled(row["artist"], row["title"]), row["duration_s"])

    return playlists

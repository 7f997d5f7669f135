"""REST: what was found out about tracks as the tags of their own files, after a look at the difference."""

from typing import Any

from flask import Blueprint

from engine.app import Application
from engine.errors import AppError, invalid
from engine.events import TrackAdded
from engine.jobs.file_tags import TagsAsked
from engine.parameters import is_identity
from engine.tag.file_tags import KEY_FORMS, MODES, NAMES
from engine.web.api import json_body, language_of_page
from engine.web.me import me

MOST_TRACKS = 100
_OPTIONS = {"mode", "fields", "key_form"}


def blueprint(_: Application) -> Blueprint:
    routes = Blueprint("file_tags", __name__, url_prefix="/api")

    @routes.post("/tracks/<track_id>/file-tags/preview")
    def preview(track_id: str) -> dict[str, Any]:
        """`{mode, fields?, key_form?}` -> `{fields: [{field, before, after, changes}], digest}`; `before` and `after`
        are texts by the name of the tag."""
        asked = _asked(json_body())
        return me.file_tags.preview(track_id, asked).plain(asked.fields)

    @routes.post("/tracks/<track_id>/file-tags")
    def write(track_id: str) -> dict[str, Any]:
        """The same and the `digest` of the preview -> `{fields}`, those that were written."""
        body = json_body()
        return written(track_id, _asked(body, "digest"), _digest(body.get("digest")))

    def written(track_id: str, asked: TagsAsked, looked_at: str) -> dict[str, Any]:
        done = me.file_tags.write(track_id, asked, looked_at)
        me.events.publish(TrackAdded(me.library.row(track_id), me.user))
        return done.plain()

    @routes.post("/tracks/<track_id>/file-tags/undo")
    def undo(track_id: str) -> dict[str, Any]:
        """Take the last writing back -> `{tags}`, the names of the tags that are as before."""
        back = me.file_tags.undo(track_id)
        me.events.publish(TrackAdded(me.library.row(track_id), me.user))
        return {"tags": back}

    @routes.post("/file-tags")
    def many() -> dict[str, Any]:
        """`{tracks: [ID], mode, preview: true}` -> `{tracks: [{id, fields, digest} or {id, error}]}`; with
        `preview: false` and `digests`, those of the previews by id, they are written."""
        body = json_body()
        asked = _asked(body, "tracks", "preview", "digests")
        ids, only_look, digests = body.get("tracks"), body.get("preview", True), body.get("digests", {})
        if not isinstance(ids, list) or not all(isinstance(each, str) and is_identity(each) for each in ids):
            raise invalid("file_tags_form")
        if not isinstance(only_look, bool) or not isinstance(digests, dict):
            raise invalid("file_tags_form")
        if len(ids) > MOST_TRACKS:
            raise invalid("file_tags_many", limit=MOST_TRACKS)

        def one(track_id: str) -> dict[str, Any]:
            try:
                if only_look:
                    return {"id": track_id, **me.file_tags.preview(track_id, asked).plain(asked.fields)}
                return {"id": track_id, **written(track_id, asked, _digest(digests.get(track_id)))}
            except AppError as error:
                return {"id": track_id, "error": error.body(language_of_page(me.settings.language))}

        return {"tracks": [one(track_id) for track_id in dict.fromkeys(ids)]}

    return routes


def _asked(body: Any, *others: str) -> TagsAsked:
    """What `{mode, fields?, key_form?}` asks for. Raises INVALID_INPUT."""
    if not isinstance(body, dict) or set(body) - _OPTIONS - set(others):
        raise invalid("file_tags_form")
    mode, fields, key_form = body.get("mode"), body.get("fields"), body.get("key_form", "standard")
    if mode not in MODES:
        raise invalid("file_tags_mode", known=", ".join(MODES))
    if key_form not in KEY_FORMS:
        raise invalid("file_tags_key_form", known=", ".join(KEY_FORMS))
    if fields is not None and (not isinstance(fields, list) or not set(map(str, fields)) <= set(NAMES)):
        raise invalid("file_tags_fields", known=", ".join(NAMES))
    return TagsAsked(mode, key_form, fields)


def _digest(said: object) -> str:
    """Raises INVALID_INPUT."""
    if not isinstance(said, str) or not is_identity(said):
        raise invalid("file_tags_preview_first")
    return said

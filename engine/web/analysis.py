"""The report on a track, made of its record at the moment it is asked for."""

import json

from flask import Blueprint, Response, jsonify

from engine.analyze.report import markdown, result, result_schema
from engine.app import Application
from engine.library.record import Record
from engine.text import file_label
from engine.web.files import attachment, language
from engine.web.me import me


def blueprint(_: Application) -> Blueprint:
    analysis = Blueprint("analysis", __name__, url_prefix="/api")

    @analysis.get("/tracks/<track_id>/analysis.json")
    def as_json(track_id: str) -> Response:
        """All that is known of the track, as `/api/analysis/schema` says."""
        record = me.library.readable(track_id).record(track_id)
        text = json.dumps(result(record), ensure_ascii=False, indent=1)
        return _saved(record, text, "application/json", "json")

    @analysis.get("/tracks/<track_id>/analysis.md")
    def as_markdown(track_id: str) -> Response:
        """The same for people, in the language that `?language=` names."""
        record = me.library.readable(track_id).record(track_id)
        return _saved(record, markdown(record, language()), "text/markdown; charset=utf-8", "md")

    @analysis.get("/analysis/schema")
    def schema() -> Response:
        """The JSON Schema of `analysis.json`."""
        return jsonify(result_schema())

    return analysis


def _saved(record: Record, text: str, mime: str, suffix: str) -> Response:
    answer = Response(text, content_type=mime)
    attachment(answer, f"{file_label(record.title) or record.name}.analysis.{suffix}")
    return answer

"""What requests for files have in common: numbers in the query, media types, names for downloads."""

from pathlib import Path
from urllib.parse import quote

from flask import Response, request, send_file

from engine.errors import AppError, Code, invalid

MIME = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/ogg"}


def sound_file(path: Path, mime: str | None = None) -> Response:
    """The file, by ranges where asked; with `?download=1` it is to be saved. Raises NOT_FOUND when it has gone."""
    download = request.args.get("download") == "1"
    found = mime or MIME.get(path.suffix[1:], "application/octet-stream")
    try:
        return send_file(path, mimetype=found, conditional=True, as_attachment=download, download_name=path.name)
    except FileNotFoundError:
        raise AppError(Code.NOT_FOUND, "track_file_gone", name=path.name) from None


def attachment(answer: Response, name: str) -> None:
    """Have the answer saved as `name`, in any script (RFC 6266)."""
    plain = name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def number(name: str, default: float, low: float, high: float) -> float:
    """A number of the query string. Raises INVALID_INPUT outside its limits."""
    text = request.args.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise invalid("number_range", name=name, low=low, high=high)
    return value

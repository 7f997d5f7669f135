"""What requests for files have in common: numbers in the query, media types, names for downloads, derived files."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from flask import Response, request

from engine.errors import invalid
from engine.library.atomic import scratch
from engine.messages import LANGUAGES
from engine.text import file_label
from engine.web.me import me

CHUNK = 2**18

MIME = {
    "wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/ogg",
    "mid": "audio/midi", "png": "image/png", "json": "application/json", "drama": "application/json",
}  # fmt: skip


def stored_file(key: str, title: str = "") -> Response:
    """The object, by ranges where asked; with `?download=1` it is to be saved, under its title where it has one.

    Raises NOT_FOUND when it has gone.
    """
    name = key.rpartition("/")[2]
    mime = MIME.get(name.rpartition(".")[2], "application/octet-stream")
    download = request.args.get("download") == "1"
    return me.storage.answer(key, mime=mime, name=file_name(title, name), attachment=download)


def file_name(title: str, file: str) -> str:
    """What a file is saved as: its title, safe on every system, with the extension of `file`; else as it is called."""
    label = file_label(title)
    return f"{label}.{file.rpartition('.')[2]}" if label else file


def scratch_file() -> AbstractContextManager[Path]:
    """A name for a file that a light worker writes and the server reads; it goes at the end."""
    return scratch(me.settings.peaks_dir)


def derived_file(key: str, make: Callable[[Path], object]) -> Response:
    """An object that can be made anew: `make` writes it to a file when it is not stored."""
    if me.storage.stat(key) is None:
        with scratch_file() as path:
            make(path)
            me.storage.put(key, path)
    return stored_file(key)


@dataclass(frozen=True)
class CloseView:
    """A part of a sound, seconds, and how many points its picture has."""

    from_s: float
    to_s: float
    points: int


MOST_PART_S = 900.0
MOST_POINTS = 2000


def asked_part() -> CloseView | None:
    """What `from_s`, `to_s` and `points` of the query say; None without `to_s`. Raises INVALID_INPUT."""
    if "to_s" not in request.args:
        return None
    from_s = number("from_s", 0, 0, 2**31)
    to_s = number("to_s", 0, from_s, from_s + MOST_PART_S)
    return CloseView(from_s, to_s, int(number("points", 1000, 1, MOST_POINTS)))


def passing_file(suffix: str, make: Callable[[Path], object]) -> Response:
    """What `make` writes to a file; nobody keeps it."""
    with scratch_file() as path:
        make(path)
        return Response(path.read_bytes(), mimetype=MIME[suffix], headers={"Cache-Control": "private, max-age=3600"})


def passing_download(mime: str, name: str, make: Callable[[Path], object]) -> Response:
    """What `make` writes to a file, sent as it lies there, to be saved as `name`; nobody keeps it."""
    with contextlib.ExitStack() as held:
        path = held.enter_context(scratch_file())
        make(path)
        file = held.enter_context(path.open("rb"))
        length = path.stat().st_size
        answer = Response(chunks(file, length), mimetype=mime)
        answer.call_on_close(held.pop_all().close)
    answer.content_length = length
    attachment(answer, name)
    return answer


def chunks(file: BinaryIO, length: int) -> Iterator[bytes]:
    """The next `length` bytes of a file. Raises OSError where it is shorter."""
    while length > 0:
        chunk = file.read(min(CHUNK, length))
        if not chunk:
            raise OSError("the file became shorter while it was sent")
        length -= len(chunk)
        yield chunk


def attachment(answer: Response, name: str) -> None:
    """Have the answer saved as `name`, in any script (RFC 6266)."""
    plain = name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def language() -> str:
    """The language that `?language=` names, for the names of files that are saved; English for any other."""
    asked = request.args.get("language", "")
    return asked if asked in LANGUAGES else "en"


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

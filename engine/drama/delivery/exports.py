"""The light task that hands a drama over in the form that was asked for."""

import json
from pathlib import Path

from engine.drama.delivery.subtitles import lrc, srt, vtt
from engine.drama.project import Project
from engine.errors import invalid
from engine.library.atomic import write_bytes


def export_drama(
    project: Path, audio: Path, voices: Path | None, form: str, target: Path, title: str, cover: Path | None
) -> None:
    """Write one of `engine.drama.delivery.forms.FORMS`. `voices`: the stem of the dialogue; `cover`: a PNG.

    Raises INVALID_INPUT `drama_project`, `drama_form`.
    """
    read = Project.read(_json(project))
    match form:
        case "subtitles.srt":
            _text(target, srt(read))
        case "subtitles.vtt":
            _text(target, vtt(read))
        case "karaoke.vtt":
            _text(target, vtt(read, words=True))
        case "lyrics.lrc":
            _text(target, lrc(read))
        case "book.m4b":
            from engine.drama.delivery.book import write_m4b

            write_m4b(read, audio, target, title, cover.read_bytes() if cover else None, _go_on)
        case "book.epub":
            from engine.drama.delivery.epub import write_epub

            write_epub(read, audio, target, title, _go_on)
        case "lines.zip":
            from engine.drama.delivery.line_files import write_lines

            write_lines(read, voices or audio, target, _go_on)
        case _:
            raise invalid("drama_form", name=form[:40])


def _json(project: Path) -> object:
    try:
        return json.loads(project.read_bytes())
    except (ValueError, RecursionError):
        raise invalid("drama_project", problems="JSON") from None


def _text(target: Path, text: str) -> None:
    write_bytes(target, text.encode())


def _go_on() -> None:
    """Nobody cancels a light task."""

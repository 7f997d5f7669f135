"""Every line as a sound file of its own, cut out of the voices, in one ZIP."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from engine.audio.decode import read
from engine.audio.encode import write
from engine.drama.project import Project
from engine.errors import invalid
from engine.library.atomic import scratch
from engine.library.titles import shortened
from engine.parameters import Format
from engine.text import file_label

_AROUND_S = 0.02
_COLUMNS = 40


def write_lines(project: Project, voices: Path, target: Path, tick: Callable[[], None]) -> None:
    """`0001 Anna - Who is there.flac` and so on. `voices`: the stem of the dialogue, or the mix where there is none.

    Raises INVALID_INPUT `drama_without_lines` where nothing is spoken.
    """
    heard = [line for line in project.lines if line.start_s is not None and line.end_s is not None]
    if not heard:
        raise invalid("drama_without_lines")
    names = {each.id: each.name for each in project.characters}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, line in enumerate(heard, 1):
            tick()
            start_s = max((line.start_s or 0) - _AROUND_S, 0)
            audio, rate_hz = read(voices, start_s=start_s, duration_s=(line.end_s or 0) + _AROUND_S - start_s)
            words = shortened(" ".join(line.text.split()), _COLUMNS)
            with scratch(target.parent) as path:
                write(path, audio, rate_hz, format=Format.FLAC, bit_depth="24", tags={"title": words})
                said = file_label(f"{names.get(line.speaker, '')} - {words}".strip(" -"))
                archive.write(path, f"{number:04} {said}.flac".replace("  ", " "))

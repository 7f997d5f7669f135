"""Tags put into the files that the program writes."""

# mypy: allow-untyped-calls

import contextlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mutagen
from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from engine.audio.paths import long_path
from engine.audio.tags.chunks import chunks, is_rf64, replace_chunks
from engine.audio.tags.id3 import ID3_CHUNKS, MOST_ID3_BYTES, to_id3
from engine.audio.tags.model import Tags
from engine.audio.tags.mp4 import to_mp4
from engine.audio.tags.names import NAMES
from engine.audio.tags.reading import read_tags
from engine.audio.tags.standing import Standing, put_back, standing
from engine.audio.tags.vorbis import to_vorbis
from engine.audio.tags.wav_chunks import spelled_out, to_wav
from engine.errors import AppError, Code, invalid

_RIFF_ENDS = 2**32 - 2**16
_WRITABLE = [MP3, OggVorbis, OggOpus, FLAC, AIFF, MP4, WAVE]


def write_tags(path: str | Path, tags: Mapping[str, str]) -> None:
    """Set tags of a wav, aiff, flac, mp3, ogg, opus or m4a file; names are those of NAMES, others stay as they are.

    Raises UNSUPPORTED_AUDIO `tags_unsupported` for another kind of file, ValueError for another name, OSError.
    """
    if unknown := set(tags) - set(NAMES):
        raise ValueError(f"unknown tags {sorted(unknown)}")
    said = read_tags(path)
    changed = Tags(kind=said.kind)
    changed.values = {name: list(said.values[name]) for name in said.values if name.removesuffix("sort") in tags}
    for name, text in tags.items():
        changed.say(name, text)
    store_tags(path, changed)


def replace_values(path: str | Path, values: Mapping[str, list[str]]) -> Standing:
    """Set names of any kind to these texts, none takes a name out; what stood there before, for `restore_values`.

    Raises INVALID_INPUT `tags_lost` where the file does not say so afterwards; else as `store_tags`.
    """
    said = read_tags(path)
    with _native(path) as native:
        before = standing(native, values)
    asked = Tags.of(values, kind=said.kind, spelling=said.spelling)
    store_tags(path, asked)
    now = read_tags(path).values
    if lost := [name for name, texts in asked.values.items() if texts and now.get(name) != texts]:
        raise invalid("tags_lost", tags=", ".join(lost))
    return before


def restore_values(path: str | Path, written: Mapping[str, list[str]], before: Standing) -> list[str]:
    """Put back what stood there `before` the texts of `written`; the names that were put back.

    A name that says something else by now is left alone. Raises as `store_tags`.
    """
    said = read_tags(path).values
    back = [name for name, texts in written.items() if said.get(name, []) == texts]
    if back:
        with _native(path, save=True) as native:
            put_back(native, back, before)
    return back


def store_tags(path: str | Path, tags: Tags) -> list[str]:
    """Put tags into a file; says in notes what it could not hold or what could not be read before.

    `cover_lost`, `tag_lost_NAME`, `tags_unread`. Raises UNSUPPORTED_AUDIO `tags_unsupported` for another kind of file,
    OSError.
    """
    notes = list(tags.lost)
    if _is_rf64(path):
        return list(dict.fromkeys(notes + _store_in_rf64(path, tags)))
    with _opened(path) as file:
        is_wav = isinstance(file, WAVE)
        if is_wav:
            with Path(long_path(path)).open("rb+") as opened:
                notes += to_wav(opened, tags)
            file = mutagen.File(long_path(path), options=[WAVE])
        else:
            tags = spelled_out(tags, int(getattr(file.info, "sample_rate", 48_000)))
            notes += ["tag_lost_ixml"] if tags.ixml else []
        if file.tags is None:
            file.add_tags()
        if isinstance(file.tags, id3.ID3):
            if is_wav and tags.chapters:  # they stand in a chunk of their own
                file.tags.delall("CHAP")
                file.tags.delall("CTOC")
            free_bytes = _RIFF_ENDS - Path(long_path(path)).stat().st_size if is_wav else MOST_ID3_BYTES
            most_bytes = max(0, min(free_bytes, MOST_ID3_BYTES))
            notes += to_id3(file.tags, tags, file.info.length, chapters=not is_wav, most_bytes=most_bytes)
        elif isinstance(file, MP4):
            notes += to_mp4(file, tags)
        else:
            notes += to_vorbis(file, tags)
        file.save()
    return list(dict.fromkeys(notes))


def _is_rf64(path: str | Path) -> bool:
    with Path(long_path(path)).open("rb") as file:
        return is_rf64(file)


def _store_in_rf64(path: str | Path, tags: Tags) -> list[str]:
    """The same for a WAV file over 4 GB, which mutagen does not know: the tag goes into its chunk by our own hand."""
    with Path(long_path(path)).open("rb+") as file:
        notes = to_wav(file, tags)
    with _native(path, save=True) as frames:
        notes += to_id3(frames, tags, 0.0, chapters=False)
    return notes


@contextlib.contextmanager
def _native(path: str | Path, *, save: bool = False) -> Iterator[Any]:
    """The file's own tag: ID3, Vorbis comments or the atoms of MP4. Raises as `_opened`."""
    if not _is_rf64(path):
        with _opened(path) as file:
            if file.tags is None:
                file.add_tags()
            yield file.tags
            if save:
                file.save()
        return
    with Path(long_path(path)).open("rb+") as opened:
        before = next((chunk.data for chunk in chunks(opened, ID3_CHUNKS, MOST_ID3_BYTES)), b"")
        try:
            frames = id3.ID3(io.BytesIO(before))
        except mutagen.MutagenError:  # none, or a damaged one
            frames = id3.ID3()
        yield frames
        if save:
            written = io.BytesIO()
            frames.save(written)
            replace_chunks(opened, {b"id3 ": written.getvalue()})


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    """The file for writing. Raises UNSUPPORTED_AUDIO `tags_unsupported`, OSError."""
    try:
        file = mutagen.File(long_path(path), options=_WRITABLE)
        if file is None:
            raise AppError(Code.UNSUPPORTED_AUDIO, "tags_unsupported")
        yield file
    except mutagen.MutagenError as error:
        if isinstance(cause := error.args[0] if error.args else None, OSError):
            raise cause from error
        raise AppError(Code.UNSUPPORTED_AUDIO, "tags_unsupported") from error

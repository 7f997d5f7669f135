import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from mutagen.mp4 import MP4, MP4Cover

from engine.audio import decode, encode
from engine.audio.tags import Chapter, Cover, Tags, read_tags, store_tags, write_tags
from engine.errors import AppError, Code
from engine.parameters import Format
from tests.audio.sounds import copy_tags, noise, tones, write_by_ffmpeg

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300
TEXTS = {
    "title": "Название 标题 🎵", "artist": "A & B <c>", "album": "L", "date": "2026-11-21", "comment": "two\nlines",
    "genre": "Ambient", "tracknumber": "3", "lyrics": "la\nла\n啦",
}  # fmt: skip


SOURCES = (*map(str, Format), "aiff")
"""M4A has tests of its own: this program does not write its chapters."""


def make(path: Path, kind: str) -> Path:
    if kind == "aiff":
        soundfile.write(path, noise(2, 5000).T, 48000, format="AIFF")
    else:
        encode.write(path, noise(2, 5000), 48000, format=Format(kind))
    return path


@given(kind=st.sampled_from(SOURCES), title=st.text(min_size=1), comment=st.text(min_size=1))
def test_any_text_survives_and_the_sound_too(tmp_path: Path, kind: str, title: str, comment: str) -> None:
    path = make(tmp_path / "a", kind)
    before, _ = decode.read(path)
    write_tags(path, {"title": title, "comment": comment, "artist": "x", "date": "2026"})
    texts = read_tags(path).texts
    assert texts["comment"] == comment.replace("\0", " ")
    assert texts["title"] == title.replace("\0", " ")
    assert (texts["artist"], texts["date"]) == ("x", "2026")
    np.testing.assert_array_equal(decode.read(path)[0], before)


@pytest.mark.parametrize(("source", "target"), itertools.product(SOURCES, Format))
def test_covers_lyrics_and_texts_are_copied(tmp_path: Path, source: str, target: Format) -> None:
    tags = Tags.of(TEXTS, [Cover(PICTURE, "image/png"), Cover(PICTURE[::-1], "image/jpeg", 4)])
    store_tags(make(tmp_path / "s", source), tags)
    make(tmp_path / "t", target)
    copy_tags(tmp_path / "s", tmp_path / "t")
    assert read_tags(tmp_path / "t") == tags
    assert decode.probe(tmp_path / "t").samples == decode.probe(make(tmp_path / "u", target)).samples


@pytest.mark.parametrize(("source", "target"), itertools.product(SOURCES, Format))
def test_timed_lyrics_chapters_and_any_other_name_are_copied(tmp_path: Path, source: str, target: Format) -> None:
    tags = Tags(
        {"title": ["T"], "discnumber": ["1/2"], "organization": ["Label"], "barcode": ["0123"]},
        timed_lyrics=[(0.5, "раз"), (61.25, "二")],
        chapters=[Chapter(0.0, "Начало"), Chapter(3723.5, "End")],
    )
    store_tags(make(tmp_path / "s", source), tags)
    copy_tags(tmp_path / "s", make(tmp_path / "t", target))
    assert read_tags(tmp_path / "t") == tags


def test_a_part_has_its_own_chapters_and_lines_and_all_the_words(tmp_path: Path) -> None:
    tags = Tags(
        {"title": ["T"], "lyrics": ["la"]},
        timed_lyrics=[(9.99, "before"), (10.0, "at"), (14.25, "in"), (15.0, "after")],
        chapters=[Chapter(0.0, "one"), Chapter(5.0, "under way"), Chapter(12.5, "inside"), Chapter(15.0, "after")],
    )
    store_tags(make(tmp_path / "s", "mp3"), tags)
    copy_tags(tmp_path / "s", make(tmp_path / "t", "flac"), (10.0, 15.0))
    assert read_tags(tmp_path / "t") == Tags(
        tags.values,
        timed_lyrics=[(0.0, "at"), (4.25, "in")],
        chapters=[Chapter(0.0, "under way"), Chapter(2.5, "inside")],
    )
    late = Tags(chapters=[Chapter(20.0, "late")])
    assert late.within(0, 5) == Tags() and late.within(99, 104).chapters == [Chapter(0.0, "late")]


@pytest.mark.parametrize("target", list(Format))
def test_tags_of_m4a_are_copied(tmp_path: Path, target: Format) -> None:
    write_by_ffmpeg(tmp_path / "s.m4a", tones(2, 48000, 48000), 48000, "aac", "ipod")
    file = MP4(tmp_path / "s.m4a")
    file["\xa9nam"], file["\xa9lyr"], file["trkn"] = ["T"], ["la la"], [(2, 9)]
    file["----:com.apple.iTunes:LABEL"] = [b"L"]
    file["covr"] = [MP4Cover(PICTURE, MP4Cover.FORMAT_PNG)]
    file.save()
    copy_tags(tmp_path / "s.m4a", make(tmp_path / "t", target))
    tags = read_tags(tmp_path / "t")
    assert {k: tags.texts[k] for k in ("title", "lyrics", "tracknumber")} == {
        "title": "T", "lyrics": "la la", "tracknumber": "2/9",
    }  # fmt: skip
    assert tags.covers == [Cover(PICTURE, "image/png")] and tags.texts["label"] == "L"


@pytest.mark.parametrize("target", list(Format))
@pytest.mark.parametrize("nero", [True, False])
def test_chapters_of_m4a_are_copied(tmp_path: Path, target: Format, nero: bool) -> None:
    """In Nero's list, and in a text track as Apple writes them."""
    sound, chapters = tones(2, 5 * 48000, 48000), [(0.0, "Начало"), (1.25, "二"), (4.0, "End")]
    options = {} if nero else {"movflags": "disable_chpl"}
    write_by_ffmpeg(tmp_path / "s.m4a", sound, 48000, "aac", "ipod", chapters=chapters, **options)
    assert bool(MP4(tmp_path / "s.m4a").chapters) == nero
    file = MP4(tmp_path / "s.m4a")
    file["\xa9nam"], file["----:com.apple.iTunes:SYNCEDLYRICS"] = ["T"], [b"[00:01.50]la"]
    file.save()
    copy_tags(tmp_path / "s.m4a", make(tmp_path / "t", target))
    tags = read_tags(tmp_path / "t")
    assert tags.chapters == [Chapter(*chapter) for chapter in chapters]
    assert tags.timed_lyrics == [(1.5, "la")] and tags.texts["title"] == "T"


@pytest.mark.parametrize("kind", ["WAV", "AIFF"])
def test_words_in_chunks_of_the_container_are_copied(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s"
    with soundfile.SoundFile(path, "w", 48000, 1, format=kind) as file:
        file.title, file.artist, file.comment, file.copyright = "Песня 歌", "A & B", "c", "me"
        file.write(np.zeros(5000))
    texts = {"title": "Песня 歌", "artist": "A & B", "comment": "c", "copyright": "me"}
    copy_tags(path, make(tmp_path / "t", "flac"))
    assert read_tags(tmp_path / "t").texts == texts
    write_tags(path, {"title": "newer"})
    assert read_tags(path).texts == texts | {"title": "newer"}


def test_an_old_windows_file_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "s.wav"
    with soundfile.SoundFile(path, "w", 48000, 1) as file:
        file.title = "Cafe Zoe"
        file.write(np.zeros(5000))
    path.write_bytes(path.read_bytes().replace(b"Cafe Zoe", "Café Zoë".encode("cp1252")))
    assert read_tags(path).texts["title"] == "Café Zoë"


def test_what_cannot_be_tagged(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"no sound at all")
    for deed in (read_tags, lambda p: write_tags(p, {"title": "x"})):
        with pytest.raises(AppError) as caught:
            deed(path)
        assert (caught.value.code, caught.value.key) == (Code.UNSUPPORTED_AUDIO, "tags_unsupported")
    with pytest.raises(ValueError, match="unknown tags"):
        write_tags(path, {"weather": "x"})
    with pytest.raises(OSError, match="none"):
        read_tags(tmp_path / "none")


def test_a_file_without_tags(tmp_path: Path) -> None:
    path = make(tmp_path / "a", Format.WAV)
    assert read_tags(path) == Tags()
    before = path.read_bytes()
    copy_tags(path, path)
    assert path.read_bytes() == before

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.mp4 import MP4, MP4Cover

from engine.audio import decode, encode
from engine.audio.tags import Chapter, Cover, Tags, _store, copy_tags, read_tags, write_tags
from engine.errors import AppError
from engine.parameters import Format
from tests.audio.sounds import noise, tones, write_by_ffmpeg

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300
TEXTS = {
    "title": "Название 标题 🎵", "artist": "A & B <c>", "album": "L", "date": "2026-11-21", "comment": "two\nlines",
    "genre": "Ambient", "tracknumber": "3", "lyrics": "la\nла\n啦",
}  # fmt: skip


def make(path: Path, kind: Format) -> Path:
    encode.write(path, noise(2, 5000), 48000, format=kind)
    return path


@given(kind=st.sampled_from(Format), title=st.text(min_size=1), comment=st.text(min_size=1))
def test_any_text_survives_and_the_sound_too(tmp_path: Path, kind: Format, title: str, comment: str) -> None:
    path = make(tmp_path / "a", kind)
    before, _ = decode.read(path)
    write_tags(path, {"title": title, "comment": comment, "artist": "x", "date": "2026"})
    texts = read_tags(path).texts
    assert texts["comment"] == comment.replace("\0", " ")
    assert texts["title"] == title.replace("\0", " ")
    assert (texts["artist"], texts["date"]) == ("x", "2026")
    np.testing.assert_array_equal(decode.read(path)[0], before)


@pytest.mark.parametrize(("source", "target"), itertools.product(Format, Format))
def test_covers_lyrics_and_texts_are_copied(tmp_path: Path, source: Format, target: Format) -> None:
    tags = Tags(dict(TEXTS), [Cover(PICTURE, "image/png"), Cover(PICTURE[::-1], "image/jpeg", 4)])
    _store(make(tmp_path / "s", source), tags)
    make(tmp_path / "t", target)
    copy_tags(tmp_path / "s", tmp_path / "t")
    assert read_tags(tmp_path / "t") == tags
    assert decode.probe(tmp_path / "t").samples == decode.probe(make(tmp_path / "u", target)).samples


@pytest.mark.parametrize(("source", "target"), itertools.product(Format, Format))
def test_timed_lyrics_chapters_and_any_other_name_are_copied(tmp_path: Path, source: Format, target: Format) -> None:
    tags = Tags(
        {"title": "T", "discnumber": "1/2", "organization": "Label"},
        timed_lyrics=[(0.5, "раз"), (61.25, "二")],
        chapters=[Chapter(0.0, "Начало"), Chapter(3723.5, "End")],
        others={"barcode": "0123", "replaygain_track_gain": "-6.1 dB"},
    )
    _store(make(tmp_path / "s", source), tags)
    copy_tags(tmp_path / "s", make(tmp_path / "t", target))
    assert read_tags(tmp_path / "t") == tags


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
    assert tags.covers == [Cover(PICTURE, "image/png")] and tags.others["label"] == "L"


def test_what_cannot_be_tagged(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"no sound at all")
    for deed in (read_tags, lambda p: write_tags(p, {"title": "x"})):
        with pytest.raises(AppError) as caught:
            deed(path)
        assert caught.value.key == "tags_unsupported"
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

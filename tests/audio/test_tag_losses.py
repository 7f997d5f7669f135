"""What a file cannot hold costs only itself, and is told."""

import base64
import os
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from mutagen import id3
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4

from engine.audio import decode, encode
from engine.audio.tags import Chapter, Cover, Tags, read_tags, store_tags
from engine.errors import AppError
from engine.parameters import Format
from tests.audio.sounds import copy_tags, noise, tones, write_by_ffmpeg
from tests.audio.test_tag_chunks import everything
from tests.audio.test_tag_pairs import CHAPTERS, SOURCES
from tests.audio.test_tag_pairs import bare as tagged

PNG, JPEG = b"\x89PNG\r\n\x1a\n" + bytes(500), b"\xff\xd8\xff\xe0" + bytes(500)
WEBP, GIF, TIFF = b"RIFF\x10\0\0\0WEBPVP8 " + bytes(64), b"GIF89a" + bytes(64), b"II*\0" + bytes(64)
HUGE = 2**24
KINDS = (*map(str, Format), "m4a")


def bare(path: Path, kind: str) -> Path:
    if kind == "m4a":
        write_by_ffmpeg(path, tones(2, 9_600, 48_000), 48_000, "aac", "ipod")
    else:
        encode.write(path, noise(2, 9_600), 48_000, format=Format(kind))
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_cover_over_16_mib(tmp_path: Path, kind: str) -> None:
    """A block of FLAC ends at 16 MiB; the others hold it, and are read as before."""
    big = Cover(PNG + os.urandom(HUGE), "image/png", 4, "back")
    tags = Tags.of({"title": "T", "artist": ["A", "B"]}, [Cover(JPEG, "image/jpeg"), big])
    before = decode.probe(bare(tmp_path / "t", kind)).samples
    notes = store_tags(tmp_path / "t", tags)
    again = read_tags(tmp_path / "t")
    assert again.values == tags.values and again.covers[0].data == JPEG
    assert notes == (["cover_lost"] if kind == "flac" else []) and len(again.covers) == (1 if kind == "flac" else 2)
    assert decode.probe(tmp_path / "t").samples == before


@pytest.mark.parametrize("picture", [WEBP, GIF, TIFF, b"no picture at all"], ids=["webp", "gif", "tiff", "damaged"])
def test_pictures_that_mp4_has_no_place_for(tmp_path: Path, picture: bytes) -> None:
    tags = Tags.of({"title": "T"}, [Cover(picture, "image/x"), Cover(PNG, "image/png")])
    assert store_tags(bare(tmp_path / "t", "m4a"), tags) == ["cover_lost"]
    assert [bytes(cover) for cover in MP4(tmp_path / "t")["covr"]] == [PNG]
    assert read_tags(tmp_path / "t").texts == {"title": "T"}


@pytest.mark.parametrize("target", list(Format))
def test_pictures_of_any_kind_go_where_there_is_a_place(tmp_path: Path, target: Format) -> None:
    covers = [Cover(WEBP, "image/webp", 3, "перед"), Cover(GIF, "image/gif", 4), Cover(TIFF, "image/tiff", 4)]
    assert store_tags(bare(tmp_path / "t", target), Tags(covers=covers)) == []
    assert read_tags(tmp_path / "t").covers == covers


@pytest.mark.parametrize("target", list(Format))
def test_a_link_instead_of_a_picture(tmp_path: Path, target: Format) -> None:
    bare(tmp_path / "s", "mp3")
    tags = id3.ID3()
    tags.add(id3.TPE1(encoding=3, text=["A", "B"]))
    tags.add(id3.APIC(encoding=0, mime="-->", type=3, desc="", data=b"http://example.org/cover.png"))
    tags.save(tmp_path / "s")
    written = encode.write(tmp_path / "t", noise(2, 9_600), 48_000, format=target, tags_of=tmp_path / "s")
    assert written.note == "cover_lost" and read_tags(tmp_path / "t").values == {"artist": ["A", "B"]}


@pytest.mark.parametrize("target", list(Format))
def test_a_damaged_picture_block(tmp_path: Path, target: Format) -> None:
    file = mutagen.File(bare(tmp_path / "s", "ogg"))
    good = Picture()
    good.data, good.mime = PNG, "image/png"
    blocks = (good.write()[:30], good.write())
    file["metadata_block_picture"] = [base64.b64encode(block).decode() for block in blocks]
    file["artist"] = ["A", "B"]
    file.save()
    written = encode.write(tmp_path / "t", noise(2, 9_600), 48_000, format=target, tags_of=tmp_path / "s")
    assert written.note == "cover_lost"
    tags = read_tags(tmp_path / "t")
    assert tags.values == {"artist": ["A", "B"]} and [cover.data for cover in tags.covers] == [PNG]


def test_a_text_over_16_mib_costs_a_flac_file_only_that_text(tmp_path: Path) -> None:
    tags = Tags.of({"title": "T", "lyrics": "я" * (HUGE // 2), "artist": ["A", "B"]}, chapters=[Chapter(0.0, "a")])
    bare(tmp_path / "t", "flac")
    assert store_tags(tmp_path / "t", tags) == ["tag_lost_lyrics"]
    assert read_tags(tmp_path / "t") == Tags.of({"title": "T", "artist": ["A", "B"]}, chapters=[Chapter(0.0, "a")])
    assert decode.probe(tmp_path / "t").samples == 9_600
    for kind in ("mp3", "wav", "ogg", "opus"):
        assert store_tags(bare(tmp_path / kind, kind), tags) == []
        assert read_tags(tmp_path / kind) == tags and decode.probe(tmp_path / kind).samples


@pytest.mark.parametrize("target", list(Format))
def test_damaged_tags_are_told_and_the_sound_is_written(tmp_path: Path, target: Format) -> None:
    """Comments of an Ogg file that say they are longer than they are."""
    file = mutagen.File(bare(tmp_path / "s", "flac"))
    file["title"] = ["T" * 50]
    file.save()
    data = (tmp_path / "s").read_bytes().replace(b"\x38\0\0\0title=", b"\xff\xff\xff\x0ftitle=")
    (tmp_path / "s").write_bytes(data)
    written = encode.write(tmp_path / "t", noise(2, 9_600), 48_000, format=target, tags_of=tmp_path / "s")
    assert written.note == "tags_unread" and written.samples == 9_600


@pytest.mark.parametrize("target", list(Format))
@pytest.mark.parametrize("date", ["Spring 1999", "c. 1723", "1999-13-45", "2026-11-29T08:21:44", "1999"])
def test_a_date_that_is_no_time_stamp(tmp_path: Path, target: Format, date: str) -> None:
    """ID3's own frame would take it and say nothing afterwards."""
    assert store_tags(bare(tmp_path / "t", target), Tags.of({"date": date, "genre": "17"})) == []
    assert read_tags(tmp_path / "t").texts == {"date": date, "genre": "17"}


@given(kind=st.sampled_from([*SOURCES, "mka", "bwf"]), changes=st.data())
def test_a_damaged_file_has_tags_or_says_why_not(tmp_path: Path, kind: str, changes: st.DataObject) -> None:
    """Any bytes of what a file says of itself set to anything, or its end cut off."""
    path = tmp_path / f"{kind[:3]}.s"
    if kind == "mka":
        write_by_ffmpeg(path, tones(2, 9_600, 48_000), 48_000, "aac", "matroska", chapters=CHAPTERS)
    elif kind == "bwf":
        everything(path)
    elif not path.exists():
        SOURCES[kind][0](tagged(path, kind))
    data = bytearray(path.read_bytes())
    places = st.integers(0, min(len(data), 20_000) - 1) | st.integers(max(0, len(data) - 12_000), len(data) - 1)
    for at in changes.draw(st.lists(places, min_size=1, max_size=20)):
        data[at] = changes.draw(st.sampled_from((0, 1, 127, 128, 255)))
    if changes.draw(st.booleans()):
        del data[changes.draw(places) :]
    (tmp_path / "m").write_bytes(data)
    bare(tmp_path / "t", "flac")
    try:
        lost = copy_tags(tmp_path / "m", tmp_path / "t")
        damaged = read_tags(tmp_path / "m")
        assert lost == damaged.lost + (["tag_lost_ixml"] if damaged.ixml else [])  # which FLAC has no place for
    except AppError as error:
        assert error.key == "tags_unsupported"
    assert decode.probe(tmp_path / "t").samples == 9_600


ANY = st.text(max_size=40) | st.text(alphabet="/;\0,= ", max_size=8) | st.just("я/;" * 70_000)
SEVERAL = st.lists(ANY, max_size=4)


@given(
    source=st.sampled_from(list(Format)), target=st.sampled_from([*Format, "aiff"]), artist=SEVERAL, comment=SEVERAL,
    description=SEVERAL, own=SEVERAL, sort=SEVERAL,
)  # fmt: skip
def test_any_values_go_through_any_pair(
    tmp_path: Path, source: Format, target: str, artist: list[str], comment: list[str], description: list[str],
    own: list[str], sort: list[str],
) -> None:  # fmt: skip
    """Each value stays one value: only empty ones go, and NUL, which no format holds, is a blank."""
    said = {"artist": artist, "comment": comment, "description": description, "own field": own, "artistsort": sort}
    tags = Tags.of(said)
    tags.values = {name: values for name, values in tags.values.items() if values}
    assert tags.values == {
        name: kept
        for name, values in said.items()
        if (kept := [v.replace("\0", " ").encode("utf-8", "replace").decode() for v in values if v])
    }
    bare(tmp_path / "s", source)
    assert store_tags(tmp_path / "s", tags) == []
    if target == "aiff":
        soundfile.write(tmp_path / "t", np.zeros((4800, 2)), 48_000, format="AIFF")
    else:
        bare(tmp_path / "t", target)
    assert copy_tags(tmp_path / "s", tmp_path / "t") == []
    assert read_tags(tmp_path / "t").values == tags.values
    assert isinstance(mutagen.File(tmp_path / "t"), FLAC) == (target == "flac")

"""Words that are replaced in a file and put back: by their real names in every container, and nothing with them."""

import shutil
import struct
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen import id3
from mutagen.apev2 import APEv2
from mutagen.mp4 import MP4Tags

from engine.audio import decode
from engine.audio.tags import Chapter, Cover, Tags, read_tags, replace_values, restore_values, store_tags
from engine.errors import AppError, Code
from tests.audio.sounds import tones, write_by_ffmpeg
from tests.audio.test_tags import PICTURE, SOURCES, make

WRITTEN = {
    "bpm": ["98"], "fbpm": ["97.5"], "key": ["F#m"], "genre": ["Hip-Hop", "R&B"], "mood": ["Calm", "Тихий"],
    "instrument": ["Piano"],
}  # fmt: skip
KINDS = (*SOURCES, "m4a")
FREE = "----:com.apple.iTunes:"


def sound(path: Path, kind: str) -> Path:
    if kind == "m4a":
        write_by_ffmpeg(path, tones(2, 5000, 48000), 48000, "aac", "ipod")
        return path
    return make(path, kind)


def native(path: Path) -> dict[str, Any]:
    """All that the file's own tag holds, by the names that it has there."""
    file = mutagen.File(path)
    if isinstance(file.tags, id3.ID3 | MP4Tags):
        return dict(file.tags)
    return {place: file.tags[place] for place, _ in file.tags}


def texts(path: Path) -> dict[str, list[str]]:
    """The same as texts."""
    return {
        place: [bytes(v).decode() if isinstance(v, bytes) else str(v) for v in getattr(value, "text", value)]
        for place, value in native(path).items()
        if not place.startswith(("APIC", "covr", "CHAP", "CTOC", "metadata_block_picture", "METADATA"))
    }


@pytest.mark.parametrize("kind", KINDS)
def test_each_container_says_it_under_the_names_that_players_read(tmp_path: Path, kind: str) -> None:
    path = sound(tmp_path / "a", kind)
    replace_values(path, WRITTEN)
    said = texts(path)
    if kind in ("wav", "mp3", "aiff"):
        wanted = {
            "TBPM": ["98"], "TXXX:fBPM": ["97.5"], "TKEY": ["F#m"], "TCON": ["Hip-Hop", "R&B"],
            "TMOO": ["Calm", "Тихий"], "TXXX:MOOD": ["Calm", "Тихий"], "TXXX:INSTRUMENT": ["Piano"],
        }  # fmt: skip
    elif kind == "m4a":
        wanted = {
            "tmpo": ["98"], f"{FREE}fBPM": ["97.5"], f"{FREE}initialkey": ["F#m"], "\xa9gen": ["Hip-Hop", "R&B"],
            f"{FREE}MOOD": ["Calm", "Тихий"], f"{FREE}INSTRUMENT": ["Piano"],
        }  # fmt: skip
    else:
        said = {place.upper(): said[place] for place in said}
        wanted = {
            "BPM": ["98"], "FBPM": ["97.5"], "INITIALKEY": ["F#m"], "GENRE": ["Hip-Hop", "R&B"],
            "MOOD": ["Calm", "Тихий"], "INSTRUMENT": ["Piano"],
        }  # fmt: skip
    assert {place: said.get(place) for place in wanted} == wanted
    assert {name: read_tags(path).values[name] for name in WRITTEN} == WRITTEN


def put_oddly(path: Path) -> None:
    """The same things where and as other programs write them, in two places at once and in capitals of their own."""
    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if isinstance(file.tags, id3.ID3):
        for frame in (
            id3.TBPM(encoding=0, text=["119.98"]), id3.TKEY(encoding=0, text=["Am"]), id3.TCON(text=["(17)", "Swing"]),
            id3.TXXX(encoding=1, desc="InitialKey", text=["8A"]), id3.TXXX(encoding=3, desc="Mood", text=["wütend"]),
            id3.TXXX(encoding=3, desc="SERATO_PLAYCOUNT", text=["3"]), id3.PRIV(owner="x", data=b"\0\1"),
        ):  # fmt: skip
            file.tags.add(frame)
    elif isinstance(file.tags, MP4Tags):
        file.tags["tmpo"], file.tags["\xa9gen"] = [120], ["Rock", "Swing"]
        file.tags[f"{FREE}KEY"], file.tags["----:com.serato.dj:Mood"] = [b"8A"], ["wütend".encode()]
    else:
        file.tags.extend(
            [("Genre", "Rock"), ("bpm", "119.98"), ("KEY", "8A"), ("InitialKey", "Am"), ("genre", "Swing")]
        )
    file.save()


@pytest.mark.parametrize("kind", KINDS)
def test_what_stood_there_comes_back_and_nothing_else_was_touched(tmp_path: Path, kind: str) -> None:
    path = sound(tmp_path / "a", kind)
    foreign = Tags.of({"title": "Т", "artist": ["A", "B"], "comment": "two\nlines", "barcode": "01"})
    foreign.covers, foreign.rating = [Cover(PICTURE, "image/png")], 0.8
    foreign.chapters = [] if kind == "m4a" else [Chapter(0.0, "Начало"), Chapter(0.05, "二")]
    store_tags(path, foreign)
    put_oddly(path)
    held, said, (heard, _) = native(path), read_tags(path), decode.read(path)

    before = replace_values(path, WRITTEN)
    now, changed = native(path), read_tags(path)
    assert changed.values == said.values | WRITTEN, "one place a name, so that nothing is said twice"
    assert changed.covers == said.covers and changed.chapters == said.chapters and changed.rating == said.rating
    assert {place: now[place] for place in now.keys() & held.keys() if now[place] == held[place]}.keys() >= {
        place for place in held if place.startswith(("TIT2", "TPE1", "APIC", "PRIV", "TXXX:SERATO", "covr", "title"))
    }
    np.testing.assert_array_equal(decode.read(path)[0], heard)

    assert set(restore_values(path, WRITTEN, before)) == set(WRITTEN)
    assert native(path) == held
    assert read_tags(path) == said
    np.testing.assert_array_equal(decode.read(path)[0], heard)


@pytest.mark.parametrize("kind", ["mp3", "flac", "m4a"])
def test_what_was_changed_since_then_stays(tmp_path: Path, kind: str) -> None:
    path = sound(tmp_path / "a", kind)
    before = replace_values(path, WRITTEN)
    replace_values(path, {"key": ["Em"], "mood": []})
    assert set(restore_values(path, WRITTEN, before)) == set(WRITTEN) - {"key", "mood"}
    assert read_tags(path).values == {"key": ["Em"]}


def test_without_texts_a_name_is_taken_out_wherever_it_stands(tmp_path: Path) -> None:
    for kind in KINDS:
        path = sound(tmp_path / "a", kind)
        put_oddly(path)
        replace_values(path, {"key": [], "mood": [], "bpm": [], "genre": ["Rock"]})
        assert {"key", "mood", "bpm"} & read_tags(path).values.keys() == set()
        path.unlink()


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_texts_stay_texts(tmp_path: Path, kind: str) -> None:
    path = sound(tmp_path / "a", kind)
    hostile = {"genre": ["17", "(RX)", "a\0b", "a\nb", "=", "\ud800"], "mood": ["TMOO\0TXXX", "'; --", "x" * 5000]}
    before = replace_values(path, hostile)
    said = read_tags(path).values
    assert said["genre"] == ["17", "(RX)", "a b", "a\nb", "=", "?"] and len(said["mood"]) == 3
    restore_values(path, said, before)
    assert read_tags(path).values == {}


def test_ten_thousand_genres_are_held_or_refused_and_come_back(tmp_path: Path) -> None:
    path = sound(tmp_path / "a", "flac")
    many = [f"Genre {number}" for number in range(10_000)]
    replace_values(path, {"genre": many})
    before = replace_values(path, {"genre": ["Jazz"]})
    assert before == [("GENRE", many)]
    restore_values(path, {"genre": ["Jazz"]}, before)
    assert read_tags(path).values["genre"] == many
    with pytest.raises(AppError) as caught:
        replace_values(path, {"mood": ["x" * 2**24]})
    assert caught.value.code is Code.INVALID_INPUT
    assert (caught.value.key, caught.value.values) == ("tags_lost", {"tags": "mood"})


def test_frames_that_nobody_knows_stay_in_the_tag_of_an_older_version(tmp_path: Path) -> None:
    """Most mp3 files have ID3v2.3, which becomes v2.4."""
    long = bytes(range(200))
    frames = [
        (b"TIT2", b"\0T", 0),
        (b"XYZW", long, 0),
        (b"NCON", b"\1\2", 0),
        (b"TCON", b"\0Jazz", 0),
        (b"ZIPD", b"x", 128),
    ]
    body = b"".join(name + struct.pack(">IBB", len(data), 0, flags) + data for name, data, flags in frames)
    head = b"ID3\3\0\0" + bytes(len(body) >> shift & 127 for shift in (21, 14, 7, 0))
    path = sound(tmp_path / "a", "mp3")
    bare = decode.read(path)[0]
    path.write_bytes(head + body + path.read_bytes())

    def unknown() -> dict[str, bytes]:
        return {frame[:4].decode(): frame[10:] for frame in mutagen.File(path).tags.unknown_frames}

    held = {"XYZW": long, "NCON": b"\1\2"}
    assert unknown() == held | {"ZIPD": b"x"}
    before = replace_values(path, WRITTEN)
    assert mutagen.File(path).tags.version == (2, 4, 0) and unknown() == held
    restore_values(path, WRITTEN, before)
    assert unknown() == held and read_tags(path).values == {"title": ["T"], "genre": ["Jazz"]}
    np.testing.assert_array_equal(decode.read(path)[0], bare)


def test_a_file_over_four_gigabytes_says_it_too(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tones(1, 5000, 48000).T, 48000, format="RF64")
    store_tags(path, Tags.of({"title": "T", "genre": "Polka"}))
    heard = decode.read(path)[0]
    before = replace_values(path, WRITTEN)
    assert read_tags(path).values == WRITTEN | {"title": ["T"]}
    assert set(restore_values(path, WRITTEN, before)) == set(WRITTEN)
    assert read_tags(path).values == {"title": ["T"], "genre": ["Polka"]}
    np.testing.assert_array_equal(decode.read(path)[0], heard)


def test_a_tag_behind_the_sound_is_left_as_it_is(tmp_path: Path) -> None:
    """APEv2 behind an MP3 speaks where ID3 is silent."""
    path = sound(tmp_path / "a", "mp3")
    ape = APEv2()
    ape["Genre"] = "Polka"
    ape.save(path)
    shutil.copy(path, tmp_path / "b")
    before = replace_values(path, {"genre": ["Polka", "Jazz"]})
    assert read_tags(path).values["genre"] == ["Polka", "Jazz"] and str(APEv2(path)["Genre"]) == "Polka"
    restore_values(path, {"genre": ["Polka", "Jazz"]}, before)
    assert read_tags(path).values["genre"] == ["Polka"]
    assert decode.read(path)[0].shape == decode.read(tmp_path / "b")[0].shape

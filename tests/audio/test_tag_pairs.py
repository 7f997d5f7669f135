"""What a file says in one container it says in every other: written natively by mutagen here, and read natively."""

import base64
import itertools
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
import soundfile
from mutagen import apev2, asf, id3
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm

from engine.audio import encode
from engine.audio.tags import read_tags, write_tags
from engine.parameters import Format
from tests.audio.sounds import copy_tags, noise, tones, write_by_ffmpeg

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 30
LINES = [("раз", 500), ("two", 1250)]
CHAPTERS = [(0.0, "Начало"), (1.5, "二")]
SAID: dict[str, Any] = {
    "title": ["T"], "artist": ["Anna K", "Бен", "AC/DC; live"], "genre": ["Pop", "Rock"],
    "artistsort": ["K, Anna", "Бен"], "albumartistsort": ["V. A."], "composersort": ["Bach, J. S."],
    "comment": ["mine"], "description": ["its story"], "lyrics": ["la\nла"], "compilation": ["1"],
    "mood": ["calm", "night"], "stars": 4, "lines": LINES, "chapters": CHAPTERS, "cover": PICTURE,
}  # fmt: skip
ID3 = {
    "title": "TIT2", "artist": "TPE1", "genre": "TCON", "artistsort": "TSOP", "albumartistsort": "TSO2",
    "composersort": "TSOC", "compilation": "TCMP", "mood": "TMOO",
}  # fmt: skip
ATOMS = {
    "title": "\xa9nam", "artist": "\xa9ART", "genre": "\xa9gen", "artistsort": "soar", "albumartistsort": "soaa",
    "composersort": "soco", "comment": "\xa9cmt", "description": "desc", "lyrics": "\xa9lyr",
}  # fmt: skip
ATTRIBUTES = {
    "title": "Title", "artist": "Author", "genre": "WM/Genre", "artistsort": "WM/ArtistSortOrder",
    "albumartistsort": "WM/AlbumArtistSortOrder", "composersort": "WM/ComposerSortOrder", "comment": "Description",
    "lyrics": "WM/Lyrics", "mood": "WM/Mood",
}  # fmt: skip
TEXTS = [name for name, value in SAID.items() if isinstance(value, list) and isinstance(value[0], str)]


def put_id3(path: Path, version: int = 4) -> None:
    file = mutagen.File(path)
    file.add_tags()
    tags = file.tags
    for name, frame in ID3.items():
        tags.add(getattr(id3, frame)(encoding=3 if version == 4 else 1, text=SAID[name]))
    tags.add(id3.COMM(encoding=1, lang="eng", desc="", text=SAID["comment"]))
    tags.add(id3.TXXX(encoding=1, desc="DESCRIPTION", text=SAID["description"]))
    tags.add(id3.USLT(encoding=1, lang="rus", desc="", text=SAID["lyrics"][0]))
    tags.add(id3.POPM(email="me@home", rating=196, count=7))
    tags.add(id3.SYLT(encoding=1, lang="rus", format=2, type=1, desc="", text=LINES))
    tags.add(id3.APIC(encoding=0, mime="image/png", type=3, desc="front", data=PICTURE))
    for number, (at, title) in enumerate(CHAPTERS):
        words = [id3.TIT2(encoding=1, text=[title])]
        tags.add(id3.CHAP(element_id=f"c{number}", start_time=int(at * 1000), end_time=2000, sub_frames=words))
    file.save(v2_version=version)


def put_vorbis(path: Path) -> None:
    file = mutagen.File(path)
    for name in TEXTS:
        file[name.upper()] = SAID[name]
    file["RATING"] = ["4"]
    file["SYNCEDLYRICS"] = ["[00:00.50]раз\n[00:01.25]two"]
    for number, (at, title) in enumerate(CHAPTERS, 1):
        file[f"CHAPTER{number:03d}"], file[f"CHAPTER{number:03d}NAME"] = [f"00:00:0{at:.3f}"], [title]
    picture = Picture()
    picture.data, picture.mime, picture.type = PICTURE, "image/png", 3
    if isinstance(file, FLAC):
        file.add_picture(picture)
    else:
        file["METADATA_BLOCK_PICTURE"] = [base64.b64encode(picture.write()).decode()]
    file.save()


def put_mp4(path: Path) -> None:
    file = MP4(path)
    for name, atom in ATOMS.items():
        file[atom] = SAID[name]
    file["cpil"], file["rate"] = True, ["80"]
    file["----:com.apple.iTunes:MOOD"] = [MP4FreeForm(text.encode()) for text in SAID["mood"]]
    file["----:com.apple.iTunes:SYNCEDLYRICS"] = [MP4FreeForm("[00:00.50]раз\n[00:01.25]two".encode())]
    file["covr"] = [MP4Cover(PICTURE, MP4Cover.FORMAT_PNG)]
    file.save()


def put_asf(path: Path) -> None:
    file = asf.ASF(path)
    for name, attribute in ATTRIBUTES.items():
        file[attribute] = SAID[name]
    file["WM/IsCompilation"], file["WM/SharedUserRating"] = [asf.ASFBoolAttribute(True)], [asf.ASFDWordAttribute(75)]
    words = "image/png\0front\0".encode("utf-16-le")
    picture = struct.pack("<BI", 3, len(PICTURE)) + words + PICTURE
    file["WM/Picture"] = [asf.ASFByteArrayAttribute(picture)]
    file.save()


def put_ape(path: Path) -> None:
    tags = apev2.APEv2()
    for name in TEXTS:
        tags[name.title()] = SAID[name]
    tags["RATING"], tags["SYNCEDLYRICS"] = "4", "[00:00.50]раз\n[00:01.25]two"
    tags["Cover Art (Front)"] = apev2.APEValue(b"front.png\0" + PICTURE, apev2.BINARY)
    tags.save(str(path))


def bare(path: Path, kind: str) -> Path:
    """Two seconds of sound."""
    sound = tones(2, 96_000, 48_000)
    match kind:
        case "aiff":
            soundfile.write(path, sound.T, 48_000, format="AIFF")
        case "m4a":
            write_by_ffmpeg(path, sound, 48_000, "aac", "ipod", chapters=CHAPTERS)
        case "wma":
            write_by_ffmpeg(path, sound, 48_000, "wmav2", "asf")
        case "wv":
            write_by_ffmpeg(path, sound, 48_000, "wavpack", "wv")
        case _:
            encode.write(path, sound, 48_000, format=Format(kind.partition("+")[0]))
    return path


SOURCES: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "wav": (put_id3, ()), "aiff": (put_id3, ()), "mp3": (put_id3, ()),
    "flac": (put_vorbis, ()), "ogg": (put_vorbis, ()), "opus": (put_vorbis, ()),
    "m4a": (put_mp4, ()), "wma": (put_asf, ("lines", "chapters", "description")),
    "wv": (put_ape, ("chapters",)), "mp3+ape": (put_ape, ("chapters",)),
}  # fmt: skip
"""Kind of file -> how it is tagged, and what it has no place for."""


def said_by(path: Path, kind: Format) -> dict[str, Any]:
    """What a file says, read with nothing of ours."""
    file = mutagen.File(path)
    tags = file.tags
    if isinstance(tags, id3.ID3):
        said: dict[str, Any] = {name: tags[frame].text for name, frame in ID3.items() if frame in tags}
        said |= {"comment": tags["COMM::eng"].text, "lyrics": [str(f) for f in tags.getall("USLT")]}
        said["description"] = next((f.text for f in tags.getall("TXXX") if f.desc.lower() == "description"), [])
        said["stars"] = {1: 1, 64: 2, 128: 3, 196: 4, 255: 5}[tags.getall("POPM")[0].rating]
        said["lines"] = [line for frame in tags.getall("SYLT") for line in frame.text]
        said["chapters"] = sorted((f.start_time / 1000, str(f.sub_frames["TIT2"])) for f in tags.getall("CHAP"))
        said["cover"] = tags.getall("APIC")[0].data
        if kind is Format.WAV:
            said["chapters"] = cue_points(path)
        return said
    said = {name: tags.get(name, []) for name in TEXTS}
    said["stars"] = round(5 * float(tags["fmps_rating"][0]))
    lines = [line.partition("]") for text in tags.get("syncedlyrics", []) for line in text.splitlines()]
    said["lines"] = [(words, round(1000 * float(at[4:]))) for at, _, words in lines]
    clocks = [
        (key, tags[key][0]) for key in sorted(set(tags.keys())) if key.startswith("chapter") and key[7:].isdigit()
    ]
    said["chapters"] = [(float(at[6:]), tags[f"{key}name"][0]) for key, at in clocks]
    blocks = file.pictures if isinstance(file, FLAC) else tags["metadata_block_picture"]
    said["cover"] = blocks[0].data if isinstance(file, FLAC) else Picture(base64.b64decode(blocks[0])).data
    return said


def cue_points(path: Path) -> list[tuple[float, str]]:
    """The cue points of a WAV file of 48 kHz and their labels, from its bytes."""
    data, at, points, labels = path.read_bytes(), 12, {}, {}
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if name == b"cue ":
            for n in range(struct.unpack_from("<I", body)[0]):
                number, *_, sample = struct.unpack_from("<II4sIII", body, 4 + 24 * n)
                points[number] = sample / 48_000
        elif name == b"LIST" and body[:4] == b"adtl":
            place = 4
            while place + 12 <= len(body):
                kind, length, number = struct.unpack_from("<4sII", body, place)
                if kind == b"labl":
                    labels[number] = body[place + 12 : place + 8 + length].rstrip(b"\0").decode()
                place += 8 + length + length % 2
        at += 8 + size + size % 2
    return [(sample, labels[number]) for number, sample in points.items()]


@pytest.mark.parametrize(("source", "target"), itertools.product(SOURCES, Format))
def test_every_pair_of_containers(tmp_path: Path, source: str, target: Format) -> None:
    put, without = SOURCES[source]
    path = bare(tmp_path / f"s.{source[:3].strip('+')}", source)
    put(path)
    written = encode.write(
        tmp_path / "t", tones(2, 96_000, 48_000), 48_000, format=target, bit_depth="16", tags_of=path
    )  # fmt: skip
    assert written.note is None
    said = said_by(tmp_path / "t", target)
    assert said == {name: [] if name in without else value for name, value in SAID.items()}


@pytest.mark.parametrize("target", list(Format))
@pytest.mark.parametrize(
    ("joined", "several"),
    [
        ("Anna K/Бен", ["Anna K", "Бен"]), ("AC/DC", ["AC/DC"]), ("AC/DC/Anna K", ["AC/DC", "Anna K"]),
        ("22/7", ["22/7"]), ("Axwell /\\ Ingrosso", ["Axwell /\\ Ingrosso"]), ("one", ["one"]),
    ],
)  # fmt: skip
def test_values_that_id3v2_3_joins_by_a_slash(tmp_path: Path, joined: str, several: list[str], target: Format) -> None:
    path = bare(tmp_path / "s.mp3", "mp3")
    tags = id3.ID3()
    tags.add(id3.TPE1(encoding=1, text=[joined]))
    tags.add(id3.TIT2(encoding=1, text=["this / that"]))
    tags.save(path, v2_version=3)
    copy_tags(path, bare(tmp_path / "t", target))
    found = mutagen.File(tmp_path / "t").tags
    artist, title = ("TPE1", "TIT2") if isinstance(found, id3.ID3) else ("artist", "title")
    assert list(found[artist]) == several and list(found[title]) == ["this / that"]


@pytest.mark.parametrize(
    ("container", "codec"),
    [("matroska", "pcm_s16le"), ("webm", "libopus"), ("caf", "pcm_s16le"), ("au", "pcm_s16be"), ("w64", "pcm_s16le")],
)
def test_containers_that_only_ffmpeg_reads(tmp_path: Path, container: str, codec: str) -> None:
    """AU has few names and no comment, FFmpeg's W64 none."""
    path = tmp_path / "s"
    with av.open(str(path), "w", format=container) as file:
        file.metadata.update({"title": "Песня", "artist": "Anna", "comment": "mine", "MOOD": "calm"})
        stream = file.add_stream(codec, rate=48_000, layout="stereo")
        form = "flt" if codec == "libopus" else "s16"
        data = (tones(2, 48_000, 48_000).T.reshape(1, -1) * (1 if form == "flt" else 32767)).astype(
            np.float32 if form == "flt" else np.int16
        )
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format=form, layout="stereo")
        frame.sample_rate, frame.pts = 48_000, 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    copy_tags(path, bare(tmp_path / "t", "flac"))
    texts = read_tags(tmp_path / "t").texts
    whole = {"title": "Песня", "artist": "Anna", "comment": "mine", "mood": "calm"}
    if container == "au":
        whole = {"title": "Песня", "artist": "Anna"}
    assert texts == ({} if container == "w64" else whole)


def test_a_rating_keeps_its_byte_from_id3_to_id3_and_its_stars_elsewhere(tmp_path: Path) -> None:
    for byte, stars in ((1, 0.2), (64, 0.4), (128, 0.6), (196, 0.8), (255, 1.0), (200, 0.8136)):
        path = bare(tmp_path / f"{byte}.mp3", "mp3")
        tags = id3.ID3()
        tags.add(id3.POPM(email="me@home", rating=byte, count=3))
        tags.save(path)
        for target in (Format.WAV, Format.FLAC):
            copy_tags(path, bare(tmp_path / f"{byte}.{target}", target))
        assert mutagen.File(tmp_path / f"{byte}.wav").tags["POPM:me@home"].rating == byte
        assert mutagen.File(tmp_path / f"{byte}.flac")["fmps_rating"] == [f"{stars:g}"]
        copy_tags(tmp_path / f"{byte}.flac", bare(tmp_path / f"{byte}.back", "mp3"))
        assert mutagen.File(tmp_path / f"{byte}.back").tags["POPM:"].rating == byte


@pytest.mark.parametrize(("codec", "container"), [("flac", "flac"), ("aac", "adts"), ("tta", "tta"), ("ac3", "ac3")])
def test_an_id3_tag_in_front_of_any_stream(tmp_path: Path, codec: str, container: str) -> None:
    write_by_ffmpeg(tmp_path / "m", tones(2, 96_000, 48_000), 48_000, codec, container)
    if container == "flac":
        file = FLAC(tmp_path / "m")
        file["title"] = ["own"]
        file.save()
    tags = id3.ID3()
    tags.add(id3.TPE1(encoding=3, text=SAID["artist"]))
    tags.add(id3.TIT2(encoding=3, text=["in front"]))
    tags.save(tmp_path / "t")
    (tmp_path / "s").write_bytes((tmp_path / "t").read_bytes() + (tmp_path / "m").read_bytes())
    said = read_tags(tmp_path / "s").values
    assert said == {"artist": SAID["artist"], "title": ["own" if container == "flac" else "in front"]}


def test_words_of_a_quicktime_file(tmp_path: Path) -> None:
    write_by_ffmpeg(tmp_path / "m", tones(2, 96_000, 48_000), 48_000, "aac", "mov", chapters=CHAPTERS)
    with av.open(str(tmp_path / "m")) as source, av.open(str(tmp_path / "s"), "w", format="mov") as file:
        file.metadata.update({"title": "T", "artist": "Анна"})
        stream = file.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                file.mux(packet)
    assert read_tags(tmp_path / "s").texts == {"title": "T", "artist": "Анна"}


@pytest.mark.parametrize("target", list(Format))
def test_covers_and_chapters_of_matroska(tmp_path: Path, target: Format) -> None:
    sound = tones(2, 96_000, 48_000)
    write_by_ffmpeg(tmp_path / "m.mka", sound, 48_000, "aac", "matroska", chapters=CHAPTERS)
    with av.open(str(tmp_path / "m.mka")) as source, av.open(str(tmp_path / "s"), "w", format="matroska") as file:
        file.set_chapters(source.chapters())
        file.metadata["title"] = "T"
        stream = file.add_stream_from_template(source.streams.audio[0])
        file.add_attachment("cover.png", "image/png", PICTURE)
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                file.mux(packet)
    encode.write(tmp_path / "t", sound, 48_000, format=target, tags_of=tmp_path / "s")
    tags = read_tags(tmp_path / "t")
    assert tags.texts == {"title": "T"} and [cover.data for cover in tags.covers] == [PICTURE]
    assert [(chapter.start_s, chapter.title) for chapter in tags.chapters] == CHAPTERS


@pytest.mark.parametrize("target", list(Format))
def test_several_values_of_matroska(tmp_path: Path, target: Format) -> None:
    """FFmpeg neither writes nor reads them: names of the same length are written and set right in the bytes."""
    write_by_ffmpeg(tmp_path / "m", tones(2, 96_000, 48_000), 48_000, "aac", "matroska")
    with av.open(str(tmp_path / "m")) as source, av.open(str(tmp_path / "s"), "w", format="matroska") as file:
        file.metadata.update({"title": "T", "ARTIST": "Anna K", "ARTISX": "Бен", "ARTISY": "AC/DC", "MOOD": "calm"})
        stream = file.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                file.mux(packet)
    data = (tmp_path / "s").read_bytes()
    (tmp_path / "s").write_bytes(data.replace(b"ARTISX", b"ARTIST").replace(b"ARTISY", b"ARTIST"))
    encode.write(tmp_path / "t", tones(2, 96_000, 48_000), 48_000, format=target, tags_of=tmp_path / "s")
    said = mutagen.File(tmp_path / "t").tags
    is_id3 = isinstance(said, id3.ID3)
    assert list(said["TPE1" if is_id3 else "artist"]) == ["Anna K", "Бен", "AC/DC"]
    assert list(said["TMOO" if is_id3 else "mood"]) == ["calm"] and list(said["TIT2" if is_id3 else "title"]) == ["T"]


def test_languages_and_frames_without_words_go_from_id3_to_id3(tmp_path: Path) -> None:
    path = bare(tmp_path / "s.mp3", "mp3")
    tags = id3.ID3()
    tags.add(id3.COMM(encoding=3, lang="rus", desc="", text=["моё"]))
    tags.add(id3.COMM(encoding=3, lang="rus", desc="Откуда", text=["с пластинки"]))
    tags.add(id3.USLT(encoding=3, lang="deu", desc="", text="la"))
    tags.add(id3.SYLT(encoding=3, lang="deu", format=2, type=1, desc="", text=[("la", 100)]))
    tags.add(id3.PRIV(owner="someone", data=b"\0\1"))
    tags.add(id3.PRIV(owner="PeakValue", data=b"\0\1"))
    tags.add(id3.UFID(owner="http://musicbrainz.org", data=b"0000-11"))
    tags.add(id3.WOAR(url="http://example.org/anna"))
    tags.add(id3.TIPL(encoding=3, people=[["producer", "P"], ["mix", "M"]]))
    tags.add(id3.TMCL(encoding=3, people=[["viola", "V"]]))
    tags.save(path)
    copy_tags(path, bare(tmp_path / "t", "wav"))
    copied = mutagen.File(tmp_path / "t").tags
    assert set(copied) == set(tags) - {"PRIV:PeakValue:\0\1"}
    assert copied["TIPL"].people == tags["TIPL"].people and copied["TMCL"].people == tags["TMCL"].people
    copy_tags(path, bare(tmp_path / "f", "flac"))
    words = {
        key: list(mutagen.File(tmp_path / "f").tags[key]) for key in ("musicbrainz_trackid", "producer", "performer")
    }
    assert words == {"musicbrainz_trackid": ["0000-11"], "producer": ["P"], "performer": ["V (viola)"]}
    copy_tags(tmp_path / "f", bare(tmp_path / "back", "mp3"))
    back = mutagen.File(tmp_path / "back").tags
    assert back["UFID:http://musicbrainz.org"].data == b"0000-11" and back["TMCL"].people == [["viola", "V"]]


def test_names_of_musicbrainz_are_spelled_as_its_program_does(tmp_path: Path) -> None:
    path = bare(tmp_path / "s.mp3", "mp3")
    tags = id3.ID3()
    tags.add(id3.TXXX(encoding=3, desc="MusicBrainz Album Id", text=["1-2"]))
    tags.add(id3.TXXX(encoding=3, desc="My Field", text=["x"]))
    tags.save(path)
    copy_tags(path, bare(tmp_path / "f", "flac"))
    assert list(mutagen.File(tmp_path / "f").tags["MUSICBRAINZ_ALBUMID"]) == ["1-2"]
    copy_tags(tmp_path / "f", bare(tmp_path / "t", "wav"))
    assert mutagen.File(tmp_path / "t").tags["TXXX:MusicBrainz Album Id"].text == ["1-2"]
    copy_tags(path, bare(tmp_path / "u", "mp3"))
    assert mutagen.File(tmp_path / "u").tags["TXXX:My Field"].text == ["x"]


@pytest.mark.parametrize("target", list(Format))
def test_another_artist_is_not_sorted_as_the_old_one(tmp_path: Path, target: Format) -> None:
    source = bare(tmp_path / "s", "flac")
    put_vorbis(source)
    path = tmp_path / "t"
    encode.write(path, tones(2, 9_600, 48_000), 48_000, format=target, tags_of=source, tags={"artist": "Новый"})
    tags = read_tags(path)
    assert tags.values["artist"] == ["Новый"] and "artistsort" not in tags.values
    assert tags.values["composersort"] == SAID["composersort"]
    encode.write(path, tones(2, 9_600, 48_000), 48_000, format=target, tags_of=source)
    write_tags(path, {"artist": "; ".join(SAID["artist"])})
    assert read_tags(path).values["artistsort"] == SAID["artistsort"]
    write_tags(path, {"artist": "Новый"})
    assert read_tags(path).values["artist"] == ["Новый"] and "artistsort" not in read_tags(path).values


def test_silent_noise_is_untouched_by_tags(tmp_path: Path) -> None:
    sound = noise(2, 5000)
    encode.write(tmp_path / "a", sound, 48_000, format=Format.WAV, bit_depth="32f")
    put_id3(tmp_path / "a")
    copy_tags(tmp_path / "a", tmp_path / "a")
    assert soundfile.read(tmp_path / "a", dtype="float32")[0].T.tobytes() == sound.tobytes()

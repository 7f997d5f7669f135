"""Chunks of WAV and AIFF: written and read here byte by byte, by the texts of the formats and nothing of ours."""

import struct
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen import id3
from mutagen.flac import FLAC, CueSheet, CueSheetTrack, CueSheetTrackIndex

from engine.audio import decode, encode, wav
from engine.audio.loudness import LoudnessMeter
from engine.audio.tags import Cover, Tags, read_tags, store_tags, write_tags
from engine.parameters import Format
from tests.audio.sounds import copy_tags, tones

RATE_HZ = 48_000
UMID = bytes(range(1, 65))
MOMENT = 10 * 3600 * RATE_HZ + 12_345
IXML = (
    '<?xml version="1.0"?><BWFXML><SCENE>7А</SCENE><SPEED><FILE_SAMPLE_RATE>48000</FILE_SAMPLE_RATE>'
    "<AUDIO_BIT_DEPTH>24</AUDIO_BIT_DEPTH><TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>0</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
    f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{MOMENT}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO></SPEED></BWFXML>"
)
CUES = [(0, "Начало", 0), (30_001, "drop", 4_800), (95_999, "", 0)]
LOOPS = [(0, 12_000, 60_000, 0), (1, 70_000, 90_000, 5)]


def chunk(name: bytes, data: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}4sI", name, len(data)) + data + b"\0" * (len(data) % 2)


def bext(version: int = 2, loudness: int = -2310) -> bytes:
    return struct.pack(
        "<256s32s32s10s8sQH64s5h180x", "Сцена на берегу".encode(), b"Recorder 5", b"DERECORDER000001", b"2026-11-29",
        b"08:21:44", MOMENT, version, UMID, loudness, 700, -120, -1800, -1900,
    ) + b"A=PCM,F=48000,W=24,M=stereo,T=Recorder 5\r\n"  # fmt: skip


def recording(path: Path, *chunks: bytes, samples: int = 96_000) -> Path:
    """A Broadcast Wave file of 16 bits, stereo."""
    sound = (tones(2, samples, RATE_HZ).T * 32767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, 2, RATE_HZ, RATE_HZ * 4, 4, 16)
    body = b"".join((*chunks[:1], chunk(b"fmt ", form), chunk(b"data", sound), *chunks[1:]))
    path.write_bytes(struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body)
    return path


def cues() -> bytes:
    points, words = struct.pack("<I", len(CUES)), b"adtl"
    for number, (at, title, length) in enumerate(CUES, 11):
        points += struct.pack("<II4sIII", number, at, b"data", 0, 0, at)
        if title:
            words += chunk(b"labl", struct.pack("<I", number) + title.encode() + b"\0")
        if length:
            words += chunk(b"ltxt", struct.pack("<II4s4H", number, length, b"rgn ", 0, 0, 0, 0))
            words += chunk(b"note", struct.pack("<I", number) + b"loud\0")
    return chunk(b"cue ", points) + chunk(b"LIST", words)


def smpl() -> bytes:
    data = struct.pack("<9I", 7, 9, 20833, 57, 2**31, 25, 0, len(LOOPS), 3)
    for number, (kind, start, end, count) in enumerate(LOOPS):
        data += struct.pack("<6I", number, kind, start, end - 1, 0, count)
    return chunk(b"smpl", data + b"abc")


def found(path: Path) -> dict[bytes, bytes]:
    data = path.read_bytes()
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    at, chunks = 12, {}
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name != b"JUNK":
            assert name not in chunks, f"{name!r} twice"
            chunks[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert at == len(data)
    return chunks


def everything(path: Path) -> Path:
    return recording(path, chunk(b"bext", bext()), chunk(b"iXML", IXML.encode()), cues(), smpl())


def points(chunks: dict[bytes, bytes]) -> list[int]:
    count = struct.unpack_from("<I", chunks[b"cue "])[0]
    return [struct.unpack_from("<II4sIII", chunks[b"cue "], 4 + 24 * n)[5] for n in range(count)]


def loops(chunks: dict[bytes, bytes]) -> list[tuple[int, int, int, int]]:
    count = struct.unpack_from("<I", chunks[b"smpl"], 28)[0]
    read = [struct.unpack_from("<6I", chunks[b"smpl"], 36 + 24 * n) for n in range(count)]
    return [(kind, start, end + 1, times) for _, kind, start, end, _, times in read]


@pytest.mark.parametrize(("rate_out", "rate_hz"), [("original", 48_000), ("44100", 44_100), ("96000", 96_000)])
def test_a_recorders_chunks_go_from_wav_to_wav_scaled_by_the_rate(tmp_path: Path, rate_out: str, rate_hz: int) -> None:
    source = everything(tmp_path / "s.wav")
    sound = tones(2, 96_000, RATE_HZ, level=0.1)
    written = encode.write(
        tmp_path / "t", sound, RATE_HZ, format=Format.WAV, rate_out=rate_out, tags_of=source  # type: ignore[arg-type]
    )  # fmt: skip
    assert written.note is None
    chunks = found(tmp_path / "t")
    old, new = struct.unpack_from("<256s32s32s10s8s", bext()), struct.unpack_from("<256s32s32s10s8s", chunks[b"bext"])
    assert new == old
    moment, version, umid, *levels = struct.unpack_from("<QH64s5h", chunks[b"bext"], 338)
    assert (moment, version, umid) == (round(MOMENT * rate_hz / RATE_HZ), 2, UMID)
    meter = LoudnessMeter(rate_hz, 2)
    meter.add(decode.read(tmp_path / "t")[0])
    assert levels[0] / 100 == pytest.approx(meter.result().loudness_lufs, abs=0.1) and levels[1:] == [0x7FFF] * 4
    history = chunks[b"bext"][602:].decode().splitlines()
    assert history == [
        "A=PCM,F=48000,W=24,M=stereo,T=Recorder 5", f"A=PCM,F={rate_hz},W=24,M=stereo,T=audiocraft-webui",
    ]  # fmt: skip
    assert points(chunks) == [round(at * rate_hz / RATE_HZ) for at, _, _ in CUES]
    for at, title, length in CUES[:2]:
        assert title.encode() + b"\0" in chunks[b"LIST"], at
        scaled = struct.pack("<I4s", round(length * rate_hz / RATE_HZ), b"rgn ")
        if length:
            assert scaled in chunks[b"LIST"]
    assert b"loud\0" in chunks[b"LIST"]
    head = struct.unpack_from("<9I", chunks[b"smpl"])
    assert head == (7, 9, round(1e9 / rate_hz), 57, 2**31, 25, 0, 2, 3) and chunks[b"smpl"].endswith(b"abc")
    assert loops(chunks) == [
        (kind, round(start * rate_hz / RATE_HZ), round(end * rate_hz / RATE_HZ), count)
        for kind, start, end, count in LOOPS
    ]
    xml = chunks[b"iXML"].decode()
    assert "<SCENE>7А</SCENE>" in xml and f"<FILE_SAMPLE_RATE>{rate_hz}</FILE_SAMPLE_RATE>" in xml
    assert f"_LO>{round(MOMENT * rate_hz / RATE_HZ)}</" in xml
    assert decode.probe(tmp_path / "t").samples == written.samples
    assert soundfile.info(tmp_path / "t").frames == written.samples


@pytest.mark.parametrize("way", [format_ for format_ in Format if format_ is not Format.WAV])
def test_they_come_back_from_any_format(tmp_path: Path, way: Format) -> None:
    """What a container has no chunk for it keeps in words, by the names that FFmpeg gives them."""
    source = everything(tmp_path / "s.wav")
    sound = tones(2, 96_000, RATE_HZ)
    written = encode.write(tmp_path / "m", sound, RATE_HZ, format=way, tags_of=source)
    assert written.note == "tag_lost_ixml"
    words = read_tags(tmp_path / "m").texts
    assert words["description"] == "Сцена на берегу" and "comment" not in words
    encode.write(tmp_path / "t", sound, RATE_HZ, format=Format.WAV, rate_out="44100", tags_of=tmp_path / "m")
    chunks = found(tmp_path / "t")
    assert chunks[b"bext"][:338] == bext()[:338]
    assert struct.unpack_from("<QH64s", chunks[b"bext"], 338) == (round(MOMENT * 44_100 / 48_000), 2, UMID)
    assert struct.unpack_from("<h", chunks[b"bext"], 412) == (0x7FFF,)
    assert [round(at / 44.1) for at in points(chunks)] == [round(at / 48) for at, _, _ in CUES]
    assert loops(chunks) == [(0, round(12_000 * 0.91875), round(60_000 * 0.91875), 0)]
    own = mutagen.File(tmp_path / "m").tags
    names = {frame.desc.lower() for frame in own.getall("TXXX")} if isinstance(own, id3.ID3) else set(own.keys())
    assert {"originator", "time_reference", "coding_history", "umid", "loopstart"} <= names


def test_a_part_has_the_moments_of_the_part(tmp_path: Path) -> None:
    source = everything(tmp_path / "s.wav")
    part_s = (0.25, 1.9)
    encode.write(
        tmp_path / "t", tones(2, 79_200, RATE_HZ), RATE_HZ, format=Format.WAV, tags_of=source, tags_part_s=part_s
    )  # fmt: skip
    chunks = found(tmp_path / "t")
    assert struct.unpack_from("<Q", chunks[b"bext"], 338) == (MOMENT + 12_000,)
    assert points(chunks) == [0, 18_001]
    assert loops(chunks) == [(0, 0, 48_000, 0), (1, 58_000, 78_000, 5)]


def test_writing_an_artist_leaves_the_chunks_as_they_are(tmp_path: Path) -> None:
    path = everything(tmp_path / "s.wav")
    before = found(path)
    write_tags(path, {"artist": "Anna"})
    after = found(path)
    assert {name: after[name] for name in before} == before and read_tags(path).texts["artist"] == "Anna"


def test_copying_twice_leaves_one_of_each(tmp_path: Path) -> None:
    source = everything(tmp_path / "s.wav")
    encode.write(tmp_path / "t", tones(2, 9_600, RATE_HZ), RATE_HZ, format=Format.WAV)
    copy_tags(source, tmp_path / "t")
    once = found(tmp_path / "t")
    copy_tags(source, tmp_path / "t")
    assert {name: data for name, data in found(tmp_path / "t").items() if name[:2] != b"id"} == {
        name: data for name, data in once.items() if name[:2] != b"id"
    }


@pytest.mark.parametrize("damage", [b"bext", b"cue ", b"LIST", b"smpl", b"iXML"])
def test_a_damaged_chunk_costs_only_itself(tmp_path: Path, damage: bytes) -> None:
    good = {
        b"bext": chunk(b"bext", bext()), b"iXML": chunk(b"iXML", IXML.encode()), b"cue ": cues()[: 8 + 4 + 72],
        b"LIST": cues()[8 + 4 + 72 :], b"smpl": smpl(),
    }  # fmt: skip
    good[damage] = chunk(damage, good[damage][8:][:11])
    path = recording(tmp_path / "s.wav", *good.values())
    encode.write(tmp_path / "t", tones(2, 96_000, RATE_HZ), RATE_HZ, format=Format.WAV, tags_of=path)
    there = found(tmp_path / "t")
    for name in set(good) - {damage} - ({b"LIST"} if damage == b"cue " else set()):
        assert name in there, name


def extended(rate_hz: int) -> bytes:
    """A whole number as an 80-bit float of IEEE 754."""
    exponent = rate_hz.bit_length() - 1
    return struct.pack(">HQ", 16_383 + exponent, rate_hz << (63 - exponent))


def pascal(text: str) -> bytes:
    data = bytes([len(text.encode())]) + text.encode()
    return data + b"\0" * (len(data) % 2)


@pytest.mark.parametrize("target", list(Format))
def test_marks_comments_and_loops_of_aiff(tmp_path: Path, target: Format) -> None:
    sound = (tones(1, 96_000, RATE_HZ)[0] * 32767).astype(">i2").tobytes()
    marks = [(1, 12_000, "in"), (2, 60_000, "конец"), (3, 72_001, "")]
    body = chunk(b"COMM", struct.pack(">hIh", 1, 96_000, 16) + extended(RATE_HZ), ">")
    body += chunk(
        b"MARK", struct.pack(">H", 3) + b"".join(struct.pack(">hI", n, at) + pascal(t) for n, at, t in marks), ">"
    )  # fmt: skip
    comments = [(0, b"mine"), (2, b"last one")]
    body += chunk(
        b"COMT",
        struct.pack(">H", 2)
        + b"".join(struct.pack(">IhH", 0, n, len(t)) + t + b"\0" * (len(t) % 2) for n, t in comments),
        ">",
    )
    body += chunk(b"INST", struct.pack(">6bh6h", 60, -50, 0, 127, 1, 127, 0, 1, 1, 2, 0, 0, 0), ">")
    body += chunk(b"SSND", struct.pack(">II", 0, 0) + sound, ">")
    (tmp_path / "s").write_bytes(struct.pack(">4sI4s", b"FORM", 4 + len(body), b"AIFF") + body)
    written = encode.write(
        tmp_path / "t", tones(1, 96_000, RATE_HZ), RATE_HZ, format=target, tags_of=tmp_path / "s", rate_out="48000"
    )  # fmt: skip
    assert written.note is None
    tags = read_tags(tmp_path / "t")
    assert tags.texts["comment"] == "mine"
    assert [(chapter.start_s, chapter.title) for chapter in tags.chapters] == [
        (pytest.approx(at / RATE_HZ, abs=1e-9 if target is Format.WAV else 5e-4), title) for _, at, title in marks
    ]
    if target is Format.WAV:
        chunks = found(tmp_path / "t")
        assert points(chunks) == [at for _, at, _ in marks] and b"last one\0" in chunks[b"LIST"]
        assert loops(chunks) == [(0, 12_000, 60_000, 0)]
        assert struct.unpack_from("<II", chunks[b"smpl"], 12) == (59, 2**31)


@pytest.mark.parametrize("target", list(Format))
def test_a_cue_sheet_of_flac_is_chapters(tmp_path: Path, target: Format) -> None:
    encode.write(tmp_path / "s.flac", tones(2, 96_000, 44_100), 44_100, format=Format.FLAC)
    file = FLAC(tmp_path / "s.flac")
    file.cuesheet = CueSheet(None)
    file.metadata_blocks.append(file.cuesheet)
    file.cuesheet.lead_in_samples, file.cuesheet.compact_disc = 88_200, True
    for number, at in ((1, 0), (2, 44_100), (170, 96_000)):
        track = CueSheetTrack(number, at)
        if number < 170:
            track.indexes.append(CueSheetTrackIndex(1, 0))
        file.cuesheet.tracks.append(track)
    file.save()
    made = tmp_path / "t"
    encode.write(made, np.zeros((2, 96_000), np.float32), 44_100, format=target, tags_of=tmp_path / "s.flac")
    assert [round(chapter.start_s, 3) for chapter in read_tags(made).chapters] == [0, 1]


def test_a_file_over_4_gb_has_its_tags_and_chunks_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RF64, which mutagen does not know; the border is put lower, so that the test is fast."""
    monkeypatch.setattr(wav, "RIFF_LIMIT", 5000)
    source = everything(tmp_path / "s.wav")
    cover = Cover(b"\x89PNG\r\n\x1a\n" + bytes(2**24), "image/png")
    store_tags(source, Tags.of({"artist": ["Anna", "Бен"], "replaygain_track_gain": "-1 dB"}, [cover]))
    path = tmp_path / "t"
    written = encode.write(path, tones(2, 96_000, RATE_HZ), RATE_HZ, format=Format.WAV, tags_of=source)
    assert written.note == "rf64"
    write_tags(path, {"album": "Тетрадь"})
    data = path.read_bytes()
    assert data[:4] == b"RF64" and struct.unpack_from("<Q", data, 20) == (len(data) - 8,)
    tags = read_tags(path)
    assert tags.values["artist"] == ["Anna", "Бен"] and tags.texts["album"] == "Тетрадь" and tags.covers == [cover]
    assert tags.texts["replaygain_track_gain"].endswith(" dB") and "-1 dB" not in tags.texts["replaygain_track_gain"]
    assert tags.broadcast is not None and tags.broadcast.originator == "Recorder 5"
    assert [round(mark.start_s * RATE_HZ) for mark in tags.chapters] == [at for at, _, _ in CUES]
    assert soundfile.info(path).frames == 96_000 == decode.probe(path).samples

"""The truth about length: every container is read to where its data ends, and what is not as its header says is told.

The yardstick is FFmpeg's own count of decoded samples, packets that cannot be decoded passed over.
"""

import contextlib
import io
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from engine.audio import decode
from engine.audio.notes import notes_of
from engine.audio.wav_header import read_wav_header
from engine.errors import AppError, Code
from engine.messages import catalogue
from tests.audio.sounds import noise, write_by_ffmpeg
from tests.wants import wants

RATE_HZ = 48_000
SAMPLES = 250_017
FRAME = 4608
"""The longest frame of all codecs here: FLAC's."""

BY_SNDFILE = {
    "wav": ("WAV", "PCM_16"), "wav float": ("WAV", "FLOAT"), "rf64": ("RF64", "PCM_24"), "w64": ("W64", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"), "au": ("AU", "PCM_16"), "caf": ("CAF", "PCM_24"), "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"), "vorbis": ("OGG", "VORBIS"), "opus": ("OGG", "OPUS"),
}  # fmt: skip
BY_FFMPEG = {
    "ogg flac": ("flac", "ogg", {}), "mp3 without a count": ("mp3", "mp3", {"write_xing": "0"}),
    "aac": ("aac", "adts", {}), "m4a": ("aac", "mp4", {"movflags": "+faststart"}),
    "alac": ("alac", "mp4", {"movflags": "+faststart"}), "mov": ("pcm_s16le", "mov", {"movflags": "+faststart"}),
    "matroska": ("aac", "matroska", {}), "webm": ("libopus", "webm", {}), "wma": ("wmav2", "asf", {}),
    "wavpack": ("wavpack", "wv", {}), "tta": ("tta", "tta", {}), "avi": ("mp3", "avi", {}), "ac3": ("ac3", "ac3", {}),
    "mpeg-ts": ("aac", "mpegts", {}),
}  # fmt: skip
CONTAINERS = [*BY_SNDFILE, *BY_FFMPEG]


@cache
def whole(name: str, samples: int = SAMPLES, rate_hz: int = RATE_HZ, channels: int = 2) -> bytes:
    audio = noise(channels, samples)
    if name in BY_SNDFILE:
        kind, subtype = BY_SNDFILE[name]
        buffer = io.BytesIO()
        soundfile.write(buffer, audio.T, rate_hz, format=kind, subtype=subtype)
        return buffer.getvalue()
    codec, container, options = BY_FFMPEG[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        write_by_ffmpeg(path, audio, rate_hz, codec, container, **options)
        return path.read_bytes()


def counted(data: bytes) -> int:
    """Samples that FFmpeg decodes, as its own program counts them: what cannot be decoded is passed over."""
    samples = 0
    try:
        with av.open(io.BytesIO(data)) as container:
            for packet in container.demux(container.streams.audio[0]):
                with contextlib.suppress(av.FFmpegError):
                    samples += sum(frame.samples for frame in packet.decode() if isinstance(frame, av.AudioFrame))
    except (av.FFmpegError, IndexError):
        pass
    return samples


def told(info: decode.AudioInfo) -> set[str]:
    return {note["key"].removeprefix("source_note.") for note in info.notes}


def probed(folder: Path, data: bytes) -> decode.AudioInfo:
    path = folder / "a"
    path.write_bytes(data)
    return decode.probe(path)


@pytest.mark.parametrize("name", CONTAINERS)
def test_what_is_whole_has_its_length_and_nothing_to_tell(tmp_path: Path, name: str) -> None:
    info = probed(tmp_path, whole(name))
    assert abs(info.samples - counted(whole(name))) <= FRAME
    assert abs(info.samples - SAMPLES) <= FRAME
    assert info.notes == ()


@pytest.mark.parametrize("share", [0.1, 0.6, 0.99])
@pytest.mark.parametrize("name", CONTAINERS)
def test_what_is_cut_is_read_as_far_as_it_goes_and_says_so(tmp_path: Path, name: str, share: float) -> None:
    data = whole(name)[: int(share * len(whole(name)))]
    expected = counted(data)
    if not expected:
        with pytest.raises(AppError) as caught:
            probed(tmp_path, data)
        assert caught.value.code is Code.UNSUPPORTED_AUDIO
        assert caught.value.key in ("damaged_audio", "empty_audio") and share < 0.5
        return
    info = probed(tmp_path, data)
    assert abs(info.samples - expected) <= FRAME
    assert told(info) & {"ended_early", "cut"}
    for note in info.notes:
        if note["key"] == "source_note.ended_early":
            assert note["values"]["missing_s"] == pytest.approx((SAMPLES - info.samples) / RATE_HZ, abs=0.15)


@pytest.mark.parametrize("name", CONTAINERS)
def test_joined_files_are_read_to_the_last(tmp_path: Path, name: str) -> None:
    info = probed(tmp_path, 2 * whole(name))
    assert abs(info.samples - 2 * SAMPLES) <= 2 * FRAME
    assert info.samples >= counted(2 * whole(name)) - FRAME
    assert told(info) <= {"goes_on"}


@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "vorbis", "opus", "m4a"])
def test_where_joined_files_differ_the_rest_is_brought_to_the_first(tmp_path: Path, name: str) -> None:
    other_hz = 16_000
    data = whole(name, 96_000) + whole(name, 32_000, other_hz, 1) + whole(name, 48_000)
    info = probed(tmp_path, data)
    assert (info.rate_hz, info.channels) == (RATE_HZ, 2)
    rates = {note["values"]["rate_hz"] for note in info.notes if note["key"] == "source_note.changes"}
    assert rates == ({RATE_HZ} if name == "opus" else {other_hz, RATE_HZ})  # Opus always plays at 48 kHz
    assert abs(info.samples - (96_000 + 96_000 + 48_000)) <= 3 * FRAME
    sound, _ = decode.read(tmp_path / "a", start_s=2.2, duration_s=1.5)
    np.testing.assert_allclose(sound[0], sound[1], atol=1e-6)  # one channel, put on both


Write = Callable[[bytearray, int], None]


def field(mark: bytes, beside: int, form: str, more: int = 0) -> tuple[Callable[[bytes], int], Write]:
    """Reads and writes a size in a header: `beside` bytes from `mark`, it counts `more` bytes than the sound has."""

    def read(data: bytes) -> int:
        return int(struct.unpack_from(form, data, data.index(mark) + beside)[0]) - more

    def write(data: bytearray, size: int) -> None:
        struct.pack_into(form, data, data.index(mark) + beside, size if size < 0 else size + more)

    return read, write


SIZES = {
    "wav": field(b"data", 4, "<I"), "wav float": field(b"data", 4, "<I"), "rf64": field(b"ds64", 16, "<Q"),
    "w64": field(b"data\xf3\xac", 16, "<Q", 24), "aiff": field(b"SSND", 4, ">I", 8), "au": field(b".snd", 8, ">I"),
    "caf": field(b"data", 4, ">q", 4),
}  # fmt: skip
UNKNOWN = {"rf64": 2**64 - 1, "w64": 2**64 - 1 - 24, "aiff": 2**32 - 1 - 8, "caf": -1}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize(
    ("says", "note"), [("0", "unfinished"), ("-1", None), ("longer", "ended_early"), ("shorter", "goes_on")]
)
def test_no_size_in_a_header_is_believed(tmp_path: Path, name: str, says: str, note: str | None) -> None:
    read, write = SIZES[name]
    data = bytearray(whole(name))
    size = read(data)
    wrong = {"0": 0, "-1": UNKNOWN.get(name, 2**32 - 1), "longer": 2 * size, "shorter": size // 2}[says]
    write(data, wrong)
    info = probed(tmp_path, bytes(data))
    assert info.samples == SAMPLES
    assert told(info) == ({note} if note else set())
    if says in ("longer", "shorter"):
        seconds = {"longer": 1.0, "shorter": 0.5}[says] * SAMPLES / RATE_HZ
        assert next(iter(info.notes[0]["values"].values())) == pytest.approx(seconds, abs=0.06)
    np.testing.assert_array_equal(decode.read(tmp_path / "a")[0], decode.read(_placed(tmp_path, whole(name)))[0])


def _placed(folder: Path, data: bytes) -> Path:
    path = folder / "whole"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("says", "note"), [(0, None), (2**36 - 1, None), (2.0, "ended_early"), (0.5, "goes_on")])
def test_flac_is_read_past_its_count(tmp_path: Path, says: float, note: str | None) -> None:
    data = bytearray(whole("flac"))
    said = says if says in (0, 2**36 - 1) else int(says * SAMPLES)
    kept = int.from_bytes(data[18:26], "big") >> 36 << 36
    data[18:26] = (kept | int(said)).to_bytes(8, "big")
    info = probed(tmp_path, bytes(data))
    assert info.samples == SAMPLES
    assert told(info) == ({note} if note else set())


@pytest.mark.parametrize(("says", "note"), [(0, None), (2.0, "ended_early"), (0.5, "goes_on")])
def test_an_mp3_is_read_past_its_count(tmp_path: Path, says: float, note: str | None) -> None:
    data = bytearray(whole("mp3"))
    at = max(data.find(b"Xing"), data.find(b"Info")) + 8
    (frames,) = struct.unpack_from(">I", data, at)
    struct.pack_into(">I", data, at, int(says * frames))
    info = probed(tmp_path, bytes(data))
    assert abs(info.samples - SAMPLES) <= FRAME and abs(info.samples - counted(bytes(data))) <= FRAME
    assert told(info) == ({note} if note else set())


def id3(size: int) -> bytes:
    return b"ID3\3\0\0" + bytes([0, 0, size >> 7, size & 127]) + b"TIT2" + bytes(size - 4)


APE = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, 0xA0000000) + bytes(8)


@pytest.mark.parametrize("name", ["mp3", "mp3 without a count"])
@pytest.mark.parametrize(
    ("head", "between", "tail"),
    [
        (id3(3000), b"", b""), (b"", id3(3000), b""), (b"", b"TAG" + b"x" * 125, id3(2000)), (b"", b"", APE),
        (b"", b"", b"TAG" + b"y" * 125), (bytes(5000), b"", b""), (b"", b"", bytes(5000)), (id3(500), APE, id3(900)),
    ],
)  # fmt: skip
def test_tags_and_padding_of_an_mp3_are_no_sound(
    tmp_path: Path, name: str, head: bytes, between: bytes, tail: bytes
) -> None:
    one = whole(name, 90_000)
    data = head + (one + between if between else b"") + one + tail
    info = probed(tmp_path, data)
    assert abs(info.samples - counted(data)) <= FRAME
    assert abs(info.samples - (180_000 if between else 90_000)) <= 2 * FRAME
    assert told(info) <= ({"goes_on"} if between else set())


def test_a_chunk_with_a_wrong_size_does_not_hide_the_sound_behind_it(tmp_path: Path) -> None:
    data = whole("wav")
    at = data.index(b"data")
    wrong = data[:at] + b"LIST" + struct.pack("<I", 2**32 - 1) + b"INFO" + bytes(200) + data[at:]
    info = probed(tmp_path, wrong)
    assert info.samples == SAMPLES and told(info) == {"damaged"}
    np.testing.assert_array_equal(decode.read(tmp_path / "a")[0], decode.read(_placed(tmp_path, data))[0])
    with pytest.raises(AppError) as caught:
        probed(tmp_path, wrong[: at + 100])
    assert (caught.value.code, caught.value.key) == (Code.UNSUPPORTED_AUDIO, "damaged_audio")


@pytest.mark.parametrize("name", ["wav", "aiff"])
def test_tags_between_joined_files_do_not_hide_the_second(tmp_path: Path, name: str) -> None:
    order = "<" if name == "wav" else ">"
    tag = b"ID3 " + struct.pack(f"{order}I", 900) + id3(890)
    assert probed(tmp_path, 2 * (whole(name) + tag)).samples == 2 * SAMPLES


@pytest.mark.parametrize("says", [0, 2**32 - 1, 2**30])
@pytest.mark.parametrize(
    "tail",
    [
        b"LIST" + struct.pack("<I", 26) + b"INFOINAM" + struct.pack("<I", 14) + b"some title ok\0",
        b"id3 " + struct.pack("<I", 6000) + id3(5990),
        b"bext" + struct.pack("<I", 602) + bytes(602) + b"id3 " + struct.pack("<I", 900) + id3(890),
    ],
)
def test_tags_behind_a_wav_without_a_right_size_are_no_sound(tmp_path: Path, says: int, tail: bytes) -> None:
    data = bytearray(whole("wav"))
    struct.pack_into("<I", data, data.index(b"data") + 4, says)
    assert probed(tmp_path, bytes(data) + tail).samples == SAMPLES


@pytest.mark.parametrize("says", ["0", "-1", "longer", "shorter", "right"])
def test_the_servers_own_reader_follows_the_same_rule(tmp_path: Path, says: str) -> None:
    read, write = SIZES["wav float"]
    data = bytearray(whole("wav float"))
    size = read(data)
    write(data, {"0": 0, "-1": 2**32 - 1, "longer": 3 * size, "shorter": size // 3, "right": size}[says])
    found = read_wav_header(io.BytesIO(data))
    assert found is not None and (found.frames, found.is_float32) == (SAMPLES, True)


def test_an_empty_data_chunk_before_tags_is_empty(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros((0, 2)), RATE_HZ, format="WAV", subtype="PCM_16")
    tail = b"LIST" + struct.pack("<I", 26) + b"INFOINAM" + struct.pack("<I", 14) + b"some title ok\0"
    with pytest.raises(AppError) as caught:
        probed(tmp_path, buffer.getvalue() + tail)
    assert (caught.value.code, caught.value.key) == (Code.UNSUPPORTED_AUDIO, "empty_audio")


@pytest.mark.parametrize("name", ["flac", "vorbis", "opus", "mp3", "mp3 without a count", "m4a", "webm", "aac"])
def test_damage_in_the_middle_costs_what_is_damaged_and_no_more(tmp_path: Path, name: str) -> None:
    data = bytearray(whole(name))
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    info = probed(tmp_path, bytes(data))
    assert "damaged" in told(info)
    (at_s,) = [note["values"]["at_s"] for note in info.notes if note["key"] == "source_note.damaged"]
    assert at_s == pytest.approx(SAMPLES / RATE_HZ / 2, abs=1.2)
    if name == "flac":  # its frames say where they belong: what follows stays in its place
        assert info.samples == SAMPLES
        sound, _ = decode.read(tmp_path / "a")
        np.testing.assert_array_equal(sound[:, -50_000:], decode.read(_placed(tmp_path, whole("flac")))[0][:, -50_000:])
    else:
        assert abs(info.samples - counted(bytes(data))) <= FRAME


@given(start=st.integers(0, SAMPLES), name=st.sampled_from(["wav", "aiff", "flac", "mp3", "vorbis", "joined", "hole"]))
def test_a_part_of_what_is_cut_or_joined_is_a_slice_of_the_whole(tmp_path: Path, start: int, name: str) -> None:
    if name == "joined":
        data = whole("vorbis", 90_000) + whole("vorbis", 60_000, 16_000, 1)
    else:
        data = whole("flac" if name == "hole" else name)
        data = data if name == "hole" else data[: len(data) * 4 // 5]
    if name == "hole":
        data = data[: len(data) // 2] + bytes(2000) + data[len(data) // 2 + 2000 :]
    path = tmp_path / "a"
    path.write_bytes(data)
    everything, rate_hz = decode.read(path)
    pieces = list(decode.blocks(path, start_s=start / rate_hz)) if start < everything.shape[1] else []
    part = np.concatenate([everything[:, :0], *pieces], axis=1)
    np.testing.assert_array_equal(part, everything[:, start:])


@given(name=st.sampled_from(CONTAINERS), data=st.data())
def test_any_mutation_gives_sound_or_the_projects_own_error(tmp_path: Path, name: str, data: st.DataObject) -> None:
    """Sizes, counts and positions in headers are what is followed here: they are what is mostly changed."""
    mutated = bytearray(whole(name, 20_000))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.one_of(st.integers(0, 300), st.integers(0, len(mutated) - 1)))
        how = data.draw(st.sampled_from(["bytes", "size", "without", "twice", "other"]))
        if how == "bytes":
            mutated[at : at + 4] = data.draw(st.binary(min_size=1, max_size=8))
        elif how == "size":
            wrong = data.draw(st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1]))
            mutated[at : at + 8] = wrong.to_bytes(8, data.draw(st.sampled_from(["little", "big"])))
        elif how == "without":
            del mutated[at : at + data.draw(st.integers(1, 2000))]
        elif how == "twice":
            mutated[at:at] = mutated[at : at + 2000]
        else:
            mutated[at:at] = whole(data.draw(st.sampled_from(CONTAINERS)), 20_000)[:2000]
    try:
        info = probed(tmp_path, bytes(mutated))
    except AppError as error:
        assert error.code in (Code.UNSUPPORTED_AUDIO, Code.INVALID_INPUT)
    else:
        assert info.samples > 0
        for note in info.notes:
            assert note["key"] in catalogue("en")
            assert all(isinstance(value, int | float) for value in note["values"].values())


def test_what_was_found_while_reading_is_known_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(whole("flac")[: len(whole("flac")) // 2])
    assert notes_of(path) == []
    for _ in decode.blocks(path):
        pass
    assert [note["key"] for note in notes_of(path)] == ["source_note.ended_early"]
    path.write_bytes(whole("flac"))
    assert notes_of(path) == []


CASES = Path(__file__).parents[3] / "shared" / "data" / "cases"


@pytest.mark.skipif(not CASES.is_dir(), reason=wants("shared data"))
@pytest.mark.parametrize(
    ("name", "note"),
    [("vbr_no_xing.mp3", None), ("joined.mp3", "goes_on"), ("crashed_recorder.wav", "unfinished"), ("cut.ogg", "cut")],
)
def test_the_files_that_were_reported(name: str, note: str | None) -> None:
    info = decode.probe(CASES / name)
    assert abs(info.samples - counted((CASES / name).read_bytes())) <= FRAME
    assert told(info) == ({note} if note else set())

import io
import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from engine.audio import decode
from engine.audio.layouts import STEREO
from engine.audio.paths import long_path
from engine.errors import AppError, Code
from tests.audio.sounds import noise, tone_numbers, tones, write_by_ffmpeg
from tests.wants import wants


def refusal(path: Path, **options: float) -> tuple[Code, str]:
    with pytest.raises(AppError) as caught:
        decode.probe(path, **options)
    return caught.value.code, caught.value.key


def encoded(kind: str, subtype: str, audio: np.ndarray, rate_hz: int = 48000) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, audio.T, rate_hz, format=kind, subtype=subtype)
    return buffer.getvalue()


def place(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


WHOLE = {
    "wav": encoded("WAV", "PCM_16", noise(2, 30000)),
    "flac": encoded("FLAC", "PCM_16", noise(2, 30000)),
    "ogg": encoded("OGG", "VORBIS", noise(2, 30000)),
    "opus": encoded("OGG", "OPUS", noise(2, 30000)),
    "mp3": encoded("MP3", "MPEG_LAYER_III", noise(2, 30000)),
    "aiff": encoded("AIFF", "PCM_24", noise(2, 30000)),
    "caf": encoded("CAF", "ALAC_24", noise(2, 30000)),
}


@pytest.mark.parametrize("extension", ["wav", "raw", "vox", "png", "mp3", "m3u8", ""])
def test_the_extension_says_nothing(tmp_path: Path, extension: str) -> None:
    path = place(tmp_path / f"a.{extension}", WHOLE["flac"])
    assert decode.probe(path) == decode.AudioInfo(30000 / 48000, 48000, STEREO, 30000, "flac", "pcm_16")


@pytest.mark.parametrize("name", [n for n in WHOLE if n != "caf"])
def test_every_usual_format_has_its_exact_length(tmp_path: Path, name: str) -> None:
    info = decode.probe(place(tmp_path / "a", WHOLE[name]))
    assert (info.samples, info.rate_hz, info.channels) == (30000, 48000, 2)


HOSTILE: dict[str, tuple[bytes, Code, str]] = {
    "empty": (b"", Code.UNSUPPORTED_AUDIO, "empty_audio"),
    "text": (b"hello, this is text\n" * 50, Code.UNSUPPORTED_AUDIO, "not_audio"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(500), Code.UNSUPPORTED_AUDIO, "not_audio"),
    "zeros": (bytes(5000), Code.UNSUPPORTED_AUDIO, "not_audio"),
    "flac header only": (WHOLE["flac"][:60], Code.UNSUPPORTED_AUDIO, "damaged_audio"),
    "wav without samples": (encoded("WAV", "PCM_16", noise(2, 0)), Code.UNSUPPORTED_AUDIO, "empty_audio"),
    "1 Hz": (encoded("WAV", "PCM_16", noise(1, 100), 1), Code.INVALID_INPUT, "rate_out_of_range"),
    "999 kHz": (encoded("WAV", "PCM_16", noise(1, 100), 999_000), Code.INVALID_INPUT, "rate_out_of_range"),
    "65 channels": (encoded("WAV", "PCM_16", noise(65, 100)), Code.INVALID_INPUT, "too_many_channels"),
    "NaN": (encoded("WAV", "FLOAT", np.array([[0.1, np.nan, 0.2]], np.float32)), Code.INVALID_INPUT, "not_finite"),
    "infinity": (encoded("WAV", "FLOAT", np.array([[0.1, np.inf]], np.float32)), Code.INVALID_INPUT, "not_finite"),
    "playlist": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", Code.UNSUPPORTED_AUDIO, "not_audio"),
    "concat script": (b"ffconcat version 1.0\nfile /etc/passwd\n", Code.UNSUPPORTED_AUDIO, "not_audio"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_by_name(tmp_path: Path, case: str) -> None:
    data, code, key = HOSTILE[case]
    assert refusal(place(tmp_path / "a.wav", data)) == (code, key)


@pytest.mark.parametrize("channels", [1, 3, 9, 64])
def test_one_sample_in_many_channels_is_sound(tmp_path: Path, channels: int) -> None:
    info = decode.probe(place(tmp_path / "a", encoded("WAV", "PCM_24", noise(channels, 1))))
    assert (info.samples, info.channels) == (1, channels)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF])
def test_a_streamed_wav_without_a_size_is_whole(tmp_path: Path, size: int) -> None:
    data = bytearray(WHOLE["wav"])
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", size)
    assert decode.probe(place(tmp_path / "a", bytes(data))).samples == 30000


def test_missing_files_and_folders(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none") == (Code.NOT_FOUND, "audio_file_missing")
    assert refusal(tmp_path) == (Code.UNSUPPORTED_AUDIO, "audio_unreadable")
    assert refusal(Path("a\0b")) == (Code.UNSUPPORTED_AUDIO, "audio_unreadable")


def test_too_long_is_refused(tmp_path: Path) -> None:
    path = place(tmp_path / "a", WHOLE["flac"])
    assert refusal(path, max_seconds=0.5) == (Code.INVALID_INPUT, "too_long")
    assert decode.probe(path, max_seconds=0.625).samples == 30000


@given(name=st.sampled_from(sorted(WHOLE)), data=st.data())
def test_any_damage_gives_sound_or_the_projects_own_error(tmp_path: Path, name: str, data: st.DataObject) -> None:
    whole = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.one_of(st.integers(0, 200), st.integers(0, len(whole) - 1)))
        whole[at : at + 4] = data.draw(st.binary(min_size=1, max_size=4))
    path = place(tmp_path / "a", bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    try:
        info = decode.probe(path, max_seconds=600)
    except AppError as error:
        assert error.code in (Code.UNSUPPORTED_AUDIO, Code.INVALID_INPUT)
    else:
        assert info.samples > 0


@given(data=st.binary(max_size=3000))
def test_random_bytes_never_surprise(tmp_path: Path, data: bytes) -> None:
    try:
        decode.probe(place(tmp_path / "a", data), max_seconds=600)
    except AppError as error:
        assert error.code in (Code.UNSUPPORTED_AUDIO, Code.INVALID_INPUT)


@pytest.mark.parametrize(
    ("codec", "container", "exact"),
    [("aac", "mp4", 1), ("alac", "mp4", 1), ("aac", "adts", 0), ("wmav2", "asf", 0), ("ac3", "ac3", 0)],
)
def test_ffmpeg_formats(tmp_path: Path, codec: str, container: str, exact: int) -> None:
    audio = tones(2, 100_000, 48000)
    path = tmp_path / "a.wav"
    write_by_ffmpeg(path, audio, 48000, codec, container)
    decoded, rate_hz = decode.read(path)
    assert rate_hz == 48000
    assert tone_numbers(decoded, 48000) == [0, 1]
    if exact:
        assert decoded.shape == audio.shape
        assert np.abs(decoded[:, 2000:98000] - audio[:, 2000:98000]).max() < 0.02
    else:
        assert abs(decoded.shape[1] - 100_000) < 4096


def test_a_picture_stream_is_not_mistaken_for_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_by_ffmpeg(path, tones(2, 50_000, 48000), 48000, "aac", "mov", cover=True)
    info = decode.probe(path)
    assert (info.samples, info.codec) == (50_000, "aac")


def test_a_film_without_sound(tmp_path: Path) -> None:
    import av

    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", format="mov") as file:
        stream = file.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
        image = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
        file.mux(stream.encode(image.reformat(format="yuvj420p")))
        file.mux(stream.encode(None))
    assert refusal(path) == (Code.UNSUPPORTED_AUDIO, "no_audio_stream")


def test_an_mp4_without_its_index_is_refused_and_one_that_lacks_samples_is_not(tmp_path: Path) -> None:
    whole = tmp_path / "whole.m4a"
    write_by_ffmpeg(whole, noise(2, 400_000), 48000, "aac", "mp4")
    data = whole.read_bytes()
    assert refusal(place(tmp_path / "a", data[: len(data) // 2])) == (Code.UNSUPPORTED_AUDIO, "damaged_audio")
    moov = data.index(b"moov") - 4
    at = data.index(b"mdat") - 4
    size = len(data) - moov
    index = bytearray(data[moov:])
    for table in range(len(index)):  # chunk offsets move when the index comes first, as in files made for the web
        if index[table : table + 4] == b"stco":
            for entry in range(int.from_bytes(index[table + 8 : table + 12], "big")):
                place_at = table + 12 + 4 * entry
                offset = int.from_bytes(index[place_at : place_at + 4], "big") + size
                index[place_at : place_at + 4] = offset.to_bytes(4, "big")
    fast = data[:at] + bytes(index) + data[at:moov]
    assert decode.probe(place(tmp_path / "b", fast)).samples == 400_000
    cut = decode.probe(place(tmp_path / "c", fast[: len(fast) // 2]))
    assert 190_000 < cut.samples < 210_000
    (note,) = cut.notes
    assert note["key"] == "source_note.ended_early"
    assert abs(note["values"]["missing_s"] - (400_000 - cut.samples) / 48_000) < 0.1


@pytest.mark.parametrize("channels", [3, 5, 6, 7, 8])
def test_opus_surround_has_the_order_of_vorbis(tmp_path: Path, channels: int) -> None:
    opus = place(tmp_path / "a", encoded("OGG", "OPUS", tones(channels, 48000, 48000)))
    vorbis = place(tmp_path / "b", encoded("OGG", "VORBIS", tones(channels, 48000, 48000)))
    assert tone_numbers(decode.read(opus)[0], 48000) == tone_numbers(decode.read(vorbis)[0], 48000)


@given(
    start=st.integers(0, 29_999), length=st.integers(1, 40_000), block=st.integers(1, 70_000),
    name=st.sampled_from(["wav", "flac", "ogg", "opus", "mp3"]),
)  # fmt: skip
def test_a_part_is_a_slice_of_the_whole(tmp_path: Path, start: int, length: int, block: int, name: str) -> None:
    path = place(tmp_path / "a", WHOLE[name])
    whole, rate_hz = decode.read(path)
    span = {"start_s": start / rate_hz, "duration_s": length / rate_hz}
    part, _ = decode.read(path, **span)
    np.testing.assert_array_equal(part, whole[:, start : start + length])
    pieces = list(decode.blocks(path, block, **span))
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), part)
    assert all(piece.shape[1] == block for piece in pieces[:-1])
    assert all(piece.dtype == np.float32 and piece.flags.c_contiguous for piece in pieces)


def test_start_past_the_end(tmp_path: Path) -> None:
    path = place(tmp_path / "a", WHOLE["wav"])
    with pytest.raises(AppError) as caught:
        decode.read(path, start_s=2)
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "start_past_end")
    with pytest.raises(ValueError, match="start_s"):
        decode.read(path, start_s=-1)


def test_reading_at_another_rate_and_count(tmp_path: Path) -> None:
    path = place(tmp_path / "a", encoded("WAV", "FLOAT", tones(6, 48000, 48000)))
    audio, rate_hz = decode.read(path, rate_hz=16000, channels=2)
    assert (audio.shape, rate_hz) == ((2, 16000), 16000)
    assert np.abs(audio).max() <= 0.4


def test_probing_takes_constant_memory(tmp_path: Path) -> None:
    def peak_bytes(samples: int) -> int:
        path = place(tmp_path / "a", encoded("FLAC", "PCM_16", tones(2, samples, 48000)))
        tracemalloc.start()
        decode.probe(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_bytes(4_000_000) < peak_bytes(400_000) * 1.5


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:\\short.wav", "C:\\short.wav"),
        ("C:\\" + "a" * 300, "\\\\?\\C:\\" + "a" * 300),
        ("\\\\host\\share\\" + "a" * 300, "\\\\?\\UNC\\host\\share\\" + "a" * 300),
        ("\\\\?\\C:\\" + "a" * 300, "\\\\?\\C:\\" + "a" * 300),
        ("C:/音乐/" + "a" * 300, "\\\\?\\C:\\音乐\\" + "a" * 300),
    ],
)
def test_long_windows_paths(path: str, expected: str) -> None:
    assert long_path(path, windows=True) == expected
    assert long_path(path, windows=False) == path


@pytest.mark.parametrize("name", ["пісня.wav", "音乐 🎵.wav", "a'b\"c.wav", " leading.wav", "%41&.wav", "-dash.wav"])
def test_names_in_any_script(tmp_path: Path, name: str) -> None:
    assert decode.probe(place(tmp_path / name, WHOLE["wav"])).samples == 30000


def test_files_are_closed_again(tmp_path: Path) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    if not Path("/proc/self/fd").is_dir():
        pytest.skip(wants("another operating system", "Linux has /proc"))
    before = open_files()
    for name, data in WHOLE.items():
        decode.probe(place(tmp_path / name, data))
        next(iter(decode.blocks(tmp_path / name)))
    assert open_files() == before


@pytest.mark.parametrize("samples", [200, 1000, 3000])
def test_a_few_frames_of_mp3_without_a_tag_are_sound(tmp_path: Path, samples: int) -> None:
    """FFmpeg needs more frames than these to know the format by."""
    path = tmp_path / "a"
    bare = {"write_xing": "0", "id3v2_version": "0"}
    write_by_ffmpeg(path, noise(1, samples), 44_100, "mp3", "mp3", **bare)
    assert path.read_bytes()[:2] == b"\xff\xfb"
    assert decode.probe(path).samples >= samples

import hashlib
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from engine.audio import decode, encode, ogg, wav
from engine.audio.plan import plan_for
from engine.audio.quantise import Quantiser
from engine.audio.resample import resampled_length
from engine.audio.tags import read_tags
from engine.errors import AppError, Code
from engine.messages import LANGUAGES, catalogue
from engine.parameters import Format
from tests.audio.sounds import noise, tones
from tests.wants import wants

RATES = (1000, 8000, 11025, 16000, 22050, 32000, 44100, 48000, 65537, 96000, 192000)
LOSSY = (Format.MP3, Format.OGG, Format.OPUS)


@given(
    kind=st.sampled_from(Format),
    depth=st.sampled_from(["16", "24", "32f"]),
    rate=st.sampled_from(RATES),
    rate_out=st.sampled_from(["original", "48000", "44100", "32000", "16000"]),
    channels=st.integers(1, 10),
    samples=st.integers(1, 20_000),
    cut=st.integers(1, 30_000),
)
def test_what_is_written_is_what_is_read(
    tmp_path: Path, kind: Format, depth: str, rate: int, rate_out: str, channels: int, samples: int, cut: int
) -> None:
    path = tmp_path / "a"
    audio = noise(channels, samples)
    blocks = (audio[:, i : i + cut] for i in range(0, samples, cut))
    written = encode.write(path, blocks, rate, format=kind, bit_depth=depth, rate_out=rate_out)
    info = decode.probe(path)
    assert (info.rate_hz, info.channels, info.samples) == (written.rate_hz, written.channels, written.samples)
    assert written.samples == resampled_length(samples, rate, written.rate_hz)
    wished = rate if rate_out == "original" else int(rate_out)
    notes = (written.note or "").split(",")
    assert (written.rate_hz != wished) == (f"rate_{written.rate_hz}" in notes)
    assert (written.channels != channels) == (f"channels_{written.channels}" in notes)
    assert ("bit_depth_24" in notes) == (kind is Format.FLAC and depth == "32f")
    if kind in (Format.WAV, Format.FLAC) and written.rate_hz == rate and written.channels == channels:
        step = {"16": 2 / 2**15, "24": 1 / 2**23, "32f": 0.0 if kind is Format.WAV else 1 / 2**23}[depth]
        assert np.abs(decode.read(path)[0] - audio).max() <= step


@given(
    kind=st.sampled_from(Format), depth=st.sampled_from(["16", "24", "32f"]), channels=st.integers(1, 8),
    samples=st.integers(1, 60_000), cut=st.integers(1, 70_000), rate_out=st.sampled_from(["original", "44100"]),
)  # fmt: skip
def test_same_sound_same_bytes_however_cut(
    tmp_path: Path, kind: Format, depth: str, channels: int, samples: int, cut: int, rate_out: str
) -> None:
    audio = noise(channels, samples)
    wish = {"format": kind, "bit_depth": depth, "rate_out": rate_out, "tags": {"title": "да 音", "date": "2026"}}
    encode.write(tmp_path / "a", audio, 48000, **wish)
    encode.write(tmp_path / "b", (audio[:, i : i + cut] for i in range(0, samples, cut)), 48000, **wish)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    script = """
import sys
import numpy as np
from engine.audio import encode
from engine.parameters import Format
audio = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 50000)).astype(np.float32)
for kind in Format:
    encode.write(f"{sys.argv[1]}.{kind}", audio, 44100, format=kind, bit_depth="16")
encode.write(sys.argv[1] + ".float", audio, 44100, format=Format.WAV, bit_depth="32f")
"""
    sums = []
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", script, tmp_path / name], check=True, cwd=Path(__file__).parents[2])
        files = sorted(tmp_path.glob(f"{name}.*"))
        assert len(files) == 6
        sums.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert sums[0] == sums[1]


@pytest.mark.parametrize("kind", LOSSY)
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 24000, 32000, 44100, 48000])
def test_lossy_formats_stay_close_and_in_step(tmp_path: Path, kind: Format, rate: int) -> None:
    audio = tones(2, rate * 2 + 17, rate, lowest_hz=1000)
    written = encode.write(tmp_path / "a", audio, rate, format=kind)
    decoded, _ = decode.read(tmp_path / "a", rate_hz=rate)
    assert written.bit_depth is None
    assert decoded.shape == audio.shape
    error = decoded[:, 2000:-2000] - audio[:, 2000:-2000]
    assert 20 * np.log10(np.sqrt((error**2).mean()) / 0.28) < -30  # one sample out of step would be over -18


def test_opus_keeps_its_end(tmp_path: Path) -> None:
    audio = tones(2, 96017, 48000)
    encode.write(tmp_path / "a", audio, 48000, format=Format.OPUS)
    assert np.abs(decode.read(tmp_path / "a")[0] - audio)[:, -200:].max() < 0.1


@pytest.mark.parametrize(
    ("kind", "depth", "rate_out", "rate", "channels", "expected"),
    [
        (Format.WAV, "32f", "original", 44100, 64, ("32f", 44100, 64, ())),
        (Format.FLAC, "32f", "original", 44100, 2, ("24", 44100, 2, ("bit_depth_24",))),
        (Format.FLAC, "16", "original", 96001, 9, ("16", 176400, 2, ("rate_176400", "channels_2"))),
        (Format.MP3, "24", "original", 96000, 6, (None, 48000, 2, ("rate_48000", "channels_2"))),
        (Format.MP3, "16", "32000", 44100, 1, (None, 32000, 1, ())),
        (Format.OPUS, "32f", "original", 44100, 2, (None, 48000, 2, ("rate_48000",))),
        (Format.OPUS, "24", "16000", 48000, 1, (None, 48000, 1, ("rate_48000",))),
        (Format.OGG, "24", "original", 384000, 2, (None, 192000, 2, ("rate_192000",))),
    ],
)
def test_what_a_format_cannot_hold(
    kind: Format, depth: str, rate_out: str, rate: int, channels: int, expected: tuple[object, ...]
) -> None:
    plan = plan_for(kind, depth, rate_out, rate, channels)
    assert (plan.bit_depth, plan.rate_hz, plan.channels, plan.notes) == expected


@pytest.mark.parametrize("depth", ["16", "24"])
@pytest.mark.parametrize("kind", [Format.WAV, Format.FLAC])
def test_a_copy_of_whole_numbers_is_bit_exact(tmp_path: Path, kind: Format, depth: str) -> None:
    encode.write(tmp_path / "a", noise(2, 40_000), 44100, format=Format.WAV, bit_depth=depth)
    audio, rate = decode.read(tmp_path / "a")
    encode.write(tmp_path / "b", audio, rate, format=kind, bit_depth=depth)
    np.testing.assert_array_equal(decode.read(tmp_path / "b")[0], audio)


def test_dither_removes_distortion() -> None:
    quiet = tones(1, 1 << 16, 48000, level=0.6 / 2**15)
    numbers = Quantiser(16)(quiet)[0] / 2**15
    plain = np.rint(quiet[0].astype(np.float64) * 2**15) / 2**15
    window = np.hanning(len(plain))

    def third_harmonic_db(signal: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(signal * window))
        bin_at = round(60 * len(signal) / 48000)
        first, third = (spectrum[n * bin_at - 3 : n * bin_at + 4].max() for n in (1, 3))
        return 20 * float(np.log10(third / first))

    assert third_harmonic_db(numbers) < third_harmonic_db(plain) - 10
    assert not Quantiser(16)(np.zeros((2, 100), np.float32)).any()


@pytest.mark.parametrize("kind", list(Format))
@pytest.mark.parametrize("depth", ["16", "24", "32f"])
def test_too_loud_is_clipped_and_counted(tmp_path: Path, kind: Format, depth: str) -> None:
    audio = np.full((2, 48000), 0.5, np.float32)
    audio[0, 100:110], audio[1, 7] = 1.5, -3
    written = encode.write(tmp_path / "a", audio, 48000, format=kind, bit_depth=depth)
    is_float = kind is Format.WAV and depth == "32f"
    assert written.clipped == (0 if is_float else 11)
    if kind in (Format.WAV, Format.FLAC):
        assert decode.read(tmp_path / "a")[0].max() == (1.5 if is_float else pytest.approx(1, abs=1e-4))


@pytest.mark.parametrize("kind", list(Format))
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite_is_refused(tmp_path: Path, kind: Format, value: float) -> None:
    audio = noise(2, 50_000)
    audio[1, 40_000] = value
    with pytest.raises(AppError) as caught:
        encode.write(tmp_path / "a", audio, 48000, format=kind)
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "not_finite")


@pytest.mark.parametrize(
    ("audio", "rate", "key"),
    [
        (np.zeros((2, 0), np.float32), 48000, "nothing_to_write"),
        ([], 48000, "nothing_to_write"),
        (np.zeros((2, 10), np.float32), 1, "rate_out_of_range"),
        (np.zeros((65, 10), np.float32), 48000, "too_many_channels"),
    ],
)
def test_unwritable_sound(tmp_path: Path, audio: object, rate: int, key: str) -> None:
    with pytest.raises(AppError) as caught:
        encode.write(tmp_path / "a", audio, rate, format=Format.WAV)
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, key)


def test_an_error_of_the_source_comes_through(tmp_path: Path) -> None:
    def broken() -> Iterator[np.ndarray]:
        yield noise(2, 40_000)
        raise LookupError("the model")

    for kind in Format:
        with pytest.raises(LookupError, match="the model"):
            encode.write(tmp_path / "a", broken(), 48000, format=kind)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason=wants("another operating system", "Linux has /dev/full"))
@pytest.mark.parametrize("kind", list(Format))
def test_a_full_disk(tmp_path: Path, kind: Format) -> None:
    path = tmp_path / "a"
    path.symlink_to("/dev/full")
    with pytest.raises(AppError) as caught:
        encode.write(path, noise(2, 100_000), 48000, format=kind, tags={"title": "x"})
    assert (caught.value.code, caught.value.key) == (Code.DISK_FULL, "disk_full")


@pytest.mark.parametrize("room", [0, 100, 5000, 60_000])
@pytest.mark.parametrize("kind", list(Format))
def test_a_disk_that_fills_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Format, room: int) -> None:
    class Small(encode.Sink):
        def write(self, data: bytes) -> int:
            if self._fault is None and self.tell() + len(data) > room:
                self._fault = OSError(28, os.strerror(28))
            return super().write(data)

    monkeypatch.setattr(encode, "Sink", Small)
    with pytest.raises(AppError) as caught:
        encode.write(tmp_path / "a", noise(2, 300_000), 48000, format=kind)
    assert caught.value.code is Code.DISK_FULL


@pytest.mark.parametrize("depth", ["16", "24", "32f"])
@pytest.mark.parametrize("channels", [1, 3])
def test_wav_turns_into_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: str, channels: int) -> None:
    audio = noise(channels, 5001)
    encode.write(tmp_path / "riff", audio, 48000, format=Format.WAV, bit_depth=depth)
    monkeypatch.setattr(wav, "RIFF_LIMIT", 5000)
    written = encode.write(tmp_path / "rf64", audio, 48000, format=Format.WAV, bit_depth=depth, tags={"title": "x"})
    assert written.note == "rf64" and read_tags(tmp_path / "rf64").texts == {"title": "x"}
    data = (tmp_path / "rf64").read_bytes()
    assert data[:4] == b"RF64" and int.from_bytes(data[20:28], "little") == len(data) - 8
    (tmp_path / "bare").write_bytes(data)
    encode.write(tmp_path / "bare", audio, 48000, format=Format.WAV, bit_depth=depth)
    assert (tmp_path / "bare").stat().st_size == (tmp_path / "riff").stat().st_size
    assert soundfile.info(tmp_path / "rf64").frames == 5001
    np.testing.assert_array_equal(decode.read(tmp_path / "rf64")[0], decode.read(tmp_path / "riff")[0])


def _checksum(page: bytes) -> int:
    value = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        value ^= byte << 24
        for _ in range(8):
            value = ((value << 1) & 0xFFFFFFFF) ^ (0x04C11DB7 if value >> 31 else 0)
    return value


def test_ogg_pages_have_one_serial_and_right_checksums(tmp_path: Path) -> None:
    encode.write(tmp_path / "a", noise(2, 30_000), 48000, format=Format.OGG)
    data = (tmp_path / "a").read_bytes()
    at = pages = 0
    while at < len(data):
        table = data[at + 27 : at + 27 + data[at + 26]]
        page = data[at : at + 27 + len(table) + sum(table)]
        assert page[:4] == b"OggS"
        assert int.from_bytes(page[14:18], "little") == ogg.SERIAL
        assert int.from_bytes(page[22:26], "little") == _checksum(page)
        at += len(page)
        pages += 1
    assert pages > 3


def test_endless_blocks_take_constant_memory(tmp_path: Path) -> None:
    import tracemalloc

    def peak_bytes(count: int) -> int:
        tracemalloc.start()
        block = noise(2, 48_000)
        encode.write(tmp_path / "a", itertools.repeat(block, count), 48000, format=Format.FLAC, rate_out="44100")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_bytes(60) < peak_bytes(6) * 1.2


def test_every_error_has_its_sentence_in_every_language() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(encode.__file__).parent.rglob("*.py"))
    calls = re.findall(r"(?:unsupported|invalid|AppError)\((?:[^()]*?)\"[^)]*\)", sources)
    keys = {key for call in calls for key in re.findall(r'"([a-z]+(?:_[a-z]+)+)"', call)}
    assert {"not_audio", "damaged_audio", "too_long", "tags_unsupported"} <= keys
    for language, key in itertools.product(LANGUAGES, keys):
        assert f"error.{key}" in catalogue(language), (language, key)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 24_000, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("samples", [1, 8, 530, 577, 1105, 1153, 2304])
def test_an_mp3_is_as_long_as_what_went_in(tmp_path: Path, rate_hz: int, samples: int) -> None:
    """Also where the encoder's padding fills more than the last frame, which is all that FFmpeg drops of it."""
    encode.write(tmp_path / "a", noise(1, samples), rate_hz, format=Format.MP3)
    assert decode.probe(tmp_path / "a").samples == samples


@pytest.mark.parametrize("samples", [1, 3, 129, 1025, 8208, 9000, 100_000])
@pytest.mark.parametrize("step", [1, 48])
def test_an_ogg_is_as_long_as_what_went_in(tmp_path: Path, samples: int, step: int) -> None:
    """Also where all is on one page, of which FFmpeg drops 128 samples too many; dull sound has the long blocks."""
    sound = np.repeat(noise(2, samples // step + 1), step, axis=1)[:, :samples]
    encode.write(tmp_path / "a", sound, 48_000, format=Format.OGG)
    found, expected = decode.read(tmp_path / "a")[0], soundfile.read(tmp_path / "a", always_2d=True)[0].T
    assert found.shape == expected.shape == sound.shape
    np.testing.assert_allclose(found, expected, atol=1e-6)

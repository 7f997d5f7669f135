"""Covers: from a file's own tags, else drawn from its waveform in the colour of its key."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.audio.cover import SIZE, cover_png, key_hue
from engine.audio.encode import write
from engine.audio.tags import Cover, Tags, store_tags
from engine.errors import AppError, Code
from engine.parameters import Format

RATE_HZ = 22_050
TRACK = "a" * 32


def opened(png: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.size) == ("PNG", (SIZE, SIZE))
    return np.asarray(image.convert("RGB"), float)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Silent at first, then loud."""
    audio = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 2 * RATE_HZ)).astype(np.float32)
    audio[:, :RATE_HZ] *= 0.01
    path = tmp_path / "sound.flac"
    write(path, audio, RATE_HZ, format=Format.FLAC)
    return path


def test_keys_that_are_neighbours_on_the_circle_of_fifths_have_neighbouring_hues() -> None:
    circle = ["C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F"]
    hues = [key_hue(f"{tonic} major") for tonic in circle]
    assert hues[0] == (40.0, False)
    steps = {(b[0] - a[0]) % 360 for a, b in zip(hues, [*hues[1:], hues[0]], strict=True) if a and b}
    assert steps == {30.0}
    assert key_hue("A minor") == (40.0, True) and key_hue("D dorian") == (40.0, True)
    assert key_hue("E minor") == (70.0, True) and key_hue("G mixolydian") == (40.0, False)
    assert [key_hue(text) for text in ("", "H minor", "E wobbly", "<script>", "E" * 10_000)] == [None] * 5


def test_a_cover_shows_the_waveform_and_is_the_same_every_time(sound: Path) -> None:
    first = cover_png(sound, TRACK, "E minor")
    assert first == cover_png(sound, TRACK, "E minor") != cover_png(sound, TRACK, "C major")
    light = opened(first).mean(axis=2)
    off_middle = light[SIZE // 4]
    assert off_middle[: SIZE // 3].max() < 120 < off_middle[2 * SIZE // 3 :].max(), "quiet, then loud"


def test_the_cover_of_the_file_itself_comes_first_as_a_square_of_our_own(sound: Path) -> None:
    file = io.BytesIO()
    picture = Image.new("RGB", (600, 200), "red")
    picture.paste("blue", (200, 0, 400, 200))
    picture.save(file, "JPEG", comment=b"<script>alert(1)</script>")
    store_tags(sound, Tags(covers=[Cover(file.getvalue(), "image/jpeg")]))
    png = cover_png(sound, TRACK, "E minor")
    assert b"script" not in png
    assert opened(png).mean(axis=(0, 1)) == pytest.approx([0, 0, 255], abs=12), "the middle of it"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(50), b"<svg onload='x'/>", b"\xff\xd8\xff\xe0"])
def test_a_damaged_cover_gives_way_to_a_drawn_one(sound: Path, data: bytes) -> None:
    plain = cover_png(sound, TRACK)
    store_tags(sound, Tags(covers=[Cover(data, "image/png")]))
    assert cover_png(sound, TRACK) == plain


def test_a_picture_that_would_fill_the_memory_is_left_alone(sound: Path) -> None:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    store_tags(sound, Tags(covers=[Cover(file.getvalue(), "image/png")]))
    assert opened(cover_png(sound, TRACK)).shape == (SIZE, SIZE, 3)


def test_silence_has_a_cover_and_what_is_no_sound_has_none(tmp_path: Path) -> None:
    path = tmp_path / "silence.wav"
    write(path, np.zeros((2, 100), np.float32), RATE_HZ, format=Format.WAV)
    opened(cover_png(path, TRACK))
    (tmp_path / "text.wav").write_bytes(b"hello" * 100)
    with pytest.raises(AppError) as refused:
        cover_png(tmp_path / "text.wav", TRACK)
    assert refused.value.code is Code.UNSUPPORTED_AUDIO

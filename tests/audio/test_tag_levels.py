"""What a file says of its loudness is true of the new sound, or is not said."""

from pathlib import Path

import mutagen
import numpy as np
import pytest
from mutagen import apev2, id3
from mutagen.mp4 import MP4, MP4FreeForm

from engine.audio import decode, encode
from engine.audio.loudness import measure
from engine.audio.tags import read_tags
from engine.parameters import Format
from tests.audio.sounds import copy_tags, noise, write_by_ffmpeg

RATE_HZ = 48_000
QUIET = noise(2, 96_000, level=0.02)
OLD = {
    "REPLAYGAIN_TRACK_GAIN": "-9.80 dB", "REPLAYGAIN_TRACK_PEAK": "0.998", "replaygain_album_gain": "-9.1 dB",
    "REPLAYGAIN_ALBUM_PEAK": "1.0", "replaygain_reference_loudness": "89.0 dB", "R128_ALBUM_GAIN": "-1234",
    "MP3GAIN_MINMAX": "089,179", "MP3GAIN_UNDO": "+002,+002,N",
}  # fmt: skip
LEVELS = ("replaygain", "r128", "mp3gain", "itun", "rva2", "rg_")


def told(path: Path) -> dict[str, list[str]]:
    """What the file says of levels, read by mutagen, names in small letters."""
    tags = mutagen.File(path).tags
    if isinstance(tags, id3.ID3):
        names = [(getattr(frame, "desc", "") or frame.FrameID).lower() for frame in tags.values()]
        found = {n: list(map(str, getattr(f, "text", []))) for n, f in zip(names, tags.values(), strict=True)}
    else:
        found = {key.lower(): list(tags[key]) for key in tags.keys()}  # noqa: SIM118
    return {name: values for name, values in found.items() if name.startswith(LEVELS)}


def assert_measured(path: Path, target: Format, *, r128: bool) -> None:
    """Only the track's gain and peak, as the file sounds."""
    sound, rate_hz = decode.read(path)
    levels = measure(sound, rate_hz)
    assert levels.loudness_lufs is not None
    found = told(path)
    names = {"r128_track_gain"} if target is Format.OPUS else {"replaygain_track_gain", "replaygain_track_peak"}
    assert set(found) == names | ({"r128_track_gain"} if r128 else set())
    if "r128_track_gain" in found:
        assert int(found["r128_track_gain"][0]) / 256 == pytest.approx(-23 - levels.loudness_lufs, abs=0.1)
    if target is not Format.OPUS:
        gain_db, unit = found["replaygain_track_gain"][0].split()
        assert float(gain_db) == pytest.approx(-18 - levels.loudness_lufs, abs=0.1) and unit == "dB"
        assert float(found["replaygain_track_peak"][0]) == pytest.approx(np.abs(sound).max(), rel=1e-4)


def source_of(path: Path, kind: str, said: dict[str, str]) -> Path:
    """A loud file of some kind with such names in it, as its programs write them."""
    loud = noise(2, 96_000, level=0.3)
    if kind == "m4a":
        write_by_ffmpeg(path, loud, RATE_HZ, "aac", "ipod")
        file = MP4(path)
        for name, text in said.items():
            file[f"----:com.apple.iTunes:{name}"] = [MP4FreeForm(text.encode())]
        file.save()
        return path
    encode.write(path, loud, RATE_HZ, format=Format("mp3" if kind == "mp3+ape" else kind))
    if kind == "mp3+ape":
        tags = apev2.APEv2()
        for name, text in said.items():
            tags[name] = text
        tags.save(str(path))
    elif kind in ("mp3", "wav"):
        file = mutagen.File(path)
        file.add_tags()
        for name, text in said.items():
            file.tags.add(id3.TXXX(encoding=3, desc=name, text=[text]))
        file.save()
    else:
        file = mutagen.File(path)
        for name, text in said.items():
            file[name] = [text]
        file.save()
    return path


@pytest.mark.parametrize("target", list(Format))
@pytest.mark.parametrize("kind", ["mp3", "wav", "flac", "ogg", "m4a", "mp3+ape"])
def test_replaygain_is_measured_anew(tmp_path: Path, kind: str, target: Format) -> None:
    source = source_of(tmp_path / "s", kind, OLD)
    encode.write(tmp_path / "t", QUIET, RATE_HZ, format=target, tags_of=source)
    assert_measured(tmp_path / "t", target, r128=False)


@pytest.mark.parametrize("target", list(Format))
@pytest.mark.parametrize("kind", ["opus", "flac", "mp3"])
def test_r128_is_measured_anew(tmp_path: Path, kind: str, target: Format) -> None:
    source = source_of(tmp_path / "s", kind, {"R128_TRACK_GAIN": "-2000", "R128_ALBUM_GAIN": "-1000"})
    encode.write(tmp_path / "t", QUIET, RATE_HZ, format=target, tags_of=source)
    assert_measured(tmp_path / "t", target, r128=True)


@pytest.mark.parametrize("target", list(Format))
def test_a_relative_volume_of_id3_is_measured_anew(tmp_path: Path, target: Format) -> None:
    source = source_of(tmp_path / "s", "mp3", {})
    tags = id3.ID3(source)
    tags.add(id3.RVA2(desc="track", channel=1, gain=-6.5, peak=0.9))
    tags.add(id3.RVA2(desc="album", channel=1, gain=-6.0, peak=0.9))
    tags.save(source)
    assert read_tags(source).texts["replaygain_track_gain"].startswith("-6.50 dB")
    encode.write(tmp_path / "t", QUIET, RATE_HZ, format=target, tags_of=source)
    assert_measured(tmp_path / "t", target, r128=False)


@pytest.mark.parametrize("target", list(Format))
def test_what_only_the_old_sound_had_is_dropped(tmp_path: Path, target: Format) -> None:
    """Album values, what MP3Gain would undo, Sound Check, the encoder's delay: there is nothing to measure anew."""
    source = source_of(
        tmp_path / "s", "mp3", {"MP3GAIN_UNDO": "+1,+1,N", "REPLAYGAIN_ALBUM_GAIN": "-1 dB", "mood": "calm"}
    )  # fmt: skip
    tags = id3.ID3(source)
    for name in ("iTunNORM", "iTunSMPB"):
        tags.add(id3.COMM(encoding=0, lang="eng", desc=name, text=[" 00000000 00000210 000007C0"]))
    tags.add(id3.TSSE(encoding=3, text=["LAME 3.100"]))
    tags.add(id3.TLEN(encoding=3, text=["123456"]))
    tags.save(source)
    encode.write(tmp_path / "t", QUIET, RATE_HZ, format=target, tags_of=source)
    assert told(tmp_path / "t") == {}
    assert read_tags(tmp_path / "t").texts == {"mood": "calm"}


@pytest.mark.parametrize("name", ["iTunNORM", "iTunSMPB", "Encoding Params"])
def test_atoms_of_the_old_sound_are_dropped(tmp_path: Path, name: str) -> None:
    source = source_of(tmp_path / "s", "m4a", {name: " 00000000 00000840 000001CA", "MOOD": "calm"})
    encode.write(tmp_path / "t", QUIET, RATE_HZ, format=Format.FLAC, tags_of=source)
    words = {key.lower() for key in mutagen.File(tmp_path / "t").tags.keys()}  # noqa: SIM118
    assert "mood" in words and not any(word.startswith(("itun", "encoding")) for word in words)


@pytest.mark.parametrize("sound", [np.zeros((2, 96_000), np.float32), noise(2, 9_600)], ids=["silence", "0.2 s"])
def test_where_there_is_no_loudness_none_is_told(tmp_path: Path, sound: np.ndarray) -> None:
    source = source_of(tmp_path / "s", "flac", OLD)
    encode.write(tmp_path / "t", sound, RATE_HZ, format=Format.FLAC, tags_of=source)
    assert told(tmp_path / "t") == {}


def test_copying_without_a_measurement_tells_none(tmp_path: Path) -> None:
    source = source_of(tmp_path / "s", "flac", OLD)
    encode.write(tmp_path / "t", QUIET, RATE_HZ, format=Format.FLAC)
    copy_tags(source, tmp_path / "t")
    assert told(tmp_path / "t") == {}

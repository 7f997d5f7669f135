"""A user's file that becomes a track as it is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.audio.encode import write
from engine.audio.kept import Kept, keep, kept_as
from engine.errors import AppError, Canceled, Code
from engine.parameters import Format

RATE_HZ = 44_100
SOUND = np.random.default_rng(1).uniform(-0.5, 0.5, (2, RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_its_bytes_stay_and_it_is_measured_as_if_it_were_written_here(
    format_: Format, bit_depth: Any, tmp_path: Path
) -> None:
    source, target = tmp_path / f"a.{format_}", tmp_path / f"b.{format_}"
    written = write(source, SOUND, RATE_HZ, format=format_, bit_depth=bit_depth, measure="levels")
    kept = kept_as(source)
    assert kept == Kept(format_, written.bit_depth)
    found = keep(target, source, kept, lambda: None)
    assert target.read_bytes() == source.read_bytes()
    for name in ("format", "bit_depth", "rate_hz", "layout", "samples", "levels", "peaks"):
        assert getattr(found, name) == getattr(written, name), name


def test_what_no_track_can_be_is_not_kept(tmp_path: Path) -> None:
    for name, subtype in (("a.aiff", "PCM_24"), ("a.wav", "PCM_U8"), ("b.wav", "PCM_32"), ("c.wav", "DOUBLE")):
        soundfile.write(tmp_path / name, SOUND.T, RATE_HZ, subtype=subtype)
        assert kept_as(tmp_path / name) is None, name
    (tmp_path / "d.wav").write_bytes(b"RIFF and no more")
    with pytest.raises(AppError) as caught:
        kept_as(tmp_path / "d.wav")
    assert caught.value.code is Code.UNSUPPORTED_AUDIO


def test_it_can_be_stopped(tmp_path: Path) -> None:
    def tick() -> None:
        raise Canceled

    source = tmp_path / "a.wav"
    write(source, SOUND, RATE_HZ, format=Format.WAV)
    with pytest.raises(Canceled):
        keep(tmp_path / "b.wav", source, Kept(Format.WAV, "24"), tick)

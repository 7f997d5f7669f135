"""What an encoder tells of its file is what decoding the file finds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio import decode, encode
from engine.audio.block import Audio
from engine.audio.layouts import STEREO, named
from engine.audio.loudness import LoudnessMeter
from engine.audio.peaks import PeakMeter
from engine.audio.tags import read_tags
from engine.parameters import Format
from tests.audio.sounds import noise

LAYOUTS = ["mono", "stereo", "2.1", "quad", "5.0", "5.1", "7.1", "FL+FR+TFL+TFC+TFR", "4 channels", "9 channels"]


def decoded(path: Path) -> dict[str, object]:
    with decode.open_source(path) as source:
        loudness, peaks = LoudnessMeter(source.rate_hz, source.layout), PeakMeter(source.rate_hz)
        for block in source.blocks():
            loudness.add(block)
            peaks.add(block)
    return {
        "rate_hz": source.rate_hz, "layout": source.layout, "samples": peaks.samples, "peaks": peaks.result(),
        "levels": loudness.result(),
    }  # fmt: skip


@given(
    kind=st.sampled_from(Format), depth=st.sampled_from(["16", "24", "32f"]), name=st.sampled_from(LAYOUTS),
    samples=st.integers(1, 60_000), level=st.sampled_from([0.0, 1e-5, 0.1, 0.9, 3.0]), cut=st.integers(1, 70_000),
    rate_hz=st.sampled_from([8000, 44_100, 48_000, 96_000]), rate_out=st.sampled_from(["original", "32000"]),
)  # fmt: skip
def test_it_is_what_decoding_finds(
    tmp_path: Path, kind: Format, depth: str, name: str, samples: int, level: float, cut: int, rate_hz: int,
    rate_out: str,
) -> None:  # fmt: skip
    layout, path = named(name), tmp_path / "x"
    sound = np.random.default_rng(1).normal(0, level, (layout.channels, samples)).astype(np.float32)
    blocks = (sound[:, start : start + cut] for start in range(0, samples, cut))
    how = {"format": kind, "bit_depth": depth, "layout": layout, "rate_out": rate_out}
    written = encode.write(path, blocks, rate_hz, measure="levels", **how)
    found = decoded(path)
    assert {name: getattr(written, name) for name in found} == found


class Opened:
    """How often each file is decoded, by name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.decoded: list[str] = []
        real = decode.CheckedSource.blocks

        def blocks(source: decode.CheckedSource, start_s: float = 0.0) -> object:
            self.decoded.append(source.format)
            return real(source, start_s)

        monkeypatch.setattr(decode.CheckedSource, "blocks", blocks)


@pytest.mark.parametrize("measure", ["nothing", "peaks", "levels"])
@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("kind", list(Format))
def test_what_was_written_is_decoded_once_at_most(
    tmp_path: Path, kind: Format, told: bool, measure: encode.Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of formats with loss, where something is to be known of them; also where tags tell the loudness."""
    sound: Audio = noise(2, 50_000)
    source = tmp_path / "source.flac"
    gain = {"replaygain_track_gain": "-3.00 dB"} if told else {}
    encode.write(source, sound, 48_000, format=Format.FLAC, tags={"title": "x"} | gain)
    opened = Opened(monkeypatch)
    written = encode.write(tmp_path / "x", sound, 48_000, format=kind, tags_of=source, measure=measure)
    known = kind in (Format.WAV, Format.FLAC) or (measure == "nothing" and not told)
    assert len(opened.decoded) == (0 if known else 1)
    assert (written.levels.true_peak_dbtp is not None) == (measure == "levels")
    assert (len(written.peaks["peaks"][0]) == 1000) == (measure != "nothing")
    gains = {name for name in read_tags(tmp_path / "x").values if name.endswith("track_gain")}
    assert bool(gains) == told and written.layout == STEREO


def test_a_header_that_says_something_else_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode.WavWriter, "close", lambda writer: None)
    with pytest.raises(RuntimeError, match="header"):
        encode.write(tmp_path / "x", noise(2, 5000), 48_000, format=Format.WAV)

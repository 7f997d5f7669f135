"""A promised true peak holds for the file as it is decoded."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.ceiling import EncodedPart, write_under
from engine.audio.decode import read
from engine.audio.loudness import measure
from engine.parameters import BitDepth, Format, SampleRate
from tests.stemmed import noise

RATE_HZ = 44_100
LOSSY = (Format.MP3, Format.OGG, Format.OPUS)


def limited(seconds: float = 3, channels: int = 2) -> Audio:
    """Noise under a beat, driven into a soft clipper up to full scale: between its samples lies more than in them."""
    sound = noise(seconds, 1, channels=channels, level=3)
    t = np.arange(sound.shape[1]) / RATE_HZ
    return np.tanh(sound * np.exp(-((t * 2) % 1) * 3)).astype(np.float32)


def clicks() -> Audio:
    """Single samples, half way between which another rate finds more than there is."""
    sound = np.zeros((2, RATE_HZ), np.float32)
    sound[:, 1000::1733] = 0.95
    sound[:, 1001::1733] = 0.95
    return sound


def kept(
    path: Path, sound: Audio, kind: Format, bit_depth: BitDepth = "24", rate: SampleRate = "original", at: float = -1.0
) -> tuple[float, float, int]:
    """True peak of the decoded file in dBTP, dB that it was lowered by, samples cut off."""
    wish = {"format": kind, "bit_depth": bit_depth, "rate_out": rate}
    (made,), lowered_db = write_under([EncodedPart(path, sound, wish)], RATE_HZ, at)
    peak_dbtp = measure(*read(path)).true_peak_dbtp
    assert peak_dbtp is not None and made.levels.true_peak_dbtp == pytest.approx(peak_dbtp, abs=1e-6)
    return peak_dbtp, lowered_db, made.clipped


@pytest.mark.parametrize("rate", ["original", "48000", "16000"])
@pytest.mark.parametrize("make", [limited, clicks])
@pytest.mark.parametrize("kind", list(Format))
def test_no_format_and_no_rate_passes_the_ceiling(
    tmp_path: Path, kind: Format, make: Callable[[], Audio], rate: SampleRate
) -> None:
    sound = make()
    own_dbtp = measure(sound, RATE_HZ).true_peak_dbtp
    assert own_dbtp is not None
    ceiling_dbtp = min(0.0, own_dbtp)
    peak_dbtp, lowered_db, clipped = kept(tmp_path / "x", sound, kind, "16", rate, ceiling_dbtp)
    assert peak_dbtp <= ceiling_dbtp and clipped == 0
    assert lowered_db < max(0.0, own_dbtp - ceiling_dbtp) + 3


FORMATS: list[tuple[Format, BitDepth]] = [
    (Format.WAV, "16"), (Format.FLAC, "24"), (Format.WAV, "32f"), (Format.OGG, "24"),
]  # fmt: skip


@pytest.mark.parametrize("gain_db", [-20, -3, 0, 6, 40])
@pytest.mark.parametrize(("kind", "bit_depth"), FORMATS)
def test_a_hot_source_comes_down_whole_and_a_quiet_one_stays(
    tmp_path: Path, gain_db: float, kind: Format, bit_depth: BitDepth
) -> None:
    sound = limited() * np.float32(10 ** (gain_db / 20))
    own_dbtp = measure(sound, RATE_HZ).true_peak_dbtp
    assert own_dbtp is not None
    peak_dbtp, lowered_db, clipped = kept(tmp_path / "x", sound, kind, bit_depth)
    assert peak_dbtp <= -1 and clipped == 0
    assert lowered_db == pytest.approx(max(0.0, own_dbtp + 1), abs=0.05 if kind not in LOSSY else 1.0)
    if kind not in LOSSY:
        back = read(tmp_path / "x")[0]
        assert np.abs(back - sound * 10 ** (-lowered_db / 20)).max() < 1e-4


def test_several_files_come_down_together(tmp_path: Path) -> None:
    loud, soft = limited() * np.float32(2), limited() * np.float32(0.5)
    wish = {"format": Format.WAV, "bit_depth": "16"}
    parts = [EncodedPart(tmp_path / "soft", soft, wish), EncodedPart(tmp_path / "loud", loud, wish)]
    (low, high), lowered_db = write_under(parts, RATE_HZ, -1.0)
    assert low.levels.true_peak_dbtp is not None and high.levels.true_peak_dbtp is not None
    assert high.levels.true_peak_dbtp == pytest.approx(-1, abs=0.05)
    assert high.levels.true_peak_dbtp - low.levels.true_peak_dbtp == pytest.approx(20 * np.log10(4), abs=0.01)
    assert lowered_db == pytest.approx(measure(loud, RATE_HZ).true_peak_dbtp + 1, abs=0.05)  # type: ignore[operator]


def test_silence_and_no_ceiling_are_left_alone(tmp_path: Path) -> None:
    for sound, ceiling_dbtp in ((np.zeros((2, 4410), np.float32), -1.0), (2 * limited(1), None)):
        part = EncodedPart(tmp_path / "x", sound, {"format": Format.WAV, "bit_depth": "32f"})
        assert write_under([part], RATE_HZ, ceiling_dbtp)[1] == 0
        assert np.array_equal(read(tmp_path / "x")[0], sound)

"""What every command makes of peaks over full scale, and of a true peak that it promises: in files, as decoded."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.audio.decode import read
from engine.audio.loudness import measure
from engine.library.record import Record
from tests.conftest import Running
from tests.stemmed import RATE_HZ, noise

MODELS = ("htdemucs",)

HOT = 3 * noise(3, 1)[:, : 3 * RATE_HZ] * np.linspace(0.2, 1, 3 * RATE_HZ, dtype=np.float32)
"""Up to 0.9 beyond full scale, as float files may be."""
WISHES: dict[str, dict[str, Any]] = {"upscale": {"model": "resample"}, "split": {"residual": True}}


@pytest.fixture(scope="module")
def hot(running: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sounds") / "hot.wav"
    soundfile.write(path, 2 * HOT.T, RATE_HZ, subtype="FLOAT")
    return running.upload(path)


def made(running: Running, command: str, **params: Any) -> tuple[Record, float, Path]:
    """The record, the file's true peak as decoded, and the file."""
    record = running.made(command, **params)
    path = running.audio(record.id)
    peak_dbtp = measure(*read(path)).true_peak_dbtp
    assert peak_dbtp is not None
    return record, peak_dbtp, path


@pytest.mark.parametrize(
    ("command", "kind"), [("upscale", "wav"), ("upscale", "mp3"), ("split", "wav"), ("split", "ogg")]
)
def test_a_hot_source_is_cut_off_or_comes_down_as_wished(running: Running, hot: str, command: str, kind: str) -> None:
    wish = {"source": hot, "format": kind, "bit_depth": "24", **WISHES[command]}
    kept, _, _ = made(running, command, **wish)
    assert kept.levels.clipped_samples > 1000 and kept.levels.lowered_db == 0
    lowered, peak_dbtp, path = made(running, command, **wish, peaks="lower")
    assert peak_dbtp <= -1 and lowered.levels.clipped_samples == 0 and lowered.levels.lowered_db > 5
    if command == "split":
        folder = running.settings.output / "stems" / lowered.name
        stems = [read(folder / stem.file)[0] for stem in lowered.stems]
        assert all(measure(stem, RATE_HZ).true_peak_dbtp <= -1 for stem in stems if stem.any())  # type: ignore[operator]
        assert not any(stem.clipped_samples for stem in lowered.stems)
        if kind == "wav":  # one gain for all: they still add up to the whole
            whole = read(path)[0]
            assert np.abs(sum(stems) - whole).max() < 1e-4 and np.abs(whole).max() < 0.9


@pytest.mark.parametrize("kind", ["wav", "mp3", "ogg", "opus"])
@pytest.mark.parametrize("rate", ["original", "48000"])
def test_a_match_keeps_its_ceiling_in_the_decoded_file(running: Running, hot: str, kind: str, rate: str) -> None:
    style = '{"lufs": {"target_db": -6}, "limiter": {"tp_db": -1}}'
    record, peak_dbtp, _ = made(running, "match", source=hot, style=style, format=kind, sample_rate=rate)
    assert peak_dbtp <= record.details["match"]["ceiling_dbtp"] == -1
    assert record.levels.true_peak_dbtp == pytest.approx(peak_dbtp, abs=0.01)
    assert record.levels.lowered_db <= (0 if kind == "wav" else 2)


@pytest.mark.parametrize("kind", ["wav", "mp3", "ogg", "opus"])
@pytest.mark.parametrize("rate", ["original", "32000"])
def test_a_composed_piece_keeps_its_ceiling_in_the_decoded_file(running: Running, kind: str, rate: str) -> None:
    wish = {"prompt": "loud rock with drums", "duration": 6, "seed": 3, "format": kind, "sample_rate": rate}
    record, peak_dbtp, _ = made(running, "generate", **wish)
    assert peak_dbtp <= -1 and record.levels.clipped_samples == 0 and record.levels.lowered_db < 2


def test_a_clip_that_is_appended_to_is_cut_off_or_comes_down_as_wished(running: Running, hot: str) -> None:
    wish = {"prompt": "calm piano", "duration": 2, "seed": 1, "continuation_source": hot}
    kept, _, _ = made(running, "generate", **wish)
    assert kept.levels.clipped_samples > 1000
    lowered, peak_dbtp, _ = made(running, "generate", **wish, peaks="lower")
    assert peak_dbtp <= -1 and lowered.levels.clipped_samples == 0 and lowered.levels.lowered_db > 5


def test_the_same_wish_gives_the_same_bytes(running: Running, hot: str) -> None:
    wish = {"source": hot, "model": "resample", "format": "ogg", "peaks": "lower", "seed": 1}
    first, second = (made(running, "upscale", **wish)[2].read_bytes() for _ in range(2))
    assert first == second


def test_records_of_earlier_versions_were_never_lowered(running: Running, hot: str) -> None:
    record, _, _ = made(running, "upscale", source=hot, model="resample")
    old = record.model_dump(mode="json")
    del old["levels"]["lowered_db"]
    assert Record.model_validate(old).levels.lowered_db == 0

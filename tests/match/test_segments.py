"""A match in segments against one piece: every rate, layout and ragged length, with all parts of the chain at work."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.decode import open_source
from engine.audio.encode import write
from engine.audio.processor import BLOCK
from engine.context import Segment
from engine.library.inputs import Input
from engine.match import COMMAND, segments
from engine.match.params import MatchParams
from engine.match.render import Report, before_gain
from engine.match.run import run
from engine.match.style import StyleParams
from engine.match.subsonic import Subsonic
from engine.parameters import Format
from tests.fake_job import FakeJob
from tests.segmenting import SegmentingJob

SOURCE = "track:" + "1" * 32
WHOLE = StyleParams.model_validate(
    {
        "alignment": {"delay_s": 0.01, "polarity": -1, "swap_channels": True},
        "eq": [
            {"f_hz": 1000, "gain_db": 6},
            {"type": "low_shelf", "f_hz": 90, "gain_db": -4},
            {"f_hz": 30, "q": 3, "gain_db": 9},
        ],
        "side_eq": [{"type": "high_shelf", "f_hz": 3000, "gain_db": 5}, {"f_hz": 250, "gain_db": -7}],
        "compressor": {
            "bands": [
                {"high_hz": 300, "ratio": 4, "threshold_db": -40, "release_ms": 90},
                {"ratio": 2, "threshold_db": -40},
            ]
        },
        "exciter": {"amount": 0.4},
        "reverb": {"mix": 0.3, "rt60_s": 1.5, "pre_delay_ms": 20},
        "stereo": {"bands": [{"high_hz": 300, "width": 0.6}, {"width": 1.4}]},
        "lufs": {"target_db": -12},
    }
)  # fmt: skip
SEGMENT_S = 10.0


def music(samples: int, channels: int, rate_hz: int) -> Audio:
    """Chords, a beat, breath, and stretches that are loud, soft and silent: what a compressor remembers matters."""
    t = np.arange(samples) / rate_hz
    dice = np.random.default_rng(channels + rate_hz)
    roots = np.array([55.0, 65.4, 49.0, 73.4])[(t // 2).astype(int) % 4]
    chord = sum(np.sin(2 * np.pi * np.cumsum(roots * n) / rate_hz) / n for n in (1, 2, 3, 5, 8))
    beat = np.sin(2 * np.pi * 50 * t) * np.exp(-((t * 2) % 1) * 9)
    level = np.array([0.05, 0.6, 1.0, 0.2, 0.0, 0.8])[(t // 3.3).astype(int) % 6]
    rows = [
        level * (0.2 * chord * dice.uniform(0.5, 1) + 0.4 * beat + 0.05 * dice.standard_normal(samples))
        for _ in range(channels)
    ]
    return (0.5 * np.array(rows)).astype(np.float32)


def null_db(made: Audio, whole: Audio) -> float:
    """What is left of the difference, against the whole."""
    assert made.shape == whole.shape
    left = np.square(made - whole, dtype=np.float64).mean()
    return 10 * math.log10(max(float(left / np.square(whole, dtype=np.float64).mean()), 1e-30))


def sound_at(folder: Path, sound: Audio, rate_hz: int) -> Path:
    path = folder / "song.wav"
    write(path, sound, rate_hz, format=Format.WAV, bit_depth="32f")
    return path


def in_segments(
    path: Path, style: StyleParams, rate_hz: int, below: Subsonic | None = None, **work: Any
) -> tuple[Audio, Report, list[Segment]]:
    """The result of all in front of the gain, cut."""
    with open_source(path) as file:
        own_hz, samples = file.rate_hz, sum(block.shape[1] for block in file.blocks())
    job = SegmentingJob(path.parent, COMMAND, MatchParams(source=SOURCE, style=style.model_dump_json()))
    job.inputs[SOURCE] = Input(path)
    cut = segments.segments_of(style, below, samples / own_hz, own_hz, rate_hz)
    made, report = job.segments([dataclasses.replace(each, work={**each.work, **work}) for each in cut]), Report()
    return np.concatenate(list(segments.joined(made, report)), axis=1), report, cut


def in_one_piece(path: Path, style: StyleParams, rate_hz: int, below: Subsonic | None = None) -> tuple[Audio, Report]:
    report = Report()
    with open_source(path) as file:
        layout = file.layout
    sound = segments.blocks(path, rate_hz=rate_hz)
    sound = sound if below is None else below.removed(sound, rate_hz)
    return np.concatenate(list(before_gain(sound, rate_hz, layout, style, None, report)), axis=1), report


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_S", SEGMENT_S)
    monkeypatch.setattr(segments, "LONG_S", 0.0)


@pytest.mark.parametrize(("rate_hz", "channels"), [(44_100, 2), (48_000, 6), (96_000, 1)])
def test_segments_are_as_one_piece(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = sound_at(tmp_path, music(round(33.3 * rate_hz), channels, rate_hz), rate_hz)
    made, report, cut = in_segments(path, WHOLE, rate_hz)
    whole, expected = in_one_piece(path, WHOLE, rate_hz)
    assert len(cut) == 4 and cut[0].start_s == 0 and [a.end_s for a in cut[:-1]] == [b.start_s for b in cut[1:]]
    assert null_db(made, whole) < -100
    assert report.tail_samples == expected.tail_samples
    assert np.abs(np.array(report.compressor_gain_db) - np.array(expected.compressor_gain_db)).max() < 1e-3


@pytest.mark.parametrize(("more", "delay_s"), [(0, 0.0), (1, 0.01), (-1, -2.5), (441, 12.0), (1, -12.0)])
def test_ragged_lengths(tmp_path: Path, more: int, delay_s: float) -> None:
    rate_hz, step = 44_100, round(SEGMENT_S * 44_100 / BLOCK) * BLOCK
    style = WHOLE.model_copy(update={"alignment": WHOLE.alignment.model_copy(update={"delay_s": delay_s})})
    path = sound_at(tmp_path, music(2 * step + more + round(delay_s * rate_hz), 1, rate_hz), rate_hz)
    made, _, cut = in_segments(path, style, rate_hz)
    assert len(cut) == 2 + (more > 0)
    assert null_db(made, in_one_piece(path, style, rate_hz)[0]) < -100


@pytest.mark.parametrize(("own_hz", "rate_hz"), [(44_100, 96_000), (48_000, 44_100), (44_100, 44_100)])
def test_another_rate_and_what_lies_below_hearing(tmp_path: Path, own_hz: int, rate_hz: int) -> None:
    sound = music(45 * own_hz, 2, own_hz)
    sound += (0.05 + 0.2 * np.sin(2 * np.pi * 7.3 * np.arange(sound.shape[1]) / own_hz)).astype(np.float32)
    path, below = sound_at(tmp_path, sound, own_hz), Subsonic((0.05, 0.04), rumble=True)
    made, _, cut = in_segments(path, WHOLE, rate_hz, below)
    assert len(cut) == 5 and null_db(made, in_one_piece(path, WHOLE, rate_hz, below)[0]) < -100


def test_it_is_the_warm_up_that_does_it(tmp_path: Path) -> None:
    path = sound_at(tmp_path, music(33 * 44_100, 2, 44_100), 44_100)
    whole = in_one_piece(path, WHOLE, 44_100)[0]
    without = in_segments(path, WHOLE, 44_100, warm_up=0)[0]
    assert null_db(without, whole) > -60


def test_what_is_to_be_one_piece_is() -> None:
    def count(style: dict[str, Any], duration_s: float = 1000.0) -> int:
        return len(segments.segments_of(StyleParams.model_validate(style), None, duration_s, 44_100, 44_100))

    assert count({}) > 90
    assert count({"pitch": {"semitones": 1}}) == 0
    assert count({"reverb": {"rt60_s": 10, "mix": 0.1}, "compressor": {"bands": [{"release_ms": 5000}]}}) == 0


def test_a_whole_match_is_the_same(tmp_path: Path) -> None:
    path = sound_at(tmp_path, music(34 * 48_000, 2, 48_000), 48_000)
    params = MatchParams(source=SOURCE, style=WHOLE.model_dump_json())
    alone, cut = FakeJob(tmp_path), SegmentingJob(tmp_path, COMMAND, params)
    for job in (alone, cut):
        job.inputs[SOURCE] = Input(path)
        run(params, job)
    assert len(cut.made) == 4
    (one,), (other,) = alone.tracks, cut.tracks
    assert null_db(other["audio"], one["audio"]) < -100
    facts, expected = other["details"]["match"], one["details"]["match"]
    assert facts["gain_db"] == pytest.approx(expected["gain_db"], abs=1e-3)
    assert facts["metrics"]["after"]["limiter_rate"] == pytest.approx(
        expected["metrics"]["after"]["limiter_rate"], abs=1e-4
    )
    assert np.shape(facts["charts"]["gain_reduction"]) == np.shape(expected["charts"]["gain_reduction"])


@pytest.mark.slow
@pytest.mark.usefixtures("only_full")
def test_segments_of_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 240 + 1 / 44_100
    monkeypatch.undo()
    path = sound_at(tmp_path, music(round(seconds * 44_100), 2, 44_100), 44_100)
    made, _, cut = in_segments(path, WHOLE, 44_100)
    assert len(cut) == math.ceil((seconds - 0.01) * 44_100 / (81 * BLOCK))
    assert null_db(made, in_one_piece(path, WHOLE, 44_100)[0]) < -100

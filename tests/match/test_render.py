"""A whole rendering: independence of blocks, lengths, loudness, odd inputs, memory."""

import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audio.block import Audio
from engine.audio.loudness import measure
from engine.errors import AppError, Code
from engine.match.render import Report, render
from engine.match.style import StyleParams
from tests.audio.sounds import cut

WHOLE = StyleParams.model_validate(
    {
        "alignment": {"delay_s": 0.01, "polarity": -1, "swap_channels": True},
        "pitch": {"semitones": 1},
        "eq": [{"f_hz": 1000, "gain_db": 6}, {"type": "low_shelf", "f_hz": 90, "gain_db": -4}],
        "side_eq": [{"type": "high_shelf", "f_hz": 3000, "gain_db": 5}, {"f_hz": 250, "gain_db": -7}],
        "compressor": {"bands": [{"high_hz": 300, "ratio": 4, "threshold_db": -30}, {"ratio": 2}]},
        "exciter": {"amount": 0.4},
        "reverb": {"mix": 0.3, "rt60_s": 1.5},
        "stereo": {"bands": [{"high_hz": 300, "width": 0.6}, {"width": 1.4}]},
        "lufs": {"target_db": -12},
    }
)
PLAIN = StyleParams(limiter=None)


def noise(channels: int, samples: int, level: float = 0.1) -> Audio:
    return (level * np.random.default_rng(1).standard_normal((channels, samples))).astype(np.float32)


def rendered(audio: Audio, rate_hz: int, style: StyleParams, report: Report | None = None) -> Audio:
    return np.concatenate(list(render(audio, rate_hz, audio.shape[0], style, report=report)), axis=1)


SOUND = noise(2, 90_000)
ONCE = rendered(SOUND, 44100, WHOLE)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.integers(1, 70_000), st.just(1_000_000)), min_size=1, max_size=5).filter(
    lambda sizes: sum(sizes) > 200 * len(sizes)))  # fmt: skip
def test_how_the_input_is_cut_never_shows(sizes: list[int]) -> None:
    out = np.concatenate(list(render(cut(SOUND, sizes), 44100, 2, WHOLE)), axis=1)
    assert (out == ONCE).all()


@pytest.mark.parametrize("size", [1, 7, 32767, 32769, 1_000_000])
def test_single_sizes_never_show(size: int) -> None:
    sound = SOUND[:, :40_000]
    out = np.concatenate(list(render(cut(sound, [size]), 44100, 2, WHOLE)), axis=1)
    assert (out == rendered(sound, 44100, WHOLE)).all()


def test_nothing_asked_is_nothing_done() -> None:
    assert (rendered(SOUND, 44100, PLAIN) == SOUND).all()
    assert (rendered(SOUND, 44100, StyleParams()) == SOUND).all()


def test_latency_is_made_up_for() -> None:
    style = StyleParams.model_validate(
        {
            "compressor": {"bands": [{"high_hz": 300, "ratio": 1}, {"ratio": 1}]},
            "stereo": {"bands": [{"high_hz": 300, "width": 1}, {"width": 1.4}]},
        }
    )
    sound = np.zeros((2, 50_000), np.float32)
    sound[:, 30_000] = 0.5
    out = rendered(sound, 44100, style)
    assert out.shape == sound.shape
    assert np.abs(out - sound).max() < 1e-5


@pytest.mark.parametrize(("rt60_s", "expected_s"), [(0.2, 1.0), (2.5, 2.5)])
def test_tail_is_kept_where_there_is_a_room(rt60_s: float, expected_s: float) -> None:
    report = Report()
    style = StyleParams.model_validate({"reverb": {"rt60_s": rt60_s, "mix": 0.3}})
    out = rendered(noise(2, 16_000), 16_000, style, report)
    assert report.tail_samples == round(expected_s * 16_000) == out.shape[1] - 16_000
    assert report.samples == out.shape[1]
    assert np.abs(out[:, 16_000 : 16_000 + 1000]).max() > 1e-3
    assert np.abs(out[:, -100:]).max() < 1e-3


@pytest.mark.parametrize("delay", [700, -40_000])
def test_alignment_is_undone(delay: int) -> None:
    style = StyleParams.model_validate(
        {"alignment": {"delay_s": delay / 44100, "polarity": -1, "swap_channels": True}, "limiter": None}
    )
    sound = SOUND if delay < 0 else np.concatenate([np.zeros((2, delay), np.float32), SOUND], axis=1)
    out = rendered(sound, 44100, style)
    assert (out[:, max(0, -delay) :] == -SOUND[::-1]).all()
    assert out.shape[1] == SOUND.shape[1] + max(0, -delay)


@pytest.mark.parametrize("target_db", [-23.0, -18.0, -14.0])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_loudness_is_met_under_the_ceiling(target_db: float, channels: int) -> None:
    """A sound with strong beats: the limiter has work at the louder targets."""
    beat = 0.02 + np.exp(-(np.arange(44100 * 4) % 22050) / 9000)
    sound = noise(channels, 44100 * 4, 0.2) * beat.astype(np.float32)
    report = Report()
    out = rendered(sound, 44100, StyleParams.model_validate({"lufs": {"target_db": target_db}}), report)
    levels = measure(out, 44100)
    assert levels.loudness_lufs == pytest.approx(target_db, abs=0.2)
    assert levels.loudness_lufs == pytest.approx(report.loudness_lufs, abs=0.05)
    assert levels.true_peak_dbtp is not None and levels.true_peak_dbtp <= -1
    assert (report.limited_share > 0) == (min(report.limiter_gain_db) < 0)


def test_loudness_out_of_reach_is_said_and_not_forced() -> None:
    beats = np.zeros((1, 44100 * 3), np.float32)
    beats[:, ::22050] = 0.9
    report = Report()
    out = rendered(beats, 44100, StyleParams.model_validate({"lufs": {"target_db": -8}}), report)
    levels = measure(out, 44100)
    assert levels.true_peak_dbtp is not None and levels.true_peak_dbtp <= -1
    assert report.loudness_lufs == pytest.approx(levels.loudness_lufs, abs=0.05) and report.loudness_lufs < -20


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_ebu_check_signals(segments: list[tuple[float, float]], expected: float) -> None:
    """EBU Tech 3341, cases 1 to 5: what the first pass measures is within 0.1 LU."""
    levels = np.concatenate([np.full(round(s * 48000), 10 ** (level / 20)) for level, s in segments])
    tone = levels * np.sin(2 * math.pi * 1000 * np.arange(len(levels)) / 48000)
    report = Report()
    out = rendered(np.float32(np.stack([tone, tone])), 48000, StyleParams.model_validate({"lufs": {"target_db": -20}}),
                   report)  # fmt: skip
    assert report.loudness_before_lufs == pytest.approx(expected, abs=0.1)
    assert measure(out, 48000).loudness_lufs == pytest.approx(-20, abs=0.15)


@pytest.mark.parametrize("rate_hz", [8000, 44100, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 5, 6, 8])
def test_any_shape(rate_hz: int, channels: int) -> None:
    out = rendered(noise(channels, rate_hz // 2), rate_hz, WHOLE)
    assert out.shape == (channels, rate_hz // 2 - round(0.01 * rate_hz) + round(1.5 * rate_hz))
    assert np.isfinite(out).all() and np.abs(out).max() > 0.01
    peak = measure(out, rate_hz).true_peak_dbtp
    assert peak is not None and peak <= -1


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_silence_and_dc(value: float) -> None:
    report = Report()
    out = rendered(np.full((2, 44100), value, np.float32), 44100, WHOLE.model_copy(update={"alignment": None}), report)
    assert np.isfinite(out).all()
    assert out.shape[1] == 44100 + report.tail_samples
    if not value:
        assert not out.any() and report.gain_db == 0 and report.loudness_lufs is None


def test_one_sample_none_and_clipped() -> None:
    style = WHOLE.model_copy(update={"alignment": None})
    one = rendered(np.ones((1, 1), np.float32), 44100, style)
    assert one.shape == (1, 1 + round(1.5 * 44100)) and np.isfinite(one).all()
    assert list(render(iter([]), 44100, 2, style)) == []
    clipped = rendered(np.clip(noise(2, 44100, 3), -1, 1), 44100, style)
    peak = measure(clipped, 44100).true_peak_dbtp
    assert peak is not None and peak <= -1


def test_what_cannot_be_rendered_is_refused() -> None:
    with pytest.raises(ValueError, match="7999 Hz, 2 channels"):
        list(render(SOUND, 7999, 2, PLAIN))
    with pytest.raises(ValueError, match="44100 Hz, 9 channels"):
        list(render(noise(9, 10), 44100, 9, PLAIN))
    with pytest.raises(AppError) as refused:
        list(render(np.full((1, 10), np.nan, np.float32), 44100, 1, PLAIN))
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "not_finite")
    key = "track:" + "0" * 32
    with pytest.raises(ValueError, match="impulse response"):
        list(render(SOUND, 44100, 2, StyleParams.model_validate({"reverb": {"ir_key": key}})))


def test_given_response_is_the_room() -> None:
    key = "upload:" + "0" * 32
    style = StyleParams.model_validate({"reverb": {"ir_key": key, "mix": 1}, "limiter": None})
    sound = noise(2, 1000)
    out = np.concatenate(list(render(sound, 44100, 2, style, impulse_response=np.array([[0, 0, 2.0]]))), axis=1)
    assert out[:, 2:1002] == pytest.approx(sound, abs=1e-6)
    assert out.shape[1] == 1000 + 44100


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    def peak_of(blocks: int) -> int:
        tracemalloc.start()
        for _ in render((SOUND[:, :32768] for _ in range(blocks)), 44100, 2, WHOLE, scratch_dir=tmp_path):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_of(2)
    # how full the queues between the threads get is a matter of chance: as many blocks have it in both
    assert peak_of(120) < 1.1 * max(peak_of(30) for _ in range(4))


def test_work_can_be_stopped_and_the_same_work_is_told_in_any_case() -> None:
    class StopError(Exception):
        pass

    heard: list[int] = []

    def tick(samples: int) -> None:
        heard.append(samples)
        if sum(heard) > 100_000:
            raise StopError

    with pytest.raises(StopError):
        for _ in render(SOUND, 44100, 2, WHOLE, tick=tick):
            pass
    assert sum(heard) < 150_000

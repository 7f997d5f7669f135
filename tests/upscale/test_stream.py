"""The streams around an engine: joins, level, bounded memory, the untouched low band."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.block import Audio
from engine.audio.effects import holes
from engine.audio.layouts import STEREO
from engine.upscale.bandwidth import BandwidthMeter
from engine.upscale.harmonic import Harmonic
from engine.upscale.memory import tier
from engine.upscale.splice import Filter, filtered, high_pass, low_pass
from engine.upscale.stream import OVERLAP_S, Excerpt, Restoration, UpscaleSource, examine
from engine.upscale.vocal import PRESETS, Voice, voiced
from tests.audio.sounds import cut, noise
from tests.split.made_sources import written

RATE_HZ = 48_000
CUTOFF_HZ = 6000.0


class StandIn:
    """An engine whose windows differ: noise of their own on top, another low band, another offset."""

    device_key = "stand-in"
    rate_hz, grid = RATE_HZ, 1000

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.lengths: list[int] = []
        self.starts: list[int | None] = []

    def load(self, job: Any) -> None: ...

    def dispose(self) -> None: ...

    def restore(
        self,
        sound: Audio,
        *,
        cutoff_hz: float,
        peak: float,
        seed: int,
        start: int | None,
        tick: Callable[[float], None],
    ) -> Audio:
        self.starts.append(start)
        self.lengths.append(sound.shape[1])
        draw = np.random.default_rng(len(self.lengths)).standard_normal(sound.shape).astype(np.float32)
        return sound * np.float32(0.8 + 0.1 * len(self.lengths)) + 0.05 * draw + np.float32(0.1)


def made_of(path: Path, engine: Any, window_s: float = 5.0, **values: Any) -> tuple[Restoration, np.ndarray]:
    source = examine(path, Excerpt(), lambda samples: None)
    settings = {"target_hz": RATE_HZ, "cutoff_hz": CUTOFF_HZ, "window_s": window_s, "seed": 1, **values}
    restoration = Restoration(source, engine, **settings)
    return restoration, np.concatenate(list(restoration.stream(lambda share: None)), axis=1)


def test_joins_are_not_heard(tmp_path: Path) -> None:
    sound = filtered(noise(2, 21 * RATE_HZ) * 0.2, low_pass(CUTOFF_HZ, RATE_HZ)) + np.float32(0.02)
    restoration, made = made_of(written(tmp_path / "a.wav", sound, RATE_HZ), StandIn())
    windows = restoration.windows()
    assert restoration.engine.starts == [start for start, _ in windows]
    assert all(start % StandIn.grid == 0 for start, _ in windows)
    assert len(windows) >= 5 and made.shape == sound.shape
    treble = filtered(made, high_pass(1.2 * CUTOFF_HZ, RATE_HZ))
    size = RATE_HZ // 20
    level = 10 * np.log10(np.square(treble[:, : made.shape[1] // size * size]).reshape(2, -1, size).mean(axis=2))
    at_joins = np.zeros(level.shape[1], bool)
    for start, _ in windows[1:]:
        at_joins[start // size : (start + round(OVERLAP_S * RATE_HZ)) // size + 1] = True
    inside = level[:, ~at_joins][:, 2:-2]
    assert abs(level[:, at_joins].mean() - inside.mean()) < 0.2  # no ducking
    assert level[:, at_joins].min() > inside.min() - 0.5 and level[:, at_joins].max() < inside.max() + 0.5
    flux = np.abs(np.diff(level, axis=1))
    assert flux[:, at_joins[1:]].max() <= 1.2 * flux[:, ~at_joins[1:]][:, 2:-2].max()


def test_the_low_band_is_the_sources_own(tmp_path: Path) -> None:
    sound = filtered(noise(2, 9 * RATE_HZ) * 0.2, low_pass(CUTOFF_HZ, RATE_HZ)) + np.float32(0.02)
    restoration, made = made_of(written(tmp_path / "a.wav", sound, RATE_HZ), StandIn())
    changed = filtered(made - sound, low_pass(CUTOFF_HZ / 2 ** (1 / 3), RATE_HZ))
    assert 10 * np.log10(np.square(changed).mean() / np.square(sound).mean()) < -90
    assert restoration.difference.low_band_db is not None and restoration.difference.low_band_db < -90


def test_windows_of_the_built_in_engine_agree_where_they_overlap(tmp_path: Path) -> None:
    sound = filtered(noise(1, 12 * RATE_HZ) * 0.2, low_pass(CUTOFF_HZ, RATE_HZ))
    path = written(tmp_path / "a.wav", sound, RATE_HZ)
    whole, cut = (made_of(path, Harmonic(), window_s)[1] for window_s in (30.0, 5.0))
    assert np.abs(whole - cut).max() < 0.02 * np.abs(whole).max()
    assert np.abs(whole).max() < 1.25 * np.abs(sound).max()


def test_silence_costs_nothing(tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros((1, 12 * RATE_HZ), np.float32), noise(1, 4 * RATE_HZ) * 0.1], axis=1)
    engine = StandIn()
    restoration, made = made_of(written(tmp_path / "a.wav", sound, RATE_HZ), engine)
    assert 0 < len(engine.lengths) < len(restoration.windows()) and not made[:, : 7 * RATE_HZ].any()


@pytest.mark.slow
def test_hours_pass_in_bounded_memory(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    seconds = 7200 if full else 90
    block = (noise(2, RATE_HZ) * 0.1).astype(np.float32)

    def endless(source: UpscaleSource, skip_s: float = 0.0) -> Iterator[Audio]:
        for _ in range(seconds):
            yield block

    monkeypatch.setattr(UpscaleSource, "blocks", endless)
    source = UpscaleSource(Path("x"), Excerpt(), RATE_HZ, STEREO, seconds * RATE_HZ, 0.5, CUTOFF_HZ, -20.0)
    restoration = Restoration(source, StandIn(), RATE_HZ, CUTOFF_HZ, 5.0, 1)
    tracemalloc.start()
    count = sum(part.shape[1] for part in restoration.stream(lambda share: None))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == seconds * RATE_HZ and most < 120e6


@pytest.mark.parametrize("cutoff_hz", [3400.0, 4000.0, 8000.0, 11_000.0, 16_000.0])
def test_a_cut_off_is_found(cutoff_hz: float) -> None:
    meter = BandwidthMeter(RATE_HZ)
    meter.add(filtered(noise(2, 4 * RATE_HZ) * 0.2, low_pass(cutoff_hz, RATE_HZ)))
    assert 0.93 * cutoff_hz < meter.cutoff_hz() < 1.13 * cutoff_hz


def test_a_filter_does_not_care_how_its_stream_is_cut() -> None:
    sound, taps = noise(2, 70_001), high_pass(5000, RATE_HZ)
    whole = filtered(sound, taps)
    pieces = Filter(taps).chain(2).stream([sound[:, :1], sound[:, 1:50_000], sound[:, 50_000:]])
    assert whole.shape == sound.shape and np.abs(np.concatenate(list(pieces), axis=1) - whole).max() < 1e-6


CUTS = st.lists(st.integers(1, 1_000_000), min_size=1, max_size=4).filter(lambda sizes: sum(sizes) > 400 * len(sizes))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([8000, 16_000, 44_100, 48_000, 96_000, 192_000]),
    st.integers(1, 8),
    st.integers(0, 99_999),
    st.sampled_from(sorted(PRESETS)),
    CUTS,
)
def test_voices_stay_whole_and_in_step_however_they_are_cut(
    rate_hz: int, channels: int, at: int, preset: str, sizes: list[int]
) -> None:
    impulse = np.zeros((channels, 100_000), np.float32)
    impulse[:, at] = 0.3
    made = np.concatenate(list(voiced(cut(impulse, sizes), rate_hz, PRESETS[preset])), axis=1)
    assert made.shape == impulse.shape
    assert set(np.abs(made).argmax(axis=1)) == {at}
    music = 0.1 * np.sin(np.arange(100_000) * 0.05 + np.arange(channels)[:, None]) + 0.02
    music[:, 50_000:50_300] *= 3  # the largest steps are here
    whole = np.concatenate(list(voiced([music.astype(np.float32)], rate_hz, PRESETS[preset])), axis=1)
    pieces = np.concatenate(list(voiced(cut(music.astype(np.float32), sizes), rate_hz, PRESETS[preset])), axis=1)
    assert (pieces == whole).all()
    assert holes(whole) == []
    steps = np.abs(np.diff(whole, axis=1)).max(axis=0)
    block = Voice(rate_hz, channels, PRESETS[preset]).block
    assert steps[np.arange(block, 100_000, block) - 1].max() <= np.quantile(steps, 0.999)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([8000, 44_100, 192_000]), st.integers(1, 8), st.integers(0, 69_999), st.booleans(), CUTS)
def test_a_filters_impulse_comes_out_where_it_went_in(
    rate_hz: int, channels: int, at: int, is_high: bool, sizes: list[int]
) -> None:
    taps = (high_pass if is_high else low_pass)(0.2 * rate_hz, rate_hz)
    impulse = np.zeros((channels, 70_000), np.float32)
    impulse[:, at] = 0.3
    made = np.concatenate(list(Filter(taps).chain(channels).stream(cut(impulse, sizes))), axis=1)
    assert made.shape == impulse.shape
    assert set(np.abs(made).argmax(axis=1)) == {at}
    assert (made == filtered(impulse, taps)).all()


def test_a_voice_is_lifted_and_its_sharpness_taken_down() -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    voice = (0.1 * np.sin(2 * np.pi * 2000 * time_s))[None].astype(np.float32)
    sharp = (0.3 * np.sin(2 * np.pi * 8000 * time_s))[None].astype(np.float32)

    def level_db(sound: np.ndarray, preset: str) -> float:
        made = np.concatenate(list(voiced([sound], RATE_HZ, PRESETS[preset])), axis=1)
        assert made.shape == sound.shape
        middle = slice(RATE_HZ // 4, -RATE_HZ // 4)
        return float(10 * np.log10(np.square(made[:, middle]).mean() / np.square(sound[:, middle]).mean()))

    assert level_db(voice, "gentle") == pytest.approx(1.5, abs=0.3)
    assert level_db(voice, "strong") == pytest.approx(3.0, abs=0.3)
    assert level_db(sharp, "gentle") == pytest.approx(-4, abs=0.7)
    assert level_db(sharp, "strong") == pytest.approx(-9, abs=1)


def test_windows_follow_the_memory() -> None:
    assert (tier(12).window_s, tier(12).jobs) == (30, 2)
    assert (tier(4).window_s, tier(8).window_s, tier(6).jobs) == (15, 20, 1)
    assert (tier(3).window_s, tier(3).offload, tier(3).precision) == (5, True, "fp16")

"""The wrapper of all effects: whatever goes in comes out where it was, as long as it was, and in one piece."""

import itertools
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pedalboard import (
    BrickwallLimiter,
    Chorus,
    Compressor,
    Delay,
    Gain,
    HighpassFilter,
    HighShelfFilter,
    LowpassFilter,
    MP3Compressor,
    PitchShift,
    Resample,
    Reverb,
)

from engine.audio.block import BLOCK, Audio
from engine.audio.effects import Chain, Effect, State, holes, latency
from engine.audio.hosted import Hosted
from tests.audio.sounds import cut


class Late(Effect):
    """A plain delay: what a lookahead is to who listens."""

    def __init__(self, samples: int) -> None:
        self._samples, self.traits = samples, (samples,)

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        held = np.zeros((len(audio), self._samples), np.float32) if state is None else state["held"]
        joined = np.concatenate([held, audio], axis=1)
        return joined[:, : audio.shape[1]], {"held": joined[:, audio.shape[1] :]}


EFFECTS: dict[str, Callable[[int], list[Effect]]] = {
    "limiter": lambda rate: [Hosted(BrickwallLimiter, rate, ceiling_db=-3.0, release_ms=80.0, lookahead_ms=5.0)],
    "true-peak limiter": lambda rate: [Hosted(BrickwallLimiter, rate, ceiling_db=-3.0, true_peak=True)],
    "two limiters": lambda rate: [
        Hosted(BrickwallLimiter, rate, ceiling_db=-1.0, lookahead_ms=20.0),
        Hosted(Gain, rate, gain_db=3.0),
        Hosted(BrickwallLimiter, rate, ceiling_db=-1.0, lookahead_ms=1.0),
    ],
    "compressor": lambda rate: [Hosted(Compressor, rate, threshold_db=-20.0, ratio=3.0)],
    "high-pass": lambda rate: [Hosted(HighpassFilter, rate, cutoff_frequency_hz=28.0)],
    "low-pass": lambda rate: [Hosted(LowpassFilter, rate, cutoff_frequency_hz=0.3 * rate)],
    "shelf": lambda rate: [Hosted(HighShelfFilter, rate, cutoff_frequency_hz=0.2 * rate, gain_db=2.0)],
    "reverb": lambda rate: [Hosted(Reverb, rate, room_size=0.3, wet_level=0.1, dry_level=0.4)],
    "chorus": lambda rate: [Hosted(Chorus, rate, mix=0.3)],
    "echo": lambda rate: [Hosted(Delay, rate, delay_seconds=0.2, mix=0.3)],
    "delay": lambda rate: [Late(777)],
    "long delay": lambda rate: [Late(70_001), Late(1)],
    "nothing": lambda rate: [],
}
RATES = (8000, 22_050, 44_100, 48_000, 96_000, 192_000)
SAMPLES = 2 * BLOCK + 12_345


def music(channels: int, samples: int = SAMPLES) -> Audio:
    """Tones without end, louder for a while far from where blocks meet: steps are largest there."""
    n = np.arange(samples)
    tones = [np.sin(2 * np.pi * f * n + channel) for channel in range(channels) for f in (0.011, 0.0037)]
    loud = np.where((n % BLOCK > 20_000) & (n % BLOCK < 24_000), 0.3, 0.1)
    return (loud * np.reshape(tones, (channels, 2, samples)).sum(axis=1) / 2 + 1e-3).astype(np.float32)


def whole(blocks: Iterator[Audio]) -> Audio:
    return np.concatenate(list(blocks), axis=1)


SIZES = st.lists(st.one_of(st.integers(1, 5000), st.integers(1, 1_000_000)), min_size=1, max_size=4).filter(
    lambda sizes: sum(sizes) > 200 * len(sizes)
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(EFFECTS)), st.sampled_from(RATES), st.integers(1, 8), SIZES)
def test_sound_stays_whole_in_step_and_as_long_however_it_is_cut(
    name: str, rate_hz: int, channels: int, sizes: list[int]
) -> None:
    sound = music(channels)
    chain = Chain(EFFECTS[name](rate_hz), channels)
    out = whole(chain.stream(cut(sound, sizes)))
    assert out.shape == sound.shape
    assert holes(out) == []
    steps = np.abs(np.diff(out, axis=1)).max(axis=0)
    borders = [b - late - 1 for b in range(BLOCK, SAMPLES, BLOCK) for late in {0, chain.latency % BLOCK}]
    assert max(steps[b] for b in borders) <= np.quantile(steps, 0.999)
    assert (out == whole(chain.stream([sound]))).all()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(EFFECTS)), st.sampled_from(RATES), st.integers(1, 8), st.integers(0, SAMPLES - 1), SIZES)
def test_an_impulse_comes_out_where_it_went_in(
    name: str, rate_hz: int, channels: int, at: int, sizes: list[int]
) -> None:
    impulse = np.zeros((channels, SAMPLES), np.float32)
    impulse[:, at] = 0.05
    out = whole(Chain(EFFECTS[name](rate_hz), channels).stream(cut(impulse, sizes)))
    assert out.shape == impulse.shape
    assert np.flatnonzero(np.abs(out).max(axis=0) > 1e-4)[0] == at
    assert set(np.abs(out[:, at : at + 2]).argmax(axis=1)) == {0}


@pytest.mark.parametrize("name", sorted(EFFECTS))
@pytest.mark.parametrize("samples", [0, 1, 2, 219, 220, 221, BLOCK - 220, BLOCK - 1, BLOCK, BLOCK + 1])
def test_any_length_is_kept(name: str, samples: int) -> None:
    chain = Chain(EFFECTS[name](44_100), 2)
    out = [*chain.stream([music(2, samples)]), np.zeros((2, 0))]
    assert np.concatenate(out, axis=1).shape == (2, samples)
    longer = [*chain.stream([music(2, samples)], tail=100_000), np.zeros((2, 0))]
    assert np.concatenate(longer, axis=1).shape == (2, samples + (100_000 if samples else 0))


@pytest.mark.parametrize("name", sorted(EFFECTS.keys() - {"chorus"}))
@pytest.mark.parametrize("samples", [9_000, 100_000, 2 * BLOCK])
def test_a_loop_sounds_as_if_it_had_been_playing_for_ever(name: str, samples: int) -> None:
    """As its last turn of many. A chorus has a slow wave of its own, which is in no loop's time."""
    sound = music(2, samples)
    many = -(-10 * 44_100 // samples)
    chain = Chain(EFFECTS[name](44_100), 2)
    turns = whole(chain.stream([sound] * (many + 1)))[:, (many - 1) * samples : many * samples]
    once = sound.copy()
    chain.replace(once, 44_100, lambda: None, loop=True, lead_in_s=8.0)
    assert np.abs(once - turns).max() < 1e-5


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("name", ["two limiters", "long delay", "nothing"])
def test_work_in_place_is_what_the_stream_gives_and_can_be_stopped(name: str, loop: bool) -> None:
    sound = music(2)
    chain = Chain(EFFECTS[name](44_100), 2)
    made = whole(chain.over(sound, 44_100, loop=loop))
    if not loop:
        assert (made == whole(chain.stream([sound]))).all()
    ticks = itertools.count()
    chain.replace(sound, 44_100, lambda: next(ticks) and None, loop=loop)
    assert (sound == made).all()
    assert next(ticks) >= 2

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        chain.replace(sound, 44_100, stop, loop=loop)
    again = music(2)
    chain.replace(again, 44_100, lambda: None, loop=loop)
    assert (again == made).all()


def test_what_is_handed_in_is_never_changed() -> None:
    sound = music(2)
    before = sound.copy()
    for name in EFFECTS:
        whole(Chain(EFFECTS[name](44_100), 2).stream([sound]))
    assert (sound == before).all()


def test_memory_does_not_grow_with_the_length() -> None:
    chain = Chain(EFFECTS["two limiters"](44_100), 2)
    block = music(2, BLOCK)

    def peak_of(count: int) -> int:
        tracemalloc.start()
        for _ in chain.stream((block for _ in range(count)), tail=count * BLOCK):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_of(2)
    assert peak_of(100) < 1.05 * peak_of(10)


class Answering(Effect):
    """`answers` are the samples that an impulse at the beginning of a stream is answered with, on each channel."""

    def __init__(self, *answers: list[float]) -> None:
        self._answers, self.traits = answers, tuple(map(tuple, answers))

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        out = audio.copy()
        for row, answer in zip(out, self._answers, strict=True):
            if state is None:
                row[:] = 0
                row[: len(answer)] = answer
        return out, {}


def test_latency_is_where_the_impulse_is() -> None:
    assert latency(Late(12), 3) == 12
    assert latency(Answering([0, 0.1, 0.3, 0.2]), 1) == 2
    with pytest.raises(RuntimeError, match="differently"):
        latency(Answering([0, 1], [0, 0, 1]), 2)
    with pytest.raises(RuntimeError, match="no impulse"):
        latency(Answering([0], [0]), 2)


def test_latency_is_measured_once_for_each_kind_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    process = Late.process
    monkeypatch.setattr(Late, "process", lambda self, *given: (heard.append(1), process(self, *given))[1])
    latency(Late(4321), 2)
    once = len(heard)
    latency(Late(4321), 2)
    assert len(heard) == once > 0
    latency(Late(4322), 2)
    assert len(heard) == 2 * once
    silent = Late(4321)
    silent.traits = None  # tells nothing to be remembered by
    latency(silent, 2)
    latency(silent, 2)
    assert len(heard) == 4 * once
    rooms = [Hosted(Reverb, 44_100, room_size=size, wet_level=1.0, dry_level=0.0) for size in (0.1, 0.9)]
    assert rooms[0].traits == rooms[1].traits  # what only shapes the wet sound delays nothing
    per_rate = [latency(Hosted(BrickwallLimiter, rate, lookahead_ms=5.0), 2) for rate in (44_100, 88_200)]
    assert per_rate[1] - per_rate[0] == pytest.approx(220, abs=1)


def test_a_plugin_that_tears_holes_is_refused() -> None:
    with pytest.raises(RuntimeError, match="PitchShift tears holes"):
        Chain([Hosted(PitchShift, 44_100, semitones=2)], 2)


@pytest.mark.parametrize("kind", [MP3Compressor, Resample])
def test_plugins_that_hold_much_back_are_in_step(kind: type) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, (1, 3 * BLOCK)).astype(np.float32)
    out = whole(Chain([Hosted(kind, 44_100)], 1).stream([noise]))
    assert out.shape == noise.shape
    lags = np.correlate(out[0, BLOCK : 2 * BLOCK], noise[0, BLOCK - 100 : 2 * BLOCK + 100], "valid")
    assert np.abs(lags).argmax() == 100


def test_a_plugin_knows_one_stream_at_a_time() -> None:
    chain = Chain([Hosted(Gain, 44_100)], 1)
    block = np.ones((1, BLOCK), np.float32)
    first, second = chain.flow(), chain.flow()
    first.add(block)
    second.add(block)
    with pytest.raises(RuntimeError, match="Gain has begun another stream"):
        first.add(block)

"""The parts of the match chain, one by one and together: nothing is torn, nothing is late, whatever the shape."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.audio.block import Audio
from engine.audio.effects import Chain, holes
from engine.audio.limiter import Limiter
from engine.audio.processor import BLOCK, Processor
from engine.match.processors.compressor import Compressor
from engine.match.processors.equaliser import Equaliser, SideEqualiser
from engine.match.processors.exciter import Exciter
from engine.match.processors.reverb import Reverb
from engine.match.processors.stereo import Width
from engine.match.render import render
from engine.match.style import StyleParams
from tests.audio.sounds import cut

STYLE = StyleParams.model_validate(
    {
        "eq": [{"f_hz": 1000, "gain_db": 3}, {"type": "high_shelf", "f_hz": 2500, "gain_db": -9}],
        "side_eq": [{"f_hz": 700, "gain_db": 6}],
        "compressor": {"bands": [{"high_hz": 300, "ratio": 4, "threshold_db": -30, "makeup_db": 4}, {"ratio": 2}]},
        "exciter": {"amount": 0.4},
        "reverb": {"mix": 0.2, "rt60_s": 0.4, "pre_delay_ms": 12},
        "stereo": {"bands": [{"high_hz": 300, "width": 0.6}, {"width": 1.4}]},
        "limiter": {"tp_db": -3, "lookahead_ms": 7, "release_ms": 60},
    }
)
PARTS: dict[str, Callable[[], Processor]] = {
    "eq": Equaliser,
    "side_eq": SideEqualiser,
    "compressor": Compressor,
    "exciter": Exciter,
    "reverb": Reverb,
    "stereo": Width,
    "limiter": Limiter,
}
RATES = (8000, 22_050, 44_100, 96_000, 192_000)
SAMPLES = 3 * BLOCK + 4321
SHAPES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SIZES = st.lists(st.one_of(st.integers(1, 9000), st.integers(1, 1_000_000)), min_size=1, max_size=4).filter(
    lambda sizes: sum(sizes) > 200 * len(sizes)
)


def chain(name: str, rate_hz: int, channels: int) -> Chain:
    processor = PARTS[name]()
    processor.reset(rate_hz, channels, getattr(STYLE, name))
    return Chain([processor], channels, block=BLOCK)


def whole(blocks: Iterator[Audio]) -> Audio:
    return np.concatenate(list(blocks), axis=1)


def music(channels: int) -> Audio:
    """Tones without end, loudest for a while far from where blocks meet, whatever the latency: steps are largest
    there."""
    n = np.arange(SAMPLES)
    loud = np.where((n % BLOCK > 8000) & (n % BLOCK < 10_000), 0.35, 0.1)
    return (loud * np.sin(0.011 * n + np.arange(channels)[:, None]) + 1e-3).astype(np.float32)


@SHAPES
@given(st.sampled_from(sorted(PARTS)), st.sampled_from(RATES), st.integers(1, 8), SIZES)
def test_every_part_keeps_sound_whole_however_it_is_cut(
    name: str, rate_hz: int, channels: int, sizes: list[int]
) -> None:
    sound, part = music(channels), chain(name, rate_hz, channels)
    out = whole(part.stream(cut(sound, sizes)))
    assert out.shape == sound.shape
    assert holes(out) == []
    steps = np.abs(np.diff(out, axis=1)).max(axis=0)
    borders = [at - late - 1 for at in range(BLOCK, SAMPLES, BLOCK) for late in {0, part.latency}]
    assert max(steps[at] for at in borders) <= np.quantile(steps, 0.999)
    assert (out == whole(chain(name, rate_hz, channels).stream([sound]))).all()


@SHAPES
@given(st.sampled_from(sorted(PARTS)), st.sampled_from(RATES), st.integers(1, 8), st.integers(0, SAMPLES - 1), SIZES)
def test_every_part_gives_an_impulse_back_where_it_was(
    name: str, rate_hz: int, channels: int, at: int, sizes: list[int]
) -> None:
    impulse = np.zeros((channels, SAMPLES), np.float32)
    impulse[:, at] = 0.05
    out = whole(chain(name, rate_hz, channels).stream(cut(impulse, sizes)))
    assert out.shape == impulse.shape
    assert set(np.abs(out).argmax(axis=1)) == {at}
    if name != "compressor":  # its make-up goes through filters of linear phase, which ring before as after
        assert np.flatnonzero(np.abs(out).max(axis=0) > 1e-6)[0] == at


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("at", [0, BLOCK - 1, BLOCK + 1, 2 * BLOCK + 99])
def test_all_parts_together_leave_an_impulse_where_it_was(rate_hz: int, channels: int, at: int) -> None:
    impulse = np.zeros((channels, SAMPLES), np.float32)
    impulse[:, at] = 0.05
    out = whole(render(impulse, rate_hz, channels, STYLE))
    assert out.shape[1] == SAMPLES + rate_hz  # and the room
    assert set(np.abs(out).argmax(axis=1)) == {at}


def test_notes_on_a_stream_begin_with_it() -> None:
    """Compressor and limiter report on the stream that was heard last, not on the impulse that measured them."""
    compressor, limiter = Compressor(), Limiter()
    compressor.reset(44_100, 2, STYLE.compressor)
    limiter.reset(44_100, 2, STYLE.limiter)
    loud = 4 * music(2)
    both = Chain([compressor, limiter], 2, block=BLOCK)
    for _ in range(2):
        whole(both.stream([loud]))
        assert {len(band) for band in compressor.lowest_db} == {-(-(SAMPLES + both.latency) // BLOCK)}
        assert min(limiter.lowest_db) < 0 < limiter.lowered <= SAMPLES + BLOCK

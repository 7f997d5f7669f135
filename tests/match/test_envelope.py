"""What a limiter is said to leave against what it leaves."""

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.loudness import measure
from engine.audio.scratch_audio import ScratchAudio
from engine.match.envelope import Envelope
from engine.match.render import render
from engine.match.style import LimiterSettings, StyleParams


def beats(channels: int, rate_hz: int, seconds: float) -> Audio:
    count = round(seconds * rate_hz)
    beat = 0.02 + np.exp(-(np.arange(count) % (rate_hz // 2)) / (rate_hz / 5))
    return np.float32(0.3 * np.random.default_rng(1).standard_normal((channels, count)) * beat)


@pytest.mark.parametrize(("rate_hz", "channels"), [(8000, 1), (11_025, 2), (44_100, 2), (96_000, 1), (44_100, 6)])
@pytest.mark.parametrize(
    ("gain_db", "lookahead_ms", "release_ms"), [(-20, 3, 100), (2, 3, 100), (4, 0.5, 50), (7, 10, 300)]
)
def test_loudness_behind_a_limiter(
    rate_hz: int, channels: int, gain_db: float, lookahead_ms: float, release_ms: float
) -> None:
    sound = beats(channels, rate_hz, 4.05)
    settings = LimiterSettings(lookahead_ms=lookahead_ms, release_ms=release_ms)
    with ScratchAudio(None) as scratch:
        envelope = Envelope(rate_hz, channels, scratch)
        for start in range(0, sound.shape[1], 30_000):
            envelope.add(sound[:, start : start + 30_000])
        envelope.finish()
        before = envelope.loudness_lufs()
        assert before == pytest.approx(measure(sound, rate_hz).loudness_lufs, abs=0.01)
        said = envelope.limited_lufs(gain_db, settings)
    style = StyleParams(limiter=settings)
    louder = sound * np.float32(10 ** (gain_db / 20))
    limited = np.concatenate(list(render(louder, rate_hz, channels, style)), axis=1)
    left = measure(limited, rate_hz).loudness_lufs
    # white noise is the worst there is; where more than 1 LU is taken away `render` looks again
    assert said == pytest.approx(left, abs=0.03 + 0.08 * (before + gain_db - left))


def test_no_loudness_where_there_is_none() -> None:
    for sound in (np.zeros((1, 44_100), np.float32), np.ones((1, 1000), np.float32)):
        with ScratchAudio(None) as scratch:
            envelope = Envelope(44_100, 1, scratch)
            envelope.add(sound)
            envelope.finish()
            assert envelope.loudness_lufs() is None and envelope.limited_lufs(0, LimiterSettings()) is None

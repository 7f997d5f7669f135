"""One decode and one resampling for each rate, whatever listens."""

from pathlib import Path

import numpy as np
import pytest

from engine.audio import decode
from engine.audio.block import Audio
from engine.audio.encode import write
from engine.audio.resample import Resampler
from engine.parameters import Format
from engine.tag import listener
from engine.tag.listener import Mono, listen


class Keeping:
    def __init__(self, rate_hz: int) -> None:
        self.rate_hz, self.blocks = rate_hz, list[Mono]()

    def add(self, samples: Mono) -> None:
        self.blocks.append(samples.copy())

    def result(self) -> Mono:
        return np.concatenate(self.blocks)


@pytest.mark.parametrize("samples", [1, 44_100 * 3 + 17])
def test_all_hear_the_same_sound_at_their_own_rates(
    samples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, resampled = [], []

    class Counted(Resampler):
        def __init__(self, rate_in: int, rate_out: int, channels: int) -> None:
            resampled.append(rate_out)
            super().__init__(rate_in, rate_out, channels)

    monkeypatch.setattr(listener, "Resampler", Counted)
    monkeypatch.setattr(listener, "open_source", lambda path: opened.append(path) or decode.open_source(path))
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, (2, samples)).astype(np.float32)
    path = tmp_path / "a.flac"
    write(path, sound, 44_100, format=Format.FLAC)
    ears = [Keeping(rate) for rate in (16_000, 16_000, 44_100)]
    blocks: list[Audio] = []
    assert listen(path, ears, blocks.append) == samples
    assert np.allclose(np.concatenate(blocks, axis=1), sound, atol=2**-22)
    assert len(opened) == 1 and sorted(resampled) == [16_000, 44_100]
    assert np.array_equal(ears[0].result(), ears[1].result())
    assert np.allclose(ears[2].result(), sound.mean(axis=0), atol=2**-22)
    alone = Resampler(44_100, 16_000, 1)
    expected = np.concatenate([alone.add(ears[2].result()[None]), alone.finish()], axis=1)[0]
    assert np.allclose(ears[0].result(), expected, atol=1e-6)

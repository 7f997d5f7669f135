"""One decode and one resampling for each rate, whatever listens."""

import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from engine.audio import decode
from engine.audio.block import Audio
from engine.audio.encode import write
from engine.audio.resample import Resampler
from engine.errors import Canceled
from engine.parameters import Format
from engine.tag import listener
from engine.tag.listener import Mono, listen
from engine.tag.side_by_side import SideBySide
from tests.waiting import until


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


@pytest.mark.parametrize("threads", [1, 3])
def test_each_hears_its_blocks_in_order_and_one_at_a_time(threads: int) -> None:
    heard: list[list[float]] = [[] for _ in range(4)]
    inside = [0] * 4

    def take(at: int, samples: Mono) -> None:
        inside[at] += 1
        time.sleep(0.0005 * at)
        assert inside[at] == 1
        heard[at].append(float(samples[0]))
        inside[at] -= 1

    with SideBySide([partial(take, at) for at in range(4)], threads) as together:
        for number in range(60):
            for at in range(4):
                together.give(at, np.full(1, number, np.float32))
    assert heard == [[float(number) for number in range(60)]] * 4


@pytest.mark.parametrize("blocks", [1, 500])
def test_what_a_listener_raises_ends_it_all(blocks: int) -> None:
    def refuse(samples: Mono) -> None:
        raise ValueError("cannot hear")

    before = threading.active_count()
    with pytest.raises(ValueError, match="cannot hear"), SideBySide([lambda _: None, refuse], 2) as together:
        for _ in range(blocks):
            for at in range(2):
                together.give(at, np.zeros(1, np.float32))
    assert threading.active_count() == before


def test_a_canceled_sound_is_heard_no_further() -> None:
    heard, go_on = 0, threading.Event()

    def slow(samples: Mono) -> None:
        nonlocal heard
        heard += 1
        go_on.wait(60)

    before = threading.active_count()
    with pytest.raises(Canceled), SideBySide([slow], 2) as together:
        for _ in range(7):
            together.give(0, np.zeros(1, np.float32))
        threading.Thread(target=lambda: (until(lambda: not any(together._waiting)), go_on.set())).start()
        raise Canceled
    assert heard <= 1
    until(lambda: threading.active_count() == before)

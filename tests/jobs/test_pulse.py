"""When a worker counts as silent: time that the server lived through, whatever the clocks did meanwhile."""

from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.messages import Ping, ToWorker
from engine.jobs.pulse import BEATS, LOADING_PATIENCE, Pulse
from engine.jobs.worker_process import WorkerProcess

SILENCE_S = 20.0
BEAT_S = SILENCE_S / BEATS


class Stub:
    """As much of a worker as the pulse knows."""

    name, job_id, ready, hung, loading = "stub", None, True, False, False
    silent_s = 0.0

    def __init__(self) -> None:
        self.asked = 0

    def send(self, message: ToWorker) -> None:
        assert message == Ping() and not self.hung
        self.asked += 1

    def give_up(self) -> None:
        assert not self.hung, "once is enough"
        self.hung = True


def pulse(*workers: Stub) -> Pulse:
    return Pulse(SILENCE_S, lambda: cast(list[WorkerProcess], list(workers)))


@given(st.lists(st.floats(0.01, SILENCE_S), min_size=1, max_size=60), st.booleans())
def test_it_is_given_up_once_it_was_silent_too_long_and_not_before(gaps: list[float], loading: bool) -> None:
    worker, silent_s = Stub(), 0.0
    worker.loading = loading
    heart = pulse(worker)
    for gap in gaps:
        heart.beat(gap)
        silent_s += min(gap, 2 * BEAT_S)
        assert worker.hung is (silent_s > SILENCE_S * (LOADING_PATIENCE if loading else 1) + BEAT_S)


@given(st.lists(st.tuples(st.floats(0.01, SILENCE_S), st.booleans()), max_size=200))
def test_one_that_answers_within_the_time_lives(beats: list[tuple[float, bool]]) -> None:
    worker, silent_s = Stub(), 0.0
    heart = pulse(worker)
    for gap, heard in beats:
        if heard or silent_s + 2 * BEAT_S > SILENCE_S + BEAT_S:
            worker.silent_s = silent_s = 0.0  # as the reader does with every message
        heart.beat(gap)
        silent_s += min(gap, 2 * BEAT_S)
    assert not worker.hung and worker.asked == len(beats)


@given(st.floats(0, SILENCE_S), st.floats(1.01 * SILENCE_S, 1e6))
def test_when_the_computer_slept_everyone_has_the_whole_time_anew(before_s: float, slept_s: float) -> None:
    worker = Stub()
    worker.silent_s = before_s
    heart = pulse(worker)
    heart.beat(slept_s)
    assert not worker.hung and worker.silent_s == 0
    for _ in range(BEATS + 1):
        heart.beat(BEAT_S)
    assert not worker.hung
    heart.beat(BEAT_S)
    assert worker.hung


def test_one_that_still_starts_is_not_asked_but_its_time_is_counted() -> None:
    worker = Stub()
    worker.ready = False
    heart = pulse(worker)
    for _ in range(100):
        heart.beat(BEAT_S)
    heart.beat(1e6)
    assert not worker.hung and worker.asked == 0 and round(worker.silent_s) == round(102 * BEAT_S)

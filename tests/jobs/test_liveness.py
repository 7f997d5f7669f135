"""When a worker counts as silent: time that the server ran through, whatever the clocks did meanwhile; and its end."""

import subprocess
import sys
from typing import cast

import psutil
from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.liveness import LOADING_FACTOR, PINGS, LivenessMonitor
from engine.jobs.messages import Ping, ToWorker
from engine.jobs.worker_process import OWN_PROCESS_GROUP, WorkerProcess, end_with_all

SILENCE_S = 20.0
INTERVAL_S = SILENCE_S / PINGS


class Stub:
    """As much of a worker as the monitor knows."""

    name, job_id, ready, hung, loading = "stub", None, True, False, False
    silent_s = 0.0

    def __init__(self) -> None:
        self.pings = 0

    def send(self, message: ToWorker) -> None:
        assert message == Ping() and not self.hung
        self.pings += 1

    def end_as_hung(self) -> None:
        assert not self.hung, "once is enough"
        self.hung = True


def monitor(*workers: Stub) -> LivenessMonitor:
    return LivenessMonitor(SILENCE_S, lambda: cast(list[WorkerProcess], list(workers)))


@given(st.lists(st.floats(0.01, SILENCE_S), min_size=1, max_size=60), st.booleans())
def test_it_is_ended_once_it_was_silent_too_long_and_not_before(gaps: list[float], loading: bool) -> None:
    worker, silent_s = Stub(), 0.0
    worker.loading = loading
    liveness = monitor(worker)
    for gap in gaps:
        liveness.check(gap)
        silent_s += min(gap, 2 * INTERVAL_S)
        assert worker.hung is (silent_s > SILENCE_S * (LOADING_FACTOR if loading else 1) + INTERVAL_S)


@given(st.lists(st.tuples(st.floats(0.01, SILENCE_S), st.booleans()), max_size=200))
def test_one_that_answers_within_the_time_lives(checks: list[tuple[float, bool]]) -> None:
    worker, silent_s = Stub(), 0.0
    liveness = monitor(worker)
    for gap, answered in checks:
        if answered or silent_s + 2 * INTERVAL_S > SILENCE_S + INTERVAL_S:
            worker.silent_s = silent_s = 0.0  # as the reader does with every message
        liveness.check(gap)
        silent_s += min(gap, 2 * INTERVAL_S)
    assert not worker.hung and worker.pings == len(checks)


@given(st.floats(0, SILENCE_S), st.floats(1.01 * SILENCE_S, 1e6))
def test_when_the_computer_slept_everyone_has_the_whole_time_anew(before_s: float, slept_s: float) -> None:
    worker = Stub()
    worker.silent_s = before_s
    liveness = monitor(worker)
    liveness.check(slept_s)
    assert not worker.hung and worker.silent_s == 0
    for _ in range(PINGS + 1):
        liveness.check(INTERVAL_S)
    assert not worker.hung
    liveness.check(INTERVAL_S)
    assert worker.hung


def test_one_that_still_starts_is_not_pinged_but_its_time_is_counted() -> None:
    worker = Stub()
    worker.ready = False
    liveness = monitor(worker)
    for _ in range(100):
        liveness.check(INTERVAL_S)
    liveness.check(1e6)
    assert not worker.hung and worker.pings == 0 and round(worker.silent_s) == round(102 * INTERVAL_S)


def test_what_a_worker_began_ends_with_it() -> None:
    waits = "import threading; threading.Event().wait()"
    begins = (
        f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {waits!r}]).pid, flush=True); {waits}"
    )
    worker = subprocess.Popen([sys.executable, "-c", begins], stdout=subprocess.PIPE, **OWN_PROCESS_GROUP)
    with worker:
        assert worker.stdout
        engine = psutil.Process(int(worker.stdout.readline()))
        end_with_all(worker)
        assert psutil.wait_procs([engine], timeout=10)[1] == []
    end_with_all(worker)

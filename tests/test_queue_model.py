"""The simulated queue against theory: Erlang's C, bounds that hold for any work, and what losses and turns cost."""

import heapq
import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.queue_model import Loss, NodeModel, Work, simulate
from engine.jobs.queue import EXPIRES_S

BATCHES, BATCH = 20, 2500
"""Means of batches tell how far chance alone takes a mean from what is expected."""


def erlang_c(slots: int, load: float) -> float:
    """The probability to wait, of an M/M/c queue with `load` = arrivals x service, Erlang (1917)."""
    last = load**slots / math.factorial(slots) * slots / (slots - load)
    return last / (sum(load**n / math.factorial(n) for n in range(slots)) + last)


@pytest.mark.parametrize(("slots", "used"), [(1, 0.5), (1, 0.7), (2, 0.8), (4, 0.7), (8, 0.9), (16, 0.8)])
def test_random_arrivals_wait_as_long_as_erlang_says(slots: int, used: float) -> None:
    chance, now_s, works = random.Random(slots), 0.0, []
    for _ in range(BATCHES * BATCH):
        now_s += chance.expovariate(slots * used)
        works.append(Work(now_s, chance.expovariate(1.0)))
    waits_s = simulate(works, [NodeModel(1)] * slots).waits_s(works)
    assert waits_s == pytest.approx(first_come_waits_s(works, slots))
    waiting = erlang_c(slots, slots * used)
    for said, found in (
        (waiting / (slots - slots * used), waits_s),
        (waiting, [float(wait > 0) for wait in waits_s]),
    ):
        means = [statistics.mean(found[at : at + BATCH]) for at in range(0, len(found), BATCH)]
        error = statistics.stdev(means) / math.sqrt(BATCHES)
        assert error < 0.15 * said and abs(statistics.mean(means) - said) < 4 * error


def first_come_waits_s(works: list[Work], slots: int) -> list[float]:
    """Each takes the slot that is free first."""
    free_s, waits_s = [0.0] * slots, []
    for work in works:
        begun_s = max(heapq.heappop(free_s), work.at_s)
        heapq.heappush(free_s, begun_s + work.service_s)
        waits_s.append(begun_s - work.at_s)
    return waits_s


some_work = st.lists(
    st.builds(
        Work, at_s=st.floats(0, 50), service_s=st.floats(0.1, 20), user=st.sampled_from("abc"),
        segments=st.integers(1, 3),
    ),
    min_size=1, max_size=30,
)  # fmt: skip


@given(works=some_work, slots=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_no_slot_is_idle_while_work_waits_and_none_does_two_things(works: list[Work], slots: list[int]) -> None:
    found = simulate(works, [NodeModel(count) for count in slots])
    total, count = sum(work.service_s for work in works), sum(slots)
    assert found.busy_s == pytest.approx(total) and found.repeated == 0
    assert all(over >= begun >= work.at_s for over, begun, work in zip(found.over_s, found.begun_s, works, strict=True))
    last = max(found.over_s)
    assert last >= total / count - 1e-6, "no faster than all slots together"
    longest = max(work.service_s / work.segments for work in works)
    assert last <= max(work.at_s for work in works) + total / count + longest + 1e-6, "Graham's bound"


@given(works=some_work, at_s=st.floats(0, 60), away_s=st.floats(0, 60))
def test_a_lost_node_costs_its_work_and_twelve_seconds_but_no_job(
    works: list[Work], at_s: float, away_s: float
) -> None:
    nodes = [NodeModel(2), NodeModel(1)]
    found = simulate(works, nodes, [Loss(at_s, 0, away_s)])
    assert max(found.over_s) < math.inf
    assert found.busy_s >= sum(work.service_s for work in works) - 1e-6
    if found.repeated:
        assert max(found.over_s) >= at_s + EXPIRES_S, "what was lost is begun after so much silence"


def test_who_asks_for_one_does_not_wait_for_who_asks_for_hundreds() -> None:
    works = [Work(0.0, 10.0, "many") for _ in range(200)] + [Work(5.0, 10.0, "one")]
    assert simulate(works, [NodeModel(2)]).waits_s(works)[-1] == 5.0


def test_pools_wait_apart() -> None:
    works = [Work(0.0, 10.0, pool="model.cpu"), Work(0.0, 10.0, pool="model.cpu"), Work(0.0, 10.0)]
    nodes = [NodeModel(1, frozenset({"model.cpu"})), NodeModel(1)]
    assert simulate(works, nodes).over_s == [10.0, 20.0, 10.0]


@given(segments=st.integers(1, 8), slots=st.integers(1, 8))
def test_segments_make_one_job_as_much_shorter_as_slots_are_free(segments: int, slots: int) -> None:
    found = simulate([Work(0.0, 24.0, segments=segments)], [NodeModel(slots)], overhead_s=0.5)
    assert found.makespan_s == pytest.approx(math.ceil(segments / slots) * (24.0 / segments + 0.5))

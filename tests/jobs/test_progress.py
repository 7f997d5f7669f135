"""Progress runs from 0 to 1, never back, never past; the time left follows from it."""

from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.job import eta_s, retry_delay_s
from engine.jobs.job_context import Progress

finite = st.floats(-10, 1e6, allow_nan=False)


@given(st.lists(st.tuples(finite, finite, st.sampled_from(["A", "B", "C", None]))), st.booleans())
def test_whatever_is_reported_the_figure_rises_within_0_and_1(
    steps: list[tuple[float, float, str | None]], planned: bool
) -> None:
    seen: list[float] = []
    progress = Progress(lambda value, stage: seen.append(value))
    progress._reported_at = -1e9
    if planned:
        progress.plan({"A": 1, "B": 3})
    for step, total, stage in steps:
        progress.update(step, total, stage)
    assert seen == sorted(seen) and all(0 <= value <= 1 for value in seen)


def test_stages_share_the_bar_by_their_weights() -> None:
    seen: list[tuple[float, str | None]] = []
    progress = Progress(lambda value, stage: seen.append((value, stage)))
    progress.plan({"WRITING": 1, "PLAYING": 3})
    progress.update(1, 2, "WRITING")
    progress.update(0, 10, "PLAYING")
    progress.update(10, 10, "PLAYING")
    assert seen == [(0.125, "WRITING"), (0.25, "PLAYING"), (1.0, "PLAYING")]


def test_a_count_behind_a_stage_is_said_along_with_it() -> None:
    seen: list[tuple[float, str | None]] = []
    progress = Progress(lambda value, stage: seen.append((value, stage)))
    progress.plan({"DIALOGUE": 1, "MIXING": 1})
    progress.update(1, 2, "DIALOGUE 1/2")
    progress.update(1, 1, "MIXING")
    assert seen == [(0.25, "DIALOGUE 1/2"), (1.0, "MIXING")]


def test_a_stage_that_was_not_planned_holds_the_bar_still() -> None:
    seen: list[float] = []
    progress = Progress(lambda value, stage: seen.append(value))
    progress.plan({"WORKING": 1})
    progress.update(1, 2, "WORKING")
    progress.update(1, 1, "SAVING")
    assert seen == [0.5, 0.5]


def test_reports_are_few() -> None:
    seen: list[float] = []
    progress = Progress(lambda value, stage: seen.append(value))
    for step in range(10_000):
        progress.update(step, 20_000, "WORKING")
    assert len(seen) < 50


def test_eta_waits_until_it_is_more_than_a_guess() -> None:
    assert eta_s(100.0, 0.01, now=200.0) is None and eta_s(100.0, 0.5, now=100.1) is None
    assert eta_s(100.0, 0.25, now=110.0) == 30.0


def test_the_pause_doubles_up_to_32_seconds() -> None:
    assert [retry_delay_s(n) for n in (1, 2, 3, 4, 5, 9)] == [2, 4, 8, 16, 32, 32]

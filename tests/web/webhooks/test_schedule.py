"""When a webhook is sent again."""

import pytest

from engine.web.webhooks.schedule import JITTER, LONGEST_S, PAUSES_S, pause_s


def test_the_pauses_grow_and_end() -> None:
    pauses = [pause_s(attempts, 500, None, 0.5) for attempts in range(1, 10)]
    assert pauses == [5, 30, 120, 600, 3600, 14400, 43200, None, None]


@pytest.mark.parametrize("attempts", range(1, len(PAUSES_S) + 1))
def test_the_pauses_differ_by_chance_within_bounds(attempts: int) -> None:
    usual = PAUSES_S[attempts - 1]
    found = [pause_s(attempts, None, None, chance / 10) for chance in range(11)]
    assert found == sorted(found) and found[0] == usual * (1 - JITTER) and found[-1] == usual * (1 + JITTER)  # type: ignore[type-var]


@pytest.mark.parametrize(
    "status", [None, 100, 301, 302, 307, 400, 401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504]
)
def test_all_but_success_and_gone_is_tried_again(status: int | None) -> None:
    assert pause_s(1, status, None, 0.5) == 5 and pause_s(8, status, None, 0.5) is None


def test_who_is_gone_is_left_alone() -> None:
    assert pause_s(1, 410, None, 0.5) is None and pause_s(1, 410, 60.0, 0.5) is None


@pytest.mark.parametrize(("said", "waited"), [(0.0, 5), (3.0, 5), (60.0, 60), (1e9, LONGEST_S)])
def test_who_says_when_to_come_again_is_believed_in_bounds(said: float, waited: float) -> None:
    assert pause_s(1, 503, said, 0.5) == waited

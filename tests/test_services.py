"""A service is asked seldom and by one at a time, whoever wants to know whether it answers."""

import threading
from concurrent.futures import ThreadPoolExecutor

from engine.services import Service

HOUR_S = 3600.0


class Asked:
    """Something that counts how often it is asked, and may hang or be away."""

    def __init__(self) -> None:
        self.times, self.away = 0, False
        self.hanging, self.begun = threading.Event(), threading.Event()
        self.hanging.set()

    def __call__(self) -> None:
        self.times += 1
        self.begun.set()
        self.hanging.wait()
        if self.away:
            raise ConnectionError


def test_many_who_want_to_know_ask_once() -> None:
    asked = Asked()
    asked.hanging.clear()
    service = Service(asked, kept_s=HOUR_S, late_s=HOUR_S)
    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(service.answers) for _ in range(8)]
        assert asked.begun.wait(30)
        asked.hanging.set()
        assert [each.result() for each in told] == [True] * 8
    asked.away = True
    assert service.answers() is True and asked.times == 1


def test_an_answer_that_is_old_is_asked_for_anew() -> None:
    asked = Asked()
    service, told = Service(asked, kept_s=0.0), []
    for away in (False, True, True, False):
        asked.away, before = away, service.answered_at
        told.append((service.answers(), service.answered_at > before))
    assert told == [(True, True), (False, False), (False, False), (True, True)] and asked.times == 4


def test_who_waits_for_one_that_hangs_is_told_that_it_is_away() -> None:
    asked = Asked()
    asked.hanging.clear()
    service = Service(asked, kept_s=HOUR_S, late_s=0.05)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(service.answers)
        assert asked.begun.wait(30)
        assert [service.answers() for _ in range(2)] == [False, False]
        asked.hanging.set()
        assert first.result() is True and service.answers() is True
    assert asked.times == 1

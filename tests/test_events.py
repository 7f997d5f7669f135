"""The bus of events: its contract."""

import threading
from unittest import mock

import pytest

from engine.events import Event, EventBus, InProcessEvents, Notice, QueueChanged


@pytest.fixture(params=[InProcessEvents])
def bus(request: pytest.FixtureRequest) -> EventBus:
    """Every form of the bus."""
    made: EventBus = request.param()
    return made


def test_every_listener_hears_every_event_in_order_from_when_it_came(bus: EventBus) -> None:
    heard: dict[str, list[Event]] = {"first": [], "second": []}
    bus.subscribe(heard["first"].append)
    events = [QueueChanged(number % 2 == 0, None) for number in range(10)]
    for number, event in enumerate(events):
        if number == 5:
            bus.subscribe(heard["second"].append)
        bus.publish(event)
    assert heard == {"first": events, "second": events[5:]}


def test_a_listener_that_fails_keeps_nothing_from_the_others(bus: EventBus) -> None:
    heard: list[Event] = []
    bus.subscribe(mock.Mock(side_effect=RuntimeError))
    bus.subscribe(heard.append)
    bus.publish(Notice("info", "x"))
    assert heard == [Notice("info", "x")]


def test_many_threads_may_publish_while_others_come(bus: EventBus) -> None:
    heard: list[Event] = []
    bus.subscribe(heard.append)

    def act() -> None:
        for _ in range(200):
            bus.subscribe(lambda event: None)
            bus.publish(QueueChanged(True, None))

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 800

"""The bus of events: its contract, and the message queue between servers, which is refused where it cannot be had."""

import threading
from pathlib import Path
from unittest import mock

import pytest
from pydantic import ValidationError

from engine.errors import AppError, Code
from engine.events import Event, EventBus, InProcessEvents, Notice, QueueChanged
from engine.web.server import create_web
from tests.conftest import make_settings


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


@pytest.mark.parametrize(("url", "client"), [("redis://me:secret@127.0.0.1:9/0", "redis"), ("amqp://x", "kombu")])
def test_a_message_queue_without_its_client_library_is_refused(
    tmp_path: Path, url: str, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.web.server.find_spec", lambda name: None)
    application = mock.Mock(settings=make_settings(tmp_path, message_queue=url, async_mode="threading"))
    with pytest.raises(AppError, match="--message-queue") as refused:
        create_web(application)
    assert refused.value.code is Code.INVALID_INPUT and client in str(refused.value) and "secret" not in str(refused)


@pytest.mark.parametrize("url", ["", "redis", "127.0.0.1:6379", "file:///etc/passwd"])
def test_a_message_queue_is_a_url_of_redis_or_amqp(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidationError, match="message_queue"):
        make_settings(tmp_path, message_queue=url)

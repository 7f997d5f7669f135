"""Tickets and events over real brokers: told in a moment, found when lost, and nobody waits for one that is away."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from unittest import mock

import pytest

from engine.cluster import broker_events
from engine.cluster.broker_events import BrokerEvents, Heartbeats
from engine.cluster.celery_app import celery_app, queue_of
from engine.cluster.office import BrokerOffice
from engine.events import Event, LibraryChanged, TracksRemoved
from tests.brokers import Broker
from tests.waiting import until


@contextmanager
def joined(broker: Broker) -> Iterator[tuple[BrokerEvents, list[Event]]]:
    events, heard = BrokerEvents(broker.url), list[Event]()
    events.subscribe(heard.append)
    events.start()
    until(lambda: LibraryChanged(None) in heard)  # it listens
    heard.clear()
    try:
        yield events, heard
    finally:
        events.stop()


def test_each_event_is_told_to_every_process_once_and_in_order(broker: Broker) -> None:
    with joined(broker) as (one, by_one), joined(broker) as (two, by_two):
        told: list[Event] = [TracksRemoved([f"{n:032}"], "ann") for n in range(50)]
        for event in told:
            one.publish(event)
        assert by_one == told, "at once where it was published"
        until(lambda: len(by_two) >= 50)
        two.publish(TracksRemoved(["b" * 32], None))
        until(lambda: len(by_one) >= 51)
        assert by_two == [*told, TracksRemoved(["b" * 32], None)] and by_one == by_two


def test_what_others_told_is_heard_before_everybody_is_told(broker: Broker) -> None:
    with joined(broker) as (one, _), joined(broker) as (two, _):
        order: list[str] = []
        two.hear(lambda event: order.append("heard"))
        two.subscribe(lambda event: order.append("told"))
        one.publish(TracksRemoved([], "ann"))
        until(lambda: len(order) == 2)
        two.publish(TracksRemoved([], "ben"))
        assert order == ["heard", "told", "told"], "one's own are known"


def test_a_broker_that_comes_back_is_told_what_waited_and_pages_ask_for_everything(broker: Broker) -> None:
    with joined(broker) as (one, by_one), joined(broker) as (_, by_two):
        broker.kill()
        began = time.monotonic()
        for n in range(20):
            one.publish(TracksRemoved([], f"user {n}"))
        assert time.monotonic() - began < 1, "nobody waits for it"
        broker.start()
        until(lambda: LibraryChanged(None) in by_two and LibraryChanged(None) in by_one, 60)
        by_two.clear()
        one.publish(TracksRemoved([], "later"))
        until(lambda: TracksRemoved([], "later") in by_two, 60)


def test_who_listens_to_nothing_does_not_read_what_is_told(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf, read = BrokerEvents(broker.url), list[Event]()
    monkeypatch.setattr(deaf, "_tell", read.append)
    deaf.start()
    with joined(broker) as (one, _):
        until(lambda: LibraryChanged(None) in read)
        read.clear()
        with joined(broker) as (_, by_two):
            one.publish(TracksRemoved([], "ann"))
            until(lambda: TracksRemoved([], "ann") in by_two)
        deaf.subscribe(lambda event: None)
        until(lambda: one.publish(TracksRemoved([], "ben")) or read)
    deaf.stop()
    assert {event.user for event in read if isinstance(event, TracksRemoved)} == {"ben"}


@pytest.mark.parametrize("often", [True, False])
def test_connections_live_on_whether_much_is_told_or_nothing(
    broker: Broker, often: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(broker_events, "HEARTBEAT_S", 3)
    monkeypatch.setattr(broker_events, "TICK_S", 0.5)
    with joined(broker) as (one, by_one), joined(broker) as (_, by_two):
        began, told = time.monotonic(), list[Event]()
        for turn in range(90):  # RabbitMQ and we give up what is silent for six seconds
            until(lambda turn=turn: time.monotonic() - began > turn * 0.1)
            if often:
                told.append(TracksRemoved([], f"user {len(told)}"))
                one.publish(told[-1])
        until(lambda: len(by_two) >= len(told))
        assert by_one == by_two == told, "nobody began anew"
        assert not [record.message for record in caplog.records if "away" in record.message]


@contextmanager
def office(broker: Broker, ready: dict[str, int], sweep_s: float = 3600.0) -> Iterator[BrokerOffice]:
    app = celery_app(broker.url)
    for pool in ("light", "model.cpu"):
        with app.connection_for_write() as connection, closing(connection.channel()) as channel:
            queue = queue_of(pool, broker.url)(channel)
            queue.declare()
            queue.purge()
    found = BrokerOffice(app, lambda: ready, sweep_s)
    found.start()
    try:
        yield found
    finally:
        found.stop()


def test_tickets_wait_in_the_queue_of_their_pool(broker: Broker) -> None:
    with office(broker, {}) as found:
        found.issue("light", 3)
        found.issue("model.cpu")
        until(lambda: (found.waiting("light"), found.waiting("model.cpu")) == (3, 1))


def test_a_ticket_may_be_for_later(broker: Broker) -> None:
    with office(broker, {}) as found:
        found.issue("light", after_s=1.0)
        found.issue("light")
        until(lambda: found.waiting("light") == 1)
        until(lambda: found.waiting("light") == 2)


def test_what_is_ready_and_has_no_ticket_gets_one(broker: Broker) -> None:
    ready = dict[str, int]()
    with office(broker, ready, sweep_s=0.5) as found:
        found.issue("light", 2)
        until(lambda: found.waiting("light") == 2)
        ready |= {"light": 5, "model.cpu": 1}
        until(lambda: (found.waiting("light"), found.waiting("model.cpu")) == (5, 1))
        before = found.sweeps
        found.look()
        until(lambda: found.sweeps > before + 1)
        assert (found.waiting("light"), found.waiting("model.cpu")) == (5, 1), "and no more than that"


def test_who_has_it_look_while_it_looks_has_it_look_again() -> None:
    looked: list[int] = []

    def ready() -> dict[str, int]:
        looked.append(len(looked))
        if len(looked) == 1:
            found.look()
        return {}

    found = BrokerOffice(celery_app("amqp://127.0.0.1//"), ready, 3600.0)
    found.start()
    until(lambda: len(looked) == 2)
    found.stop()


def test_heartbeats_are_due_however_much_there_is_to_read() -> None:
    broker = mock.Mock()
    Heartbeats(broker).due()
    assert broker.drain_events.called and broker.heartbeat_check.call_count == 1


def test_tickets_that_the_broker_did_not_take_are_sent_when_it_is_back(broker: Broker) -> None:
    with office(broker, {}) as found:
        found.issue("light")
        until(lambda: found.waiting("light") == 1)
        broker.kill()
        began = time.monotonic()
        found.issue("light", 4)
        assert time.monotonic() - began < 1, "nobody waits for it"
        broker.start()
        until(lambda: _waits(found, "light") == 5, 60)


def _waits(found: BrokerOffice, pool: str) -> int:
    try:
        return found.waiting(pool)
    except Exception:  # while it starts
        return -1


@pytest.mark.parametrize(
    ("needs_mb", "known", "pool"),
    [
        (1000, (), "model.cpu"),
        (1000, ("model.cpu", "light"), "model.cpu"),
        (6000, ("model.cuda8", "model.cuda24"), "model.cuda8"),
        (7300, ("model.cuda8", "model.cuda24"), "model.cuda24"),
        (99_000, ("model.cuda8", "model.cuda24", "model.cpu"), "model.cuda24"),
    ],
)
def test_a_job_waits_for_the_smallest_device_that_has_room(needs_mb: int, known: tuple[str, ...], pool: str) -> None:
    from engine.cluster.pools import pool_for
    from engine.command import Lane

    assert pool_for(Lane.MODEL, lambda device: needs_mb, known) == pool
    assert pool_for(Lane.LIGHT, lambda device: needs_mb, known) == "light"

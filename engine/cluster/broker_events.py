"""Events between the processes of a cluster: each is told to all of them, over the broker."""

import contextlib
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, get_args

from kombu import Connection, Consumer, Exchange, Message, Producer, Queue

from engine import events
from engine.cluster.celery_app import CONNECT_S, HEARTBEAT_S
from engine.events import Event, InProcessEvents, LibraryChanged, Listener
from engine.jobs.codec import InvalidMessage, decode, encode

EXCHANGE = Exchange("audiocraft-webui.events", type="fanout", durable=False, delivery_mode="transient")
CONTENT_TYPE = "application/octet-stream"
KEPT = 10_000
"""So many wait for the broker at most; pages that missed more ask for everything anew."""
PAUSE_S = 1.0
TICK_S = 1.0
READ_S = 0.001
MOST_READ = 100
KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(events.Event)}

log = logging.getLogger(__name__)


class Heartbeats:
    """The heartbeats of a connection, both ways: they are due however much, or little, else goes over it."""

    def __init__(self, broker: Connection) -> None:
        self._broker = broker
        self._next_s = 0.0

    def due(self) -> None:
        """Called again and again: read the broker's and send ours. Raises what its transport does, when it is gone."""
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + TICK_S
        with contextlib.suppress(TimeoutError):  # who only sends would never read them
            for _ in range(MOST_READ):  # where more come than are read, heartbeats are due all the same
                self._broker.drain_events(timeout=READ_S)
        self._broker.heartbeat_check()


class BrokerEvents:
    """Listeners of this process are told at once, those of others in a moment; nobody waits for the broker.

    After a time without it nobody knows what was missed: `LibraryChanged` has every page ask for everything anew.
    """

    def __init__(self, broker_url: str) -> None:
        self._url = broker_url
        self._local, self._heard = InProcessEvents(), InProcessEvents()
        self._me = secrets.token_hex(8)
        self._outbox: queue.Queue[Event] = queue.Queue(KEPT)
        self._running = self._hears = self._listened = False
        self._threads = [
            threading.Thread(target=self._work, args=(work,), name=f"events-{name}", daemon=True)
            for name, work in (("out", self._send), ("in", self._receive))
        ]

    def start(self) -> None:
        self._running = True
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What is still to be told is told, if the broker takes it soon."""
        deadline = time.monotonic() + CONNECT_S
        while self._outbox.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.02)
        self._running = False

    def subscribe(self, listener: Listener) -> None:
        """Told of every event."""
        self._listened = True
        self._local.subscribe(listener)

    def hear(self, listener: Listener) -> None:
        """Told of the events of other processes alone, before whoever is told of all."""
        self._listened = True
        self._heard.subscribe(listener)

    def ask(self) -> None:
        """Raises ConnectionError while the broker is away."""
        if not self._hears:
            raise ConnectionError("the broker is away")

    def publish(self, event: Event) -> None:
        self._local.publish(event)
        try:
            self._outbox.put_nowait(event)
        except queue.Full:
            log.warning("an event is not told to other processes", extra={"event": type(event).__name__})

    def _work(self, work: Callable[[Connection], None]) -> None:
        while self._running:
            try:
                with Connection(self._url, connect_timeout=CONNECT_S, heartbeat=HEARTBEAT_S) as broker:
                    work(broker)
            except Exception as error:  # of whichever transport
                if self._running:
                    log.warning("the broker is away: %s", error)
                    time.sleep(PAUSE_S)

    def _send(self, broker: Connection) -> None:
        producer = Producer(broker.channel(), exchange=EXCHANGE)
        producer.maybe_declare(EXCHANGE)
        heartbeats = Heartbeats(broker)
        while self._running:
            heartbeats.due()
            try:
                event = self._outbox.get(timeout=TICK_S)
            except queue.Empty:
                continue
            try:
                producer.publish(
                    encode(event), headers={"from": self._me}, content_type=CONTENT_TYPE,
                    content_encoding="binary", retry=False,
                )  # fmt: skip
            except BaseException:
                self._give_back(event)
                raise
            self._outbox.task_done()

    def _give_back(self, event: Event) -> None:
        """It goes first when the broker is there again."""
        with self._outbox.mutex:
            self._outbox.queue.appendleft(event)

    def _receive(self, broker: Connection) -> None:
        inbox = Queue("", EXCHANGE, exclusive=True, auto_delete=True, durable=False)
        with Consumer(broker.channel(), [inbox], callbacks=[self._take], no_ack=True, accept=[CONTENT_TYPE]):
            self._hears = True
            try:
                self._tell(LibraryChanged(None))
                heartbeats = Heartbeats(broker)
                while self._running:
                    heartbeats.due()
                    with contextlib.suppress(TimeoutError):
                        broker.drain_events(timeout=TICK_S)
            finally:
                self._hears = False

    def _take(self, body: bytes, message: Message) -> None:
        if message.headers.get("from") == self._me or not self._listened:  # as in a node
            return
        try:
            event = decode(bytes(body), KINDS)
        except InvalidMessage as error:  # of another version
            log.warning("an event is not understood: %s", error)
            return
        self._tell(event)

    def _tell(self, event: Event) -> None:
        self._heard.publish(event)
        self._local.publish(event)

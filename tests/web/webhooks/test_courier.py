"""Deliveries on their way: tried again by a clock of our own, begun again after a crash, and nobody holds others up."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from engine.database import Database
from engine.database.tables import deliveries
from engine.state.files import StateFiles
from engine.web.webhooks import courier as module
from engine.web.webhooks import posting
from engine.web.webhooks.courier import EACH_HOST, EACH_USER, Courier
from engine.web.webhooks.deliveries import AT_WORK_S, Deliveries
from engine.web.webhooks.posting import Reply
from engine.web.webhooks.schedule import PAUSES_S
from engine.web.webhooks.secret import Secrets
from tests.conftest import make_settings
from tests.waiting import until
from tests.web.webhooks.receiver import Receiver, proves, receiving


class Post:
    """An office with a clock that is moved by hand."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.now = database, time.time()
        self.settings = make_settings(folder, webhook_hosts=("127.0.0.1",))
        self.deliveries, self.secrets = Deliveries(database), Secrets(StateFiles(self.settings))
        self.couriers: list[Courier] = []

    def courier(self, payload: Callable[[Any], str] = lambda row: f'{{"id": "{row.id}"}}') -> Courier:
        made = Courier(self.database, self.settings, StateFiles(self.settings), payload, lambda: self.now)
        self.couriers.append(made)
        return made

    def due(self, url: str, *, user: str = "local", host: str | None = None, due_at: float | None = None) -> str:
        """The id of a delivery that is due."""
        identity = uuid.uuid4().hex
        values = {
            "id": identity, "user_id": user, "job_id": "j", "url": url, "event": "job.completed", "body": {},
            "attempts": 0, "due_at": due_at or self.now, "created_at": self.now, "host": host or url.split("/")[2],
        }  # fmt: skip
        with self.database.write() as tx:
            tx.execute(insert(deliveries).values(values))
        return identity

    def row(self, identity: str) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(deliveries).where(deliveries.c.id == identity)).one()

    def settled(self, identity: str, attempts: int = 1) -> Any:
        """Its row, once so many attempts are over."""

        def over() -> Any:
            row = self.row(identity)
            return row if row.attempts == attempts and row.due_at != self.now + AT_WORK_S else None

        return until(over)

    def busy(self) -> bool:
        return any(each._users for each in self.couriers)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with contextlib.closing(Database(f"sqlite:///{tmp_path_factory.mktemp('post') / 'library.db'}")) as database:
        database.migrate()
        yield database


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Post]:
    office = Post(database, tmp_path)
    yield office
    for each in office.couriers:
        each.stop()
    until(lambda: not office.busy())
    with database.write() as tx:
        tx.execute(deliveries.delete())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def test_who_fails_some_times_and_then_takes_it_has_it_once_with_one_id_and_body(
    office: Post, receiver: Receiver
) -> None:
    receiver.then(500, 404, 429)
    delivery, courier = office.due(receiver.url()), office.courier()
    courier.wake()
    for attempts, status in enumerate((500, 404, 429), start=1):
        row = office.settled(delivery, attempts)
        assert (row.status, row.error, row.delivered_at) == (status, "webhook_answer", None)
        assert 0.8 * PAUSES_S[attempts - 1] <= row.due_at - office.now <= 1.2 * PAUSES_S[attempts - 1]
        office.now = row.due_at
        courier.wake()
    row = office.settled(delivery, 4)
    assert (row.status, row.error, row.due_at, row.delivered_at) == (204, None, None, office.now)
    assert {got.headers["webhook-id"] for got in receiver.received} == {delivery}
    assert {got.body for got in receiver.received} == {row.payload.encode()} == {f'{{"id": "{delivery}"}}'.encode()}
    secret = office.secrets.of("local")
    assert len(receiver.received) == 4 and all(proves(secret, got) for got in receiver.received)
    assert [int(got.headers["webhook-timestamp"]) for got in receiver.received][-1] == int(office.now)
    until(lambda: courier._thread is None)  # nothing waits any more


def test_who_never_takes_it_is_given_up_after_the_last_pause(office: Post, receiver: Receiver) -> None:
    receiver.then(*[503] * 20)
    delivery, courier = office.due(receiver.url()), office.courier()
    began = office.now
    for attempts in range(1, len(PAUSES_S) + 2):
        courier.wake()
        row = office.settled(delivery, attempts)
        office.now = row.due_at or office.now
    assert (row.due_at, row.delivered_at, row.error) == (None, None, "webhook_answer")
    assert 0.8 * sum(PAUSES_S) <= office.now - began <= 1.2 * sum(PAUSES_S)
    assert len(receiver.received) == len(PAUSES_S) + 1
    office.deliveries.again("local", delivery, office.now)
    receiver.answers.clear()
    courier.wake()
    assert office.settled(delivery, 1).delivered_at == office.now


def test_who_is_gone_is_given_up_at_once_and_who_says_when_is_asked_then(office: Post, receiver: Receiver) -> None:
    receiver.then(410)
    receiver.then(503, Retry_After="900")
    courier = office.courier()
    for due_at, error in ((None, "webhook_answer"), (office.now + 900, "webhook_answer")):
        delivery = office.due(receiver.url())
        courier.wake()
        row = office.settled(delivery)
        assert (row.due_at, row.error) == (due_at, error)


def test_a_place_that_became_a_private_one_is_not_reached(office: Post, receiver: Receiver) -> None:
    delivery = office.due(f"http://127.0.0.2:{receiver.port}/")
    office.courier().wake()
    row = office.settled(delivery)
    assert row.error == "webhook_host" and row.due_at > office.now and receiver.received == []


def test_what_was_on_its_way_when_the_program_died_is_sent_when_it_starts(office: Post, receiver: Receiver) -> None:
    waiting, begun = office.due(receiver.url("/a")), office.due(receiver.url("/b"))
    assert office.deliveries.claim(begun, office.row(begun).due_at, office.now), "and then nothing more is heard of it"
    next_life = office.courier()
    next_life.wake()
    assert office.settled(waiting).delivered_at == office.now and [got.path for got in receiver.received] == ["/a"]
    office.now += AT_WORK_S
    next_life.wake()
    assert office.settled(begun, 2).delivered_at == office.now


def test_two_senders_take_each_delivery_once(office: Post, receiver: Receiver) -> None:
    sent = [office.due(receiver.url(f"/{number}"), user=str(number), host=str(number)) for number in range(12)]
    for courier in (office.courier(), office.courier()):
        courier.wake()
    for delivery in sent:
        assert office.settled(delivery).delivered_at
    assert sorted(got.path for got in receiver.received) == sorted(f"/{number}" for number in range(12))


def test_nobody_who_is_slow_holds_others_up(office: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one host so many at once, of one user so many; all others go on beside them."""
    held, at_once, real = threading.Event(), list[str](), posting.post

    def post(to: Any, *rest: Any) -> Reply:
        if to.target == "/slow":
            at_once.append(to.authority)
            assert held.wait(30)
        return real(to, *rest)

    monkeypatch.setattr(posting, "post", post)
    slow = receiver.url("/slow")
    one_host = [office.due(slow, user=str(number), host="h", due_at=office.now - 99) for number in range(9)]
    one_user = [office.due(slow, user="u", host=f"u{number}", due_at=office.now - 98) for number in range(9)]
    quick = [office.due(receiver.url("/quick"), user=f"q{number}", host=f"q{number}") for number in range(9)]
    courier = office.courier()
    courier.wake()
    try:
        until(lambda: all(office.row(delivery).delivered_at for delivery in quick))
        assert len(at_once) == EACH_HOST + EACH_USER
    finally:
        held.set()
    until(lambda: all(office.row(delivery).delivered_at for delivery in (*one_host, *one_user)))


def test_a_fault_of_ours_is_no_end_of_it(office: Post, receiver: Receiver) -> None:
    def broken(_: Any) -> str:
        raise RuntimeError

    delivery = office.due(receiver.url())
    office.courier(broken).wake()
    row = office.settled(delivery)
    assert row.error == "webhook_fault" and row.due_at > office.now and row.payload is None


def test_what_is_asked_for_again_meanwhile_is_not_settled_by_the_attempt_before(office: Post) -> None:
    delivery = office.due("http://127.0.0.1:9/")
    claimed = office.deliveries.claim(delivery, office.now, office.now)
    assert claimed and office.deliveries.claim(delivery, office.now, office.now) is None
    office.deliveries.again("local", delivery, office.now + 1)
    office.deliveries.settle(claimed, due_at=None, error="webhook_slow")
    assert (office.row(delivery).due_at, office.row(delivery).error) == (office.now + 1, None)


def test_a_database_that_is_away_for_a_moment_is_asked_again(
    office: Post, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier = office.courier()
    real, faults = courier._deliveries.due, [OperationalError("", {}, Exception())]

    def due(*rest: Any, **more: Any) -> Any:
        if faults:
            raise faults.pop()
        return real(*rest, **more)

    monkeypatch.setattr(courier._deliveries, "due", due)
    monkeypatch.setattr(module, "FAULT_S", 0.0)
    delivery = office.due(receiver.url())
    courier.wake()
    assert office.settled(delivery).delivered_at

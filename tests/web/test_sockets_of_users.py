"""Two users at their sockets: each hears and does what is their own, and nobody comes in unknown."""

from collections.abc import Iterator
from typing import Any, get_args
from unittest import mock

import pytest
from flask import Flask
from flask_socketio import SocketIO, SocketIOTestClient

from engine.accounts import Caller
from engine.app import Application
from engine.errors import AppError, Code
from engine.events import (
    BackgroundChanged,
    Event,
    JobChanged,
    LibraryChanged,
    Notice,
    QueueChanged,
    TaggingChanged,
    TrackAdded,
    TracksRemoved,
)
from engine.jobs.job import Request
from engine.web import me
from engine.web.sockets import Sockets, local
from engine.web.state import state
from tests.conftest import Running

ANN, BEN = "a" * 32, "b" * 32


class Page(SocketIOTestClient):
    """A page of one user."""

    def said(self, name: str | None = None) -> list[Any]:
        """What came since the last look."""
        return [each["args"][0] for each in self.get_received() if name is None or each["name"] == name]

    def ask(self, name: str, body: Any = None) -> Any:
        return self.emit(name, body, callback=True)


class Room:
    """Sockets of an application whose `auth` says who connects."""

    def __init__(self, application: Application, **options: Any) -> None:
        self.application = application
        self.app = Flask("test")
        me.attach(self.app, application)
        self.socketio = SocketIO(self.app, async_mode="threading", manage_session=False, **options)
        self.sockets = Sockets(self.socketio, application, self._known)

    def _known(self, auth: Any) -> Caller:
        if not isinstance(auth, dict) or auth.get("user") not in (ANN, BEN):
            raise AppError(Code.UNAUTHORIZED, "login_wanted")
        return Caller(auth["user"])

    def page(self, auth: Any) -> Page:
        return Page(self.app, self.socketio, auth=auth)


@pytest.fixture(scope="module")
def room(running: Running) -> Room:
    return Room(running.application)


@pytest.fixture
def pages(room: Room) -> Iterator[tuple[Page, Page]]:
    pages = room.page({"user": ANN}), room.page({"user": BEN})
    for page in pages:
        page.said()
    yield pages
    for page in pages:
        if page.is_connected():
            page.disconnect()


def events_of(user: str | None) -> dict[type, Event]:
    """One of each kind."""
    return {
        JobChanged: JobChanged({"id": "1"}, str(user)),
        BackgroundChanged: BackgroundChanged(str(user)),
        TaggingChanged: TaggingChanged("running", 3, 2, 1, str(user)),
        TrackAdded: TrackAdded({"id": "2"}, str(user)),
        TracksRemoved: TracksRemoved(["2"], user),
        LibraryChanged: LibraryChanged(user),
        QueueChanged: QueueChanged(True, user),
        Notice: Notice("info", "ui.no_effect", {"names": "x", "because": "y"}, user),
    }


@pytest.mark.parametrize("kind", get_args(Event))
def test_an_event_reaches_its_user_only(room: Room, pages: tuple[Page, Page], kind: type) -> None:
    anns, bens = pages
    room.application.events.publish(events_of(ANN)[kind])
    heard = anns.get_received()
    assert len(heard) == (0 if kind is BackgroundChanged else 1) and bens.get_received() == []
    assert all("user" not in each["args"][0] for each in heard), "a page is told nothing of users"


@pytest.mark.parametrize("kind", [LibraryChanged, QueueChanged, Notice, TracksRemoved])
def test_what_concerns_everyone_reaches_everyone(room: Room, pages: tuple[Page, Page], kind: type) -> None:
    room.application.events.publish(events_of(None)[kind])
    assert [len(page.get_received()) for page in pages] == [1, 1]


@pytest.mark.parametrize("auth", [None, {}, {"user": "c"}, {"language": "en"}, "x", 1])
def test_whoever_is_not_known_is_refused_and_hears_nothing(room: Room, auth: Any) -> None:
    page = room.page(auth)
    assert not page.is_connected()
    room.application.events.publish(Notice("info", "ui.no_effect", {"names": "x", "because": "y"}))
    assert room.socketio.server.manager.rooms.get("/", {}).get(None, {}) == {}


def test_a_page_acts_for_its_user_whatever_it_sends(running: Running, room: Room, pages: tuple[Page, Page]) -> None:
    anns, bens = pages
    slow = {"command": "debug", "params": {"steps": 10_000, "step_s": 0.05}, "request_id": "one"}
    made = anns.ask("command", slow)["job_id"]
    assert running.application.queue.get(made).user == ANN
    running.until(lambda: running.application.queue.get(made).status == "RUNNING")
    assert bens.ask("command", {**slow, "user": ANN})["error"]["code"] == "INVALID_INPUT"
    his = bens.ask("command", slow)["job_id"]
    assert his != made, "the same request id of two users is two requests"
    for name in ("cancel", "retry", "move"):
        refused = [bens.ask(name, {"job_id": each, "position": 1})["error"] for each in (made, "0" * 32)]
        assert refused[0] == refused[1] and refused[0]["code"] == "NOT_FOUND"
    assert bens.ask("pause", {"paused": True}) == {"paused": True}
    assert not running.application.of(ANN).scheduler.paused
    assert {page.user: [job["id"] for job in page.jobs] for page in _shown(room)} == {ANN: [made], BEN: [his]}
    assert [job["command"] for job in anns.said("job")] and all(job["id"] == his for job in bens.said("job"))
    assert bens.ask("cancel", {"job_id": his})["job_id"] == his and anns.ask("cancel", {"job_id": made})
    running.until(lambda: running.application.queue.get(made).status == "CANCELED")


def _shown(room: Room) -> list[Any]:
    return [mock.Mock(user=user, jobs=state(room.application.of(user))["jobs"]) for user in (ANN, BEN)]


def test_the_last_run_is_its_users(running: Running) -> None:
    for user in (ANN, BEN):
        mine = running.application.of(user)
        running.done(mine.scheduler.submit(Request("debug", {"prompt": user, "steps": 1})))
    runs = {user: state(running.application.of(user))["last_run"]["params"]["prompt"] for user in (ANN, BEN)}
    assert runs == {ANN: ANN, BEN: BEN} and state(running.application.of("c" * 32))["last_run"] is None


def test_a_socket_that_is_closed_hears_and_does_nothing_more(room: Room, pages: tuple[Page, Page]) -> None:
    anns, bens = pages
    (sid,) = [sid for sid, who in room.sockets._callers.items() if who.user == ANN]
    room.socketio.server.disconnect(sid)
    assert not anns.is_connected() and bens.is_connected() and sid not in room.sockets._callers
    room.application.events.publish(JobChanged({"id": "1"}, ANN))
    assert bens.get_received() == []
    with room.app.test_request_context(), mock.patch("engine.web.sockets._sid", return_value=sid):
        refused = room.sockets._answered(lambda _: me.me.scheduler.cancel_waiting())
    assert refused["error"]["code"] == "UNAUTHORIZED"


def test_without_accounts_everyone_is_the_local_user(running: Running) -> None:
    assert local({"user": ANN}).user == "local"

"""One application with accounts for the whole room, asked in-process; passwords cost next to nothing here."""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO

from engine.accounts import passwords
from engine.accounts.accounts import Accounts
from engine.app import Application
from engine.library.record import Record, StemFile
from engine.web.auth import limits
from engine.web.server import create_web
from tests.conftest import make_settings
from tests.made_tracks import make_tracks, silence

PASSWORD = "correct horse battery"
REAL = passwords.COST
CHEAP = replace(REAL, memory_cost=64, time_cost=1, parallelism=1)
HOST = "http://localhost:5000"
NUMBERS = itertools.count(1)


@dataclass
class People:
    """The application, and shorthand for whoever comes to it."""

    application: Application
    app: Flask
    socketio: SocketIO

    @property
    def accounts(self) -> Accounts:
        assert self.application.accounts
        return self.application.accounts

    def client(self) -> FlaskClient:
        """A browser, or program, with no cookie yet."""
        return self.app.test_client()

    def without_cookies(self) -> FlaskClient:
        """One that sends no cookies but those of a header."""
        return self.app.test_client(use_cookies=False)

    def page(self, email: str, password: str = PASSWORD) -> FlaskClient:
        """A browser that is logged in, and sends what its page would."""
        client = self.client()
        answer = client.post("/api/session", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.json
        client.environ_base["HTTP_X_CSRF_TOKEN"] = answer.json["csrf"]
        return client

    def tokens(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        answer = self.client().post("/api/v1/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.json
        found: dict[str, Any] = answer.json
        return found

    def track(self, user: str, *stems: str) -> Record:
        """A new track of theirs, a second of silence with these stems."""
        settings = self.application.settings
        [made] = make_tracks(settings.audio_dir, 1)
        sound, name = settings.audio_dir / made.file, f"track_{next(NUMBERS)}"
        sound.rename(sound.with_name(f"{name}.wav"))
        sound.with_suffix(".json").unlink()
        (settings.output / "stems" / name).mkdir(parents=True)
        for stem in stems:
            (settings.output / "stems" / name / f"{stem}.wav").write_bytes(silence(800))
        files = [StemFile(name=stem, file=f"{stem}.wav", duration_s=0.1, samples=800) for stem in stems]
        own = {"id": uuid.uuid4().hex, "user": user, "name": name, "file": f"{name}.wav", "stems": files}
        record = made.model_copy(update=own)
        (settings.audio_dir / f"{name}.json").write_text(record.model_dump_json(), encoding="utf-8")
        self.application.library.sync()
        return record

    def program(self, token: str) -> FlaskClient:
        """A program that sends this token."""
        client = self.client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client


@pytest.fixture(scope="package")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """`boss@example.org`, the administrator, and `ann@example.org`, a user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", CHEAP)
        for name in limits.LIMITS:
            patch.setitem(limits.LIMITS, name, "1000000/minute")
        settings = make_settings(tmp_path_factory.mktemp("people"), accounts=True, async_mode="threading")
        application = Application.open(settings)
        try:
            people = People(application, *create_web(application))
            people.accounts.users.add("boss@example.org", PASSWORD)
            people.accounts.users.add("ann@example.org", PASSWORD)
            yield people
        finally:
            application.close()

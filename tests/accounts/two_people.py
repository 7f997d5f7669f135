"""An installation with accounts: what there is of one user, and another one who wants it. Nothing works in it: what
waits, waits for ever."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.accounts import passwords
from engine.accounts.marker import Marker
from engine.app import Application
from engine.database import jobs as jobs_table
from engine.database import metadata
from engine.database.tables import deliveries
from engine.errors import AppError, Code
from engine.jobs.dispatch import Dispatch
from engine.jobs.task_runner import TaskRunner
from engine.library.track_files import COVER, PEAKS, SPECTROGRAM, derived_key
from engine.web.auth import limits
from engine.web.server import create_web
from tests.accounts.conftest import CHEAP, PASSWORD, People
from tests.conftest import make_settings
from tests.made_tracks import silence
from tests.two_users import ANNA, ANNOTATION, BORIS, WRITTEN, record_files

OWNER, STRANGER = "owner@example.org", "stranger@example.org"
SCOPES = ("read", "jobs", "write", "admin")
CHANGING = frozenset(("used_at", "seen_at", "heartbeat_at"))
"""Columns that say when somebody was last there."""


@dataclass
class TwoPeople(People):
    """`things`: ids of what the owner has, by the name that routes have for it."""

    things: dict[str, list[str]] = field(default_factory=dict)
    owner: FlaskClient = field(init=False)
    stranger: FlaskClient = field(init=False)
    programs: dict[str, FlaskClient] = field(default_factory=dict)
    """The stranger's, by the scope that each is good for."""

    @property
    def words(self) -> set[str]:
        """What no answer to the stranger may have in it."""
        titles = {record.title for record in self.records}
        ids = {identity.partition(":")[2] or identity for each in self.things.values() for identity in each}
        return titles | ids - {WRITTEN, ANNOTATION} | {OWNER, "owner's"}

    records: list[Any] = field(default_factory=list)

    def kept(self) -> Any:
        """All that is kept of the owner: rows of every table, and files."""
        rows: dict[str, list[Any]] = {}
        with self.application.database.read() as connection:
            for table in metadata.sorted_tables:
                user = next((c for c in table.columns if c.name == "user_id"), None)
                if user is not None:
                    found = connection.execute(table.select().where(user == BORIS)).mappings()
                    rows[table.name] = [{k: v for k, v in row.items() if k not in CHANGING} for row in found]
        settings = self.application.settings
        folders = (settings.audio_dir, settings.uploads_dir, settings.incoming_dir, settings.state_of(BORIS))
        files = {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
        mine = (*self.things["track_id"], *self.things["upload_id"], *(made.name for made in self.records), BORIS)
        return rows, {path: data for path, data in files.items() if any(one in str(path) for one in mine)}


def _nobody(*_: Any) -> Any:
    raise AppError(Code.CONFLICT, "canceled")


def _facts(path: Path, name: str) -> dict[str, Any]:
    """What a worker would say of an upload."""
    if name.endswith((".txt", ".json")):
        return {"kind": "script", "mime": "text/plain", "letters": 9, "seconds": 1.0, "language": "en", "title": name}
    return {"kind": "sound", "rate_hz": 8000, "channels": 1, "duration_s": 1.0, "outline": "00"}


@contextmanager
def two_people(folder: Path) -> Iterator[TwoPeople]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", CHEAP)
        patch.setattr(Dispatch, "start", lambda self: None)
        patch.setattr(TaskRunner, "run", _nobody)
        for name in limits.LIMITS:
            patch.setitem(limits.LIMITS, name, "1000000/minute")
        settings = make_settings(folder, accounts=True, async_mode="threading", metrics=True, host="0.0.0.0")
        settings.state_dir.mkdir(parents=True)
        Marker(settings.state_dir).keep({OWNER: BORIS})
        records = record_files(settings.audio_dir, (ANNA, BORIS))[BORIS]
        matched = records[0].model_copy(update={"details": {"match": {}}})
        (settings.audio_dir / f"{matched.name}.json").write_text(matched.model_dump_json(), encoding="utf-8")
        application = Application.open(settings)
        try:
            application.library.sync()
            application.uploads._probe = _facts
            people = TwoPeople(application, *create_web(application), records=records)
            _fill(people)
            yield people
        finally:
            application.close()


def _delivered(people: TwoPeople, job_id: str) -> str:
    """A webhook of the owner's that was given up."""
    values = {
        "id": "de" * 16, "user_id": BORIS, "job_id": job_id, "url": "https://a.example/owner's", "body": {},
        "event": "job.failed", "attempts": 8, "due_at": None, "created_at": 1.0, "host": "a.example",
    }  # fmt: skip
    with people.application.database.write() as tx:
        tx.execute(deliveries.insert().values(values))
    return "de" * 16


def _fill(people: TwoPeople) -> None:
    application = people.application
    for email in ("boss@example.org", OWNER, STRANGER):
        people.accounts.users.add(email, PASSWORD)
    people.owner, people.stranger = people.page(OWNER), people.page(STRANGER)
    boss = people.page("boss@example.org")
    assert people.owner.get("/api/session").json["user"]["id"] == BORIS
    for record in people.records:
        for name in (PEAKS, SPECTROGRAM, COVER):
            data = json.dumps({"peaks": [[0], [0]]}).encode() if name == PEAKS else b"png"
            application.storage.write(derived_key(record.id, name), data)
        application.storage.write(derived_key(record.id, ".stems/drums.json"), b"{}")

    def made(path: str, name: str, body: Any = None, client: FlaskClient = people.owner, **sent: Any) -> Any:
        answer = client.post(path, json=body, **sent)
        assert answer.status_code in (200, 201, 202), (path, answer.json)
        found = answer.json
        for part in name.split("."):
            found = found[int(part) if part.isdigit() else part]
        return found

    track = people.records[0].id
    upload, *spare = (
        made("/api/uploads", "key", data={"file": (io.BytesIO(silence(10)), "owner's.wav")},
             content_type="multipart/form-data").removeprefix("upload:")
        for _ in range(2)
    )  # fmt: skip
    begun = made("/api/v1/uploads/sign", "key", {"content_type": "audio/wav", "ext": "wav"}).removeprefix("upload:")
    slow = {"command": "debug", "params": {"prompt": "owner's"}}
    batch = {**slow, "batch_id": "ba" * 16, "sources": [f"track:{each.id}" for each in people.records]}
    sounds = [f"track:{track}", f"upload:{upload}"]
    novel = {"novel_data": {"segments": [{"speaker": "owner's", "text": "Hi."}]}}
    jobs = [made("/api/jobs", "job_id", slow), *made("/api/batches", "job_ids", batch)]
    with application.database.write() as tx:
        tx.execute(jobs_table.update().values(track_ids=[track]))
    people.things = {
        "track_id": [track], "upload_id": [upload, begun, *spare], "key": sounds, "job_id": jobs,
        "batch_id": ["ba" * 16], "playlist_id": [
            made("/api/playlists", "id", {"title": "owner's", "search": {"q": "calm"}})
        ],
        "preset_id": [made("/api/v1/presets", "id", {"name": "owner's", "command": "debug", "params": {"steps": 1}})],
        "task_id": [made("/api/v1/audio-generation/sequential", "data.task_id", novel)],
        "session_id": [each.id for each in people.accounts.credentials.of(BORIS, "session")],  # type: ignore[arg-type]
        "token_id": [made("/api/v1/auth/tokens", "id", {"name": "owner's", "scopes": ["read"]})],
        "link_id": [made(f"/api/v1/tracks/{track}/links", "id", {})],
        "invitation_id": [made("/api/v1/auth/invitations", "id", {}, boss)],
        "user_id": [BORIS],
        "delivery_id": [_delivered(people, jobs[0])],
    }  # fmt: skip
    people.things["identity"] = jobs[:1]
    for scope in SCOPES[:3]:
        token = made("/api/v1/auth/tokens", "token", {"name": scope, "scopes": [scope]}, people.stranger)
        people.programs[scope] = people.program(token)

"""A library of two users, and the same one as if the other had never been."""

import io
from pathlib import Path
from typing import Any, NamedTuple

from engine.database import Database
from engine.library.library import Library
from engine.library.opening import open_storage
from engine.library.record import Annotation, Record, StemFile, TagsWritten
from engine.library.storage import Storage
from engine.library.uploads import Uploads
from engine.settings import Settings
from tests.made_tracks import make_tracks, silence
from tests.tagged import listened, tagged

ANNA, BORIS = "local", "b0" * 16
ANNOTATION, WRITTEN = "a" * 32, "c" * 32


class World(NamedTuple):
    """All parts of a library, and what is in it by user: records, and ids of uploads."""

    settings: Settings
    storage: Storage
    database: Database
    library: Library
    uploads: Uploads
    records: dict[str, list[Record]]
    uploaded: dict[str, list[str]]


def record_files(audio_dir: Path, users: tuple[str, ...]) -> dict[str, list[Record]]:
    """Three tracks of each with all that a track can have, Anna's the older ones; the same whoever else is there."""
    records: dict[str, list[Record]] = {}
    for number, made in enumerate(make_tracks(audio_dir, 6)):
        user = (ANNA, BORIS)[number // 3]
        sound, file = audio_dir / made.file, audio_dir / f"{made.name}.json"
        if user not in users:
            sound.unlink()
            file.unlink()
            continue
        facts = listened(number, "piano", bpm=100, key="A minor") | tagged(100.0, "A minor", "mood/calm")
        facts["fingerprint"] = {"words": "AAAA" * 50, "duration_s": 25.0}
        if number % 3:
            facts["analysis"] = {"version": 1}
        beside = {"midi": "mid", "picture": "png", "project": "drama"}
        for suffix in beside.values():
            sound.with_suffix(f".{suffix}").write_bytes(b"{}")
        stems = audio_dir.parent / "stems" / made.name
        stems.mkdir(parents=True)
        (stems / "drums.wav").write_bytes(silence(10))
        record = made.model_copy(
            update={
                **{field: f"{made.name}.{suffix}" for field, suffix in beside.items()},
                "user": user,
                "facts": facts,
                "stems": [StemFile(name="drums", file="drums.wav", duration_s=1, samples=10)],
                "annotations": [Annotation(id=ANNOTATION, command="tag", at=1.0, facts={"tempo": {"bpm": 100}})],
                "file_tags": [TagsWritten(id=WRITTEN, at=1.0, values={}, replaced=[])],
            }
        )
        file.write_text(record.model_dump_json(), encoding="utf-8")
        records.setdefault(user, []).append(record)
    return records


def world(settings: Settings, *users: str) -> World:
    for folder in (settings.audio_dir, settings.output / "stems", settings.uploads_dir, settings.peaks_dir):
        folder.mkdir(parents=True)
    storage, database = open_storage(settings), Database(settings.index_url)
    database.migrate()
    uploads = Uploads(storage, settings.uploads_dir, lambda path, name: {"kind": "script"})
    library = Library(settings, database, storage, uploads)
    records = record_files(settings.audio_dir, users)
    library.sync()
    uploaded = {user: [uploaded_by(uploads, user, f"{number}.wav") for number in range(2)] for user in users}
    return World(settings, storage, database, library, uploads, records, uploaded)


def uploaded_by(uploads: Uploads, user: str, name: str) -> str:
    """The id of a new upload."""
    facts: dict[str, Any] = uploads.of(user).add(io.BytesIO(silence(10)), name)
    key: str = facts["key"]
    return key.partition(":")[2]

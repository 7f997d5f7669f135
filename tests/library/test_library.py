"""Publishing, finding, editing, deleting, and agreeing with the disk."""

import contextlib
import io
import json
import os
import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import soundfile

from engine.database import Database
from engine.errors import AppError, Code
from engine.library.annotations import HISTORY_OF_A_COMMAND
from engine.library.atomic import write_json
from engine.library.inputs import KnownMusic
from engine.library.library import Library
from engine.library.opening import open_storage
from engine.library.publish import OUTCOME
from engine.library.record import Annotation, EngineInfo, Levels, Record, RecordParameters
from engine.library.search import Search
from engine.library.storage import Storage
from engine.library.sync import SyncReport
from engine.library.uploads import Uploads
from engine.parameters import Format
from engine.settings import Settings


@pytest.fixture
def storage(settings: Settings) -> Storage:
    for folder in (settings.audio_dir, settings.output / "stems", settings.uploads_dir, settings.peaks_dir):
        folder.mkdir(parents=True)
    return open_storage(settings)


@pytest.fixture
def uploads(settings: Settings, storage: Storage) -> Uploads:
    return Uploads(storage, settings.uploads_dir, lambda path, name: {"duration_s": 1.0})


@pytest.fixture
def library(settings: Settings, storage: Storage, uploads: Uploads) -> Library:
    return opened(settings, storage, uploads)


def opened(settings: Settings, storage: Storage, uploads: Uploads) -> Library:
    database = Database(settings.index_url)
    database.migrate()
    return Library(settings, database, storage, uploads)


def staged(library: Library, settings: Settings, *, tracks: int = 1, name: str = "tone_1", annotate: str = "") -> Path:
    """A job folder as a worker leaves it."""
    job_id = uuid.uuid4().hex
    folder = settings.jobs_dir / job_id
    folder.mkdir(parents=True)
    entries: list[dict[str, Any]] = []
    for index in range(tracks):
        soundfile.write(folder / f"{index}.wav", np.zeros((100, 2)), 44100)
        write_json(folder / f"{index}.peaks.json", {"duration_s": 1, "peaks": [[0], [0]]})
        record = Record(
            id=uuid.uuid4().hex, job_id=job_id, job_index=index, title="p", made_title="p", name=name,
            file=f"{index}.wav", command="debug",
            model="debug", prompt="p", created_at=time.time(), duration_s=100 / 44100, samples=100, levels=Levels(),
            engine=EngineInfo(name="debug", version="0"),
            parameters=RecordParameters(
                format=Format.WAV, format_requested=Format.WAV, sample_rate=44100, sample_rate_requested="original",
                bit_depth="24", bit_depth_requested="24", channels=2, channels_original=2,
            ),
        )  # fmt: skip
        dumped = record.model_dump(mode="json")
        (folder / f"{index}.mid").write_bytes(b"MThd")
        (folder / f"{index}.drama").write_bytes(b"{}")
        (folder / f"{index}.stems").mkdir()
        (folder / f"{index}.stems" / "drums.wav").write_bytes(b"RIFF")
        entries.append(
            {
                "staged": f"{index}.wav", "peaks": f"{index}.peaks.json", "midi": f"{index}.mid",
                "project": f"{index}.drama",
                "stems": f"{index}.stems", "record": dumped,
            }
        )  # fmt: skip
    added = Annotation(id=job_id, command="debug", job_id=job_id, at=1.0, facts={name: job_id})
    annotations = [{"track": annotate, "annotation": added.model_dump(mode="json")}] if annotate else []
    write_json(folder / OUTCOME, {"job_id": job_id, "tracks": entries, "annotations": annotations})
    return folder


def published(library: Library, settings: Settings, **how: Any) -> list[Record]:
    found = library.publish(staged(library, settings, **how))
    with library._index._database.write() as tx:
        library.index(tx, found)
    return found.tracks


def names(settings: Settings) -> set[str]:
    return {path.name for path in settings.audio_dir.iterdir()}


def test_equal_names_get_numbers_and_nothing_is_overwritten(library: Library, settings: Settings) -> None:
    (settings.audio_dir / "tone_1.mp3").write_bytes(b"mine")
    published(library, settings, tracks=2)
    assert names(settings) == {
        "tone_1.mp3",
        *(f"tone_1_{n}.{s}" for n in (2, 3) for s in ("wav", "json", "mid", "drama")),
    }
    assert (settings.audio_dir / "tone_1.mp3").read_bytes() == b"mine"


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_publishing_may_be_cut_at_any_step_and_repeated(library: Library, settings: Settings, links: bool) -> None:
    """Every call that touches the disk is cut once; after the repetition everything is there exactly once."""
    steps = 0
    (annotated,) = published(library, settings, name="annotated")
    while True:
        folder = staged(library, settings, tracks=2, name=f"tone_{steps}", annotate=annotated.id)
        with _cut_after(steps, links) as cut, contextlib.suppress(InterruptedError):
            library.publish(folder)
        with _cut_after(10**9, links):
            records = library.publish(folder).tracks
        wanted = {f"tone_{steps}{n}.{s}" for n in ("", "_2") for s in ("wav", "json", "mid", "drama")}
        assert {
            name for name in names(settings) if name.startswith(f"tone_{steps}.") or f"tone_{steps}_" in name
        } == wanted
        assert len({record.name for record in records}) == 2 and not list(folder.glob("*.wav"))
        assert all(record.midi == f"{record.name}.mid" for record in records)
        assert all(record.project == f"{record.name}.drama" for record in records)
        assert all((settings.output / "stems" / record.name / "drums.wav").exists() for record in records)
        record = library.record(annotated.id)
        assert list(record.facts) == [f"tone_{step}" for step in range(steps + 1)]
        kept = [{k: v} for k, v in record.facts.items()][-HISTORY_OF_A_COMMAND:]
        assert [known.facts for known in record.annotations] == kept
        if not cut.reached:
            break
        steps += 1
    assert steps >= 8


@pytest.mark.parametrize("begun", [False, True], ids=["nothing published yet", "published and deleted since"])
def test_a_result_whose_sound_is_gone_is_no_track_and_can_be_set_aside(
    library: Library, settings: Settings, begun: bool
) -> None:
    folder = staged(library, settings)
    if begun:
        library.publish(folder)
        (settings.audio_dir / "tone_1.wav").unlink()
    (folder / "0.wav").unlink(missing_ok=True)
    before = names(settings)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"0\.wav is gone"):
            library.publish(folder)
    assert names(settings) == before
    place = library.set_aside(folder)
    assert place == settings.output / "rescued" / folder.name and (place / OUTCOME).exists() and not folder.exists()


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_renaming_the_artist_may_be_cut_at_any_step_and_the_comparison_repairs_it(
    library: Library, storage: Storage, settings: Settings, links: bool
) -> None:
    steps = 0
    while True:
        record = published(library, settings, name=f"tone_{steps}")[0]
        with _cut_after(steps, links) as cut, contextlib.suppress(InterruptedError):
            library.rename_artist(record.id, "Анна К")
        storage.sweep("audio")
        found = library.sync()
        assert not found.broken and not found.removed
        now = library.record(record.id)
        assert now.name in (f"tone_{steps}", f"Анна-К_tone_{steps}")
        assert storage.stat(library.audio_key(record.id)) and storage.stat(library.beside_key(record.id, "midi"))
        assert (settings.output / "stems" / now.name / "drums.wav").exists()
        if not cut.reached:
            break
        steps += 1
    assert steps >= 3 and now.artist == now.parameters.artist == "Анна К" and now.name.startswith("Анна-К_")
    library.rename_artist(record.id, None)
    assert library.record(record.id).name == f"tone_{steps}"


def test_everything_of_a_track_goes_with_it_and_locked_ones_stay(library: Library, settings: Settings) -> None:
    records = [record for n in range(3) for record in published(library, settings, name=f"tone_{n}")]
    library.edit(records[1].id, locked=True)
    assert sorted(library.delete_all()) == sorted([records[0].id, records[2].id])
    assert names(settings) == {"tone_1.wav", "tone_1.json", "tone_1.mid", "tone_1.drama"}
    assert [path.name for path in (settings.output / "stems").iterdir()] == ["tone_1"]
    assert [path.stem for path in settings.peaks_dir.iterdir()] == [records[1].id]


def test_search_knows_every_script_and_no_wildcards(library: Library, settings: Settings) -> None:
    def found(**search: Any) -> list[str]:
        return sorted(row["name"] for row in library.rows(Search(**search)))

    for name, artist in (("тихий_ВАЛЬС", "Ёлка"), ("STRASSE", None), ("a100%b", "x_y")):
        record = published(library, settings, name=name)[0]
        library.rename_artist(record.id, artist)
    assert found(q="вальс ёЛКА") == ["Ёлка_тихий_ВАЛЬС"]
    assert found(q="straße") == ["STRASSE"]
    assert found(q="100%") == found(q="X_Y") == ["x-y_a100%b"]
    assert found(q="%") == ["x-y_a100%b"] and found(q="zz") == []
    assert found(locked=True) == [] and len(found(command="debug")) == 3
    order = [row["id"] for row in library.rows(Search(sort="title"))]
    assert [library.rows(Search(sort="title"), limit=1, offset=n)[0]["id"] for n in range(3)] == order
    assert library.counts("model") == {"debug": 3}


def test_tracks_indexed_before_the_search_came_are_found(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    from engine.database.connect import MIGRATIONS

    database = Database(f"sqlite:///{tmp_path}/old.db")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO tracks VALUES ('1','n','n.wav','j','c','m','Тихий','Я','wav',1,1,0,0,0)"
        )
    database.migrate()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT search FROM tracks").scalar() == "тихий\nn\nя\nm"


class _cut_after:  # noqa: N801
    """Raises in place of the n-th change on disk."""

    def __init__(self, number: int, links: bool) -> None:
        self.left, self.reached, self._links = number, False, links

    def _step(self) -> None:
        if self.left == 0:
            self.reached = True
            raise InterruptedError
        self.left -= 1

    def __enter__(self) -> "_cut_after":
        replace, unlink, link = Path.replace, Path.unlink, os.link

        def cut_replace(path: Path, target: Any) -> Any:
            self._step()
            return replace(path, target)

        def cut_unlink(path: Path, missing_ok: bool = False) -> None:
            if not path.name.endswith(".tmp"):
                self._step()
            unlink(path, missing_ok)

        def cut_link(source: Any, target: Any) -> None:
            self._step()
            if not self._links:
                raise OSError("no links here")
            link(source, target)

        self._patches = [
            mock.patch.object(Path, "replace", cut_replace),
            mock.patch.object(Path, "unlink", cut_unlink),
            mock.patch("engine.library.atomic.os.link", cut_link),
        ]
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        for patch in self._patches:
            patch.stop()


def test_the_index_is_made_anew_from_the_files(
    library: Library, storage: Storage, uploads: Uploads, settings: Settings
) -> None:
    records = published(library, settings, tracks=3)
    settings_db = Path(settings.index_url.removeprefix("sqlite:///"))
    library._index._database.close()
    for file in settings_db.parent.glob("library.db*"):
        file.unlink()
    anew = opened(settings, storage, uploads)
    assert anew.count() == 0
    assert sorted(anew.sync().added) == sorted(record.id for record in records) and anew.count() == 3
    assert anew.sync() == SyncReport([], [], [], [])


def test_files_that_went_came_or_were_renamed_by_hand_are_noticed(
    library: Library, storage: Storage, settings: Settings
) -> None:
    gone, renamed, kept = published(library, settings, tracks=3)
    for suffix in ("json", "wav"):
        (settings.audio_dir / f"{gone.name}.{suffix}").unlink()
        path = settings.audio_dir / f"{renamed.name}.{suffix}"
        path.rename(path.with_stem("моя песня"))
    (settings.audio_dir / "broken.json").write_text("{")
    found = library.sync()
    assert gone.id in found.removed and found.broken == ["broken.json"]
    assert library.record(renamed.id).name == "моя песня" and storage.stat(library.audio_key(renamed.id))
    assert {row["id"] for row in library.rows()} == {renamed.id, kept.id}


ENDLESS = {
    "tempo heard": {"facts": {"tempo": {"bpm": 10**400}, "sound": {"singing": 10**400}}},
    "version": {"facts": {"analysis": {"version": 10**400}}},
    "tempo composed": {"model": "composer", "details": {"tempo_bpm": 10**400, "key": "E minor"}},
    "form": {"model": "composer", "details": {"tempo_bpm": 78, "key": "E minor", "form": [{"start_s": 10**400}]}},
}


@pytest.mark.parametrize("where", ENDLESS)
def test_an_endless_number_says_nothing_and_hurts_no_other(where: str, library: Library, settings: Settings) -> None:
    records = published(library, settings, tracks=3)
    path = settings.audio_dir / f"{records[1].name}.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | ENDLESS[where]), encoding="utf-8")
    found = library.sync(full=True)
    assert found.broken == [] and {record.id for record in records} <= set(found.changed)
    json.dumps(library.rows(), allow_nan=False)
    assert library.input(f"track:{records[1].id}").record


def test_a_record_that_the_index_cannot_take_is_told_and_hurts_no_other(
    library: Library, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    records = published(library, settings, tracks=3)
    enter = library._index.enter

    def choosy(record: Record, *rest: Any) -> None:
        if record.id == records[1].id:
            raise OverflowError("too large")
        enter(record, *rest)

    with mock.patch.object(library._index, "enter", choosy):
        found = library.sync(full=True)
    assert found.broken == [f"{records[1].name}.json"] and found.removed == [records[1].id]
    assert {records[0].id, records[2].id} <= set(found.changed)
    assert "cannot be entered" in caplog.text
    assert library.sync().added == [records[1].id], "when it can be, it is there again"


HOSTILE_RECORDS: dict[str, Callable[[str], str]] = {
    "infinite": lambda text: re.sub(r'"duration_s": [\d.e-]+', '"duration_s": 1e999', text, count=1),
    "no number": lambda text: re.sub(r'"created_at": [\d.e+]+', '"created_at": NaN', text),
    "endless": lambda text: re.sub(r'"samples": \d+', '"samples": ' + "9" * 20_000, text, count=1),
    "no text": lambda text: text.replace('"prompt": "', '"prompt": "\\ud800', 1),
    "deep": lambda text: text.replace('"sources": []', '"sources": ' + "[" * 50_000 + "]" * 50_000),
    "large": lambda text: text + " " * (1 << 24),
    "a list": lambda text: f"[{text}]",
}


@pytest.mark.parametrize("how", HOSTILE_RECORDS)
def test_a_hostile_record_is_told_and_hurts_no_other(how: str, library: Library, settings: Settings) -> None:
    """One whose time was no number ended the comparison for all; one without an end made the page's state no JSON."""
    records = published(library, settings, tracks=3)
    path = settings.audio_dir / f"{records[1].name}.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(hostile := HOSTILE_RECORDS[how](whole), encoding="utf-8")
    assert hostile != whole
    assert library.sync(full=True).broken == [path.name]
    rows = library.rows()
    assert {row["id"] for row in rows} >= {records[0].id, records[2].id}
    json.dumps(rows, allow_nan=False)


def test_marks_are_kept_in_the_record_and_the_index(library: Library, settings: Settings) -> None:
    [record] = published(library, settings)
    row = library.edit(record.id, favourite=True, locked=True)
    on_disk = json.loads((settings.audio_dir / f"{record.name}.json").read_text())
    assert row["favourite"] and row["locked"] and on_disk["favourite"] and on_disk["locked"]
    with pytest.raises(AppError, match="locked") as refused:
        library.delete(record.id)
    assert refused.value.code is Code.INVALID_INPUT
    library.edit(record.id, locked=False)
    library.delete(record.id)
    assert names(settings) == set() and library.count() == 0


def test_what_a_score_says_of_a_piece_goes_along_with_it_to_a_job(library: Library, settings: Settings) -> None:
    [record] = published(library, settings)
    assert library.input(f"track:{record.id}").music is None
    composed = {"model": "composer", "details": {"tempo_bpm": 78, "key": "E minor"}}
    library._rewrite(record.id, lambda kept: kept.model_copy(update=composed))
    assert library.input(f"track:{record.id}").music == KnownMusic(78.0, "E minor")


def test_a_record_whose_audio_is_gone_says_so(library: Library, storage: Storage, settings: Settings) -> None:
    [record] = published(library, settings)
    (settings.audio_dir / record.file).unlink()
    for act in (lambda: storage.fetch(library.audio_key(record.id)), lambda: library.input_key(f"track:{record.id}")):
        with pytest.raises(AppError, match="gone from the disk") as refused:
            act()
        assert refused.value.code is Code.NOT_FOUND


def test_what_a_killed_process_left_is_swept_away(
    library: Library, storage: Storage, uploads: Uploads, settings: Settings
) -> None:
    published(library, settings)
    before = names(settings)
    (settings.audio_dir / ".x.json.77.tmp").write_text("half")
    (settings.uploads_dir / ("a" * 32)).write_bytes(b"upload without facts")
    (settings.uploads_dir / ("b" * 32 + ".json")).write_bytes(b"facts without upload")
    whole = uploads.add(io.BytesIO(b"sound"), "a.wav")["key"].removeprefix("upload:")
    storage.sweep("audio", "uploads")
    uploads.sweep(0)
    assert names(settings) == before and {path.name for path in settings.uploads_dir.iterdir()} == {
        whole,
        f"{whole}.json",
    }

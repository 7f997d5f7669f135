"""A disk that is really full: whatever is asked for ends as DISK_FULL, leaves nothing behind and goes well afterwards.

The output folder lies on a small file system in memory; a ballast file leaves as much room as a test wants.
"""

import contextlib
import errno
import json
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from mutagen import MutagenError
from mutagen.id3 import TIT2
from mutagen.wave import WAVE
from safetensors.torch import save_file
from sqlalchemy.exc import OperationalError

from engine.app import Application
from engine.audio.encode import write
from engine.errors import AppError, Canceled, Code
from engine.events import Notice
from engine.faults import DISK_FULL, as_app_error, disk_errors
from engine.jobs.job import ACTIVE, Job, Request
from engine.match.style import EqBand, StyleParams
from engine.parameters import Format
from engine.web.server import create_web
from tests.conftest import Running, leftovers, make_settings
from tests.made_tracks import silence
from tests.small_disk import SmallDisk, small_disk
from tests.split.test_demucs import placed
from tests.stemmed import RATE_HZ, make_stemmed, noise

DISK_MB = 64
STYLE = StyleParams(eq=(EqBand(f_hz=1000, gain_db=6, q=1),)).model_dump_json()
FORM = (
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    + bytes(2**20)
    + b"\r\n--edge--\r\n"
)
ROOMS_KIB = (0, 12, 60, 150, 400)
"""How much is left: nothing, and less than each command writes, so that the fault meets all that it writes."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    with small_disk(tmp_path_factory.mktemp("disk"), DISK_MB) as mounted:
        yield mounted


@pytest.fixture(scope="module")
def running(disk: SmallDisk) -> Iterator[Running]:
    """An application on the small disk, its system's folder for temporary files too."""
    settings = make_settings(disk.root, async_mode="threading")
    temporary = disk.root / "tmp"
    temporary.mkdir()
    make_stemmed(settings, {"drums": noise(3, 1), "bass": noise(3, 2)}, name="stemmed")
    write(disk.root / "reference.flac", noise(3, 3), RATE_HZ, format=Format.FLAC)
    placed(disk.root, "htdemucs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr(tempfile, "tempdir", str(temporary))
        application = Application.open(settings)
        application.library.sync()
        try:
            yield Running(application)
        finally:
            application.close()


def stemmed(running: Running) -> str:
    return f"track:{running.application.library.rows()[-1]['id']}"


LIGHT: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "generate": lambda source, reference: {"prompt": "calm piano", "duration": 4, "stems": True},
    "upscale": lambda source, reference: {"source": source},
    "match": lambda source, reference: {"source": source, "reference": reference},
    "mix": lambda source, reference: {"source": source},
}
HEAVY: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "split": lambda source, reference: {"source": source},
}


def settled(running: Running, disk: SmallDisk, room_kib: int, submit: Callable[[], Job]) -> dict[str, Any] | None:
    """The error of a job that met a full disk; None where it found room. It is settled at the latest when there is."""
    running.events.clear()
    with disk.left(room_kib):
        try:
            job = submit()
        except AppError as refused:
            return refused.body()
        running.until(
            lambda: (
                running.job(job).status not in ACTIVE
                or any(isinstance(event, Notice) and event.key == "ui.cannot_settle" for event in running.events)
            ),
            120,
        )
        assert running.job(job).attempt <= 1
    job = running.done(job)
    return job.error


@pytest.mark.parametrize("name", [*LIGHT, *HEAVY])
def test_every_command_says_so_and_leaves_nothing(running: Running, disk: SmallDisk, name: str) -> None:
    asked = {**LIGHT, **HEAVY}[name](stemmed(running), running.upload(disk.root / "reference.flac"))
    before = running.application.library.count()
    refused = 0
    for room_kib in ROOMS_KIB:
        error = settled(running, disk, room_kib, lambda: running.application.scheduler.submit(Request(name, asked)))
        if error is None:
            running.application.library.delete(running.application.library.rows()[0]["id"])
            continue
        assert error["code"] == Code.DISK_FULL, (room_kib, error)
        refused += 1
        assert running.application.library.count() == before
        assert leftovers(running.settings) == [] and list((disk.root / "tmp").iterdir()) == []
    assert refused >= 3
    job = running.done(running.application.scheduler.submit(Request(name, asked)), timeout_s=120)
    assert job.status == "COMPLETED", job.error
    running.application.library.delete(job.track_ids[0])


TEMPORARY: dict[str, dict[str, Any]] = {
    "upscale": {"peaks": "lower"},
    "match": {"stem_wise": True},
    "mix": {"peaks": "lower"},
    "split": {"peaks": "lower"},
}


@pytest.mark.parametrize("name", TEMPORARY)
def test_no_sound_waits_in_the_systems_temporary_folder(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte is there: less than any of these sounds takes."""
    temporary, settings = tmp_path / "temporary", make_settings(tmp_path)
    temporary.mkdir()
    tracks = [make_stemmed(settings, {"drums": noise(8, seed)}, name=f"s{seed}") for seed in (1, 2)]
    placed(tmp_path, "htdemucs")
    source, reference = (f"track:{track.id}" for track in tracks)
    asked = {"source": source} | ({"reference": reference} if name == "match" else {})
    with small_disk(temporary, 1):
        monkeypatch.setenv("TMPDIR", str(temporary))
        application = Application.open(settings)
        application.library.sync()
        try:
            running = Running(application)
            request = Request(name, {**asked, **TEMPORARY[name]})
            job = running.done(application.scheduler.submit(request), timeout_s=240)
            assert job.status == "COMPLETED", job.error
        finally:
            application.close()


REQUESTS: dict[str, Callable[[str, str], tuple[str, str, dict[str, Any]]]] = {
    "upload": lambda t, u: (
        "POST",
        "/api/uploads",
        {"data": FORM, "content_type": "multipart/form-data; boundary=edge"},
    ),
    "waveform": lambda t, u: ("GET", f"/api/tracks/{t}/peaks", {}),
    "spectrogram": lambda t, u: ("GET", f"/api/tracks/{t}/spectrogram", {}),
    "cover": lambda t, u: ("GET", f"/api/tracks/{t}/cover", {}),
    "waveform of a stem": lambda t, u: ("GET", f"/api/tracks/{t}/stems/drums/peaks", {}),
    "mark": lambda t, u: ("PATCH", f"/api/tracks/{t}", {"json": {"favourite": True}}),
    "artist": lambda t, u: ("PATCH", f"/api/tracks/{t}", {"json": {"artist": "Anna"}}),
    "samples": lambda t, u: ("GET", f"/api/sounds/{u}/samples", {}),
    "loudness": lambda t, u: ("GET", f"/api/sounds/{u}/levels", {}),
    "excerpt": lambda t, u: (
        "POST",
        "/api/match/spot",
        {"json": {"params": {"source": f"track:{t}", "reference": u, "style": STYLE}, "from_s": 0, "rate_hz": 48000}},
    ),
    "style as files": lambda t, u: ("POST", "/api/match/export", {"json": {"style": json.loads(STYLE), "form": "zip"}}),
    "command": lambda t, u: ("POST", "/api/jobs", {"json": {"command": "generate", "params": {"prompt": "x" * 9000}}}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_says_so_and_leaves_nothing(running: Running, disk: SmallDisk, name: str) -> None:
    client = create_web(running.application)[0].test_client()
    track, upload = stemmed(running), running.upload(disk.root / "reference.flac")
    method, path, body = REQUESTS[name](track.removeprefix("track:"), upload)
    before = disk.files()
    with disk.left(0):
        answer = client.open(path, method=method, **body)
    assert (answer.status_code, answer.json["error"]["code"]) == (507, Code.DISK_FULL), answer.data[:300]
    assert disk.files() == before
    method, path, body = REQUESTS[name](track.removeprefix("track:"), upload)
    assert client.open(path, method=method, **body).status_code in (200, 201, 202, 415)


def test_deleting_makes_room_where_there_is_none(running: Running, disk: SmallDisk) -> None:
    """It is the way out."""
    asked = {"prompt": "calm piano", "duration": 4, "stems": True}
    track = running.made("generate", **asked)
    client = create_web(running.application)[0].test_client()
    with disk.left(0):
        answer = client.delete(f"/api/tracks/{track.id}")
        assert answer.status_code == 200, answer.data
        assert disk.free() > 1_000_000


def by_torch(path: Path) -> None:
    torch.save({"w": torch.zeros(100_000)}, path)


def by_safetensors(path: Path) -> None:
    save_file({"w": torch.zeros(100_000)}, path)


def by_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", bytes(300_000))


def by_sqlite(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t AS SELECT zeroblob(300000)")


def by_ffmpeg(path: Path) -> None:
    with av.open(str(path), "w", format="wav") as out:
        stream = out.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 300_000), np.int16), format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        out.mux(stream.encode(frame))


def by_mutagen(path: Path) -> None:
    path.write_bytes(silence(1000))
    file = WAVE(path)
    file.add_tags()
    file.tags.add(TIT2(text="x" * 300_000))
    file.save()


WRITERS: dict[str, Callable[[Path], object]] = {
    "Python": lambda path: path.write_bytes(bytes(300_000)),
    "numpy's tofile": lambda path: np.zeros(100_000).tofile(path),
    "numpy's save": lambda path: np.save(path, np.zeros(100_000)),
    "torch": by_torch,
    "safetensors": by_safetensors,
    "matplotlib": lambda path: Figure(figsize=(20, 20)).savefig(path, format="raw"),
    "zipfile": by_zip,
    "SQLite": by_sqlite,
    "FFmpeg": by_ffmpeg,
    "mutagen": by_mutagen,
    "another program": lambda path: subprocess.run(
        ["dd", "if=/dev/zero", f"of={path}", "bs=1000", "count=300"], check=True, stderr=subprocess.PIPE, text=True
    ),
}


def fault_of(write_to: Callable[[Path], object], path: Path) -> Exception:
    try:
        write_to(path)
    except Exception as error:
        return error
    raise AssertionError("it found room")


@pytest.mark.parametrize("writer", WRITERS)
def test_every_library_is_understood(disk: SmallDisk, writer: str) -> None:
    path = disk.root / "written"
    with disk.left(64):
        fault = fault_of(WRITERS[writer], path)
        path.unlink(missing_ok=True)
    if isinstance(fault, subprocess.CalledProcessError):
        assert DISK_FULL.search(fault.stderr)
    else:
        assert as_app_error(fault).code is Code.DISK_FULL, repr(fault)


def chained(inner: Exception, outer: Exception, *, how: str) -> Exception:
    try:
        try:
            raise inner
        except Exception as cause:
            if how == "from":
                raise outer from cause
            if how == "from None":
                raise outer from None
            raise outer  # noqa: B904
    except Exception as error:
        return error


class SystemsError(OSError):
    """As Python raises it there, where `winerror` holds the system's own number."""

    def __init__(self, winerror: int) -> None:
        super().__init__(errno.EINVAL, "somehow in Russian")
        self.winerror = winerror


class PostgresError(Exception):
    sqlstate = "53100"


FULL = [
    OSError(errno.ENOSPC, "x"), OSError(errno.EDQUOT, "x"), SystemsError(112), SystemsError(39), SystemsError(1295),
    OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")),
    PostgresError("could not extend file"), MutagenError(OSError(errno.ENOSPC, "no room")),
    AppError(Code.DISK_FULL, "disk_full"),
]  # fmt: skip
OTHER = [
    OSError(errno.EIO, "x"), OSError(errno.EACCES, "x"), SystemsError(5), ValueError("28 requested"), MemoryError(),
    OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked")), Canceled(),
    AppError(Code.INVALID_INPUT, "unexpected_text", text="No space left on device"),
]  # fmt: skip


@pytest.mark.parametrize("how", ["from", "context"])
@pytest.mark.parametrize("fault", FULL, ids=repr)
def test_a_full_disk_is_seen_through_what_was_made_of_it(fault: Exception, how: str) -> None:
    for error in (
        fault,
        chained(fault, RuntimeError("encoding failed"), how=how),
        chained(fault, AppError(Code.INTERNAL, "unexpected", kind="x", reason="y"), how=how),
    ):
        known = as_app_error(error)
        assert (known.code, known.recoverable) == (Code.DISK_FULL, False)
        with pytest.raises(AppError) as raised, disk_errors():
            raise error
        assert raised.value.code is Code.DISK_FULL


@pytest.mark.parametrize("fault", OTHER, ids=repr)
def test_what_is_no_full_disk_is_not_taken_for_one(fault: Exception) -> None:
    for error in (
        fault,
        chained(OSError(errno.ENOSPC, "x"), fault, how="from None") if not isinstance(fault, MemoryError) else fault,
    ):
        assert as_app_error(error).code is not Code.DISK_FULL
        with pytest.raises(type(fault)) as raised, disk_errors():
            raise error
        assert raised.value is error

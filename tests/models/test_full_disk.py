"""Fetching onto a disk that fills up meanwhile, whatever brings the model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import AppError, Code
from engine.models import ModelStore
from engine.models.fetch import fetch
from tests.fake_job import FakeJob
from tests.models.conftest import CONTENT, Hub, tarball
from tests.small_disk import SmallDisk, small_disk

ROOMS_KIB = (0, 4, 64, 500, 900)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    root = tmp_path / "disk"
    root.mkdir()
    with small_disk(root, 300) as mounted:
        yield mounted


@pytest.mark.parametrize("room_kib", ROOMS_KIB)
@pytest.mark.parametrize("kind", ["file", "npm", "hf"])
def test_it_is_a_full_disk_and_nothing_else(
    disk: SmallDisk,
    add_model: Callable[..., object],
    fake_npm: Callable[[str], Path],
    hub: Hub,
    tmp_path: Path,
    kind: str,
    room_kib: int,
) -> None:
    (tmp_path / "own.bin").write_bytes(CONTENT)
    sources = {
        "file": f"file:{tmp_path / 'own.bin'}",
        "npm": "npm:tiny@1.0.0/tiny.bin",
        "hf": "hf:owner/repo/tiny.bin@main",
    }
    add_model(sources[kind])
    folder = fake_npm("""
        shutil.copyfile(here / "tiny-1.0.0.tgz", "tiny-1.0.0.tgz")
        print('[{"filename": "tiny-1.0.0.tgz"}]')
    """)
    tarball(folder / "tiny-1.0.0.tgz", {"package/tiny.bin": CONTENT})
    store = ModelStore(disk.root / "models")

    class Filling(FakeJob):
        """The disk fills up when the download has begun."""

        def progress(self, step: float, total: float, stage: str | None = None) -> None:
            super().progress(step, total, stage)
            disk.fill(room_kib)

    with disk.left(200_000), pytest.raises(AppError) as caught:
        fetch("tiny", store, Filling(tmp_path))
    assert (caught.value.code, caught.value.recoverable) == (Code.DISK_FULL, False)
    assert {path.name for path in disk.files()} <= {"tiny", "tiny.bin.part", "tiny.bin.part.json"}

"""The storages: files on disk, and one in memory that shows that the contract is not an accident of files."""

import io
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import pytest
from flask import Response, send_file

from engine.errors import AppError, Code
from engine.library.atomic import move_new
from engine.library.storage import LocalStorage, Storage, StoredObject, checked_key, missing
from tests.library.storage_contract import HOSTILE, StorageContract


class MemoryStorage:
    """Objects in a dict; what is fetched is a copy."""

    def __init__(self, temporary: Path) -> None:
        self._objects: dict[str, tuple[bytes, int]] = {}
        self._temporary = temporary
        self.origin = None

    def ask(self) -> None:
        """It is there."""

    def sweep(self, *parts: str) -> None:
        """Nothing is left."""

    def put(self, key: str, source: Path, *, exclusive: bool = False) -> bool:
        if exclusive and checked_key(key) in self._objects:
            return False
        self.write(key, source.read_bytes())
        source.unlink()
        return True

    def put_all(self, sources: Mapping[str, Path]) -> None:
        for key, source in sources.items():
            self.put(key, source)

    def write(self, key: str, data: bytes) -> None:
        self._objects[checked_key(key)] = (data, time.monotonic_ns())

    def fetch(self, key: str) -> Path:
        copy = self._temporary / uuid.uuid4().hex
        copy.write_bytes(self._content(key))
        return copy

    def open_range(self, key: str, start: int = 0) -> BinaryIO:
        return io.BytesIO(self._content(key)[start:])

    def stat(self, key: str) -> StoredObject | None:
        found = self._objects.get(checked_key(key))
        return StoredObject(key, len(found[0]), found[1]) if found else None

    def known(self, keys: Collection[str]) -> set[str]:
        return {key for key in keys if checked_key(key) in self._objects}

    def move(self, key: str, target: str, *, exclusive: bool = False) -> bool:
        content = self._content(key)
        if exclusive and checked_key(target) in self._objects:
            return False
        self.write(target, content)
        self.delete(key)
        return True

    def delete(self, key: str) -> None:
        self._objects.pop(checked_key(key), None)

    def delete_all(self, prefix: str) -> None:
        for key in [key for key in self._objects if key.startswith(prefix)]:
            del self._objects[key]

    def list(self, prefix: str) -> Iterator[StoredObject]:
        return iter([entry for key in self._objects if key.startswith(prefix) and (entry := self.stat(key))])

    def answer(self, key: str, *, mime: str, name: str, attachment: bool = False) -> Response:
        return send_file(
            io.BytesIO(self._content(key)), mimetype=mime, as_attachment=attachment, download_name=name,
            conditional=True, etag=str(self._objects[key][1]),
        )  # fmt: skip

    def _content(self, key: str) -> bytes:
        try:
            return self._objects[checked_key(key)][0]
        except KeyError:
            raise missing(key) from None


class TestLocalStorage(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        return LocalStorage(tmp_path / "root", {"stems": ".cache/stems"})


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Storage:
        (tmp_path / "fetched").mkdir()
        return MemoryStorage(tmp_path / "fetched")


@pytest.fixture
def local(tmp_path: Path) -> LocalStorage:
    (tmp_path / "root" / "audio").mkdir(parents=True)
    return LocalStorage(tmp_path / "root")


@pytest.mark.parametrize("key", HOSTILE)
def test_nothing_outside_the_root_is_read_or_touched(tmp_path: Path, local: LocalStorage, key: str) -> None:
    (tmp_path / "etc").write_text("secret")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    source = tmp_path / "source"
    source.write_bytes(b"x")
    for act in (lambda: local.put(key, source), lambda: local.delete(key), lambda: local.delete_all(f"{key}/")):
        with pytest.raises(AppError) as refused:
            act()
        assert refused.value.code is Code.NOT_FOUND
    source.unlink()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_link_does_not_lead_out_but_a_whole_folder_may_be_one(tmp_path: Path, local: LocalStorage) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    audio = tmp_path / "root" / "audio"
    (audio / "out").symlink_to(outside)
    (audio / "file").symlink_to(outside / "secret")
    (audio / "real").write_text("mine")
    (audio / "inner").symlink_to(audio / "real")
    for key in ("audio/file", "audio/out/secret"):
        for act in (lambda key=key: local.fetch(key), lambda key=key: local.write(key, b"x")):
            with pytest.raises(AppError) as refused:
                act()
            assert refused.value.code is Code.NOT_FOUND
    assert sorted(entry.key for entry in local.list("audio/")) == ["audio/inner", "audio/real"]
    (tmp_path / "root" / "uploads").symlink_to(outside)
    assert local.fetch("uploads/secret").read_text() == "secret"


def test_empty_folders_go_and_the_sweep_takes_only_what_was_begun(tmp_path: Path, local: LocalStorage) -> None:
    for key in ("audio/a", "stems/x/a.wav", "stems/x/y/b.wav"):
        local.write(key, b"x")
    for path in ("audio/.a.1.tmp", "stems/x/.a.tmp", "stems/.kept"):
        (tmp_path / "root" / path).write_bytes(b"half")
    local.sweep("audio", "stems", "none")
    assert {path.name for path in (tmp_path / "root").rglob(".*")} == {".kept"}
    local.move("stems/x/y/b.wav", "stems/z/b.wav")
    assert {path.name for path in (tmp_path / "root" / "stems").iterdir()} == {"x", "z", ".kept"}
    assert [path.name for path in (tmp_path / "root" / "stems" / "x").iterdir()] == ["a.wav"]
    for key in ("audio/a", "stems/x/a.wav", "stems/z/b.wav"):
        local.delete(key)
    assert {path.name for path in (tmp_path / "root").rglob("*")} == {"audio", "stems", ".kept"}


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_an_exclusive_move_never_replaces(tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError("no links here")

    if not links:
        monkeypatch.setattr("engine.library.atomic.os.link", link)
    source, target = tmp_path / "a", tmp_path / "b"
    with pytest.raises(FileNotFoundError):
        move_new(source, target)
    target.unlink(missing_ok=True)
    source.write_text("new")
    target.write_text("old")
    assert move_new(source, target) is False and target.read_text() == "old" and source.exists()
    target.unlink()
    assert move_new(source, target) is True and target.read_text() == "new" and not source.exists()
    if links:
        source.hardlink_to(target)  # a crash came between the two names
        assert move_new(source, target) is True and target.read_text() == "new" and not source.exists()
    source.write_text("newer")
    target.write_text("")  # a crash came after the name was reserved
    assert move_new(source, target) is True and target.read_text() == "newer" and not source.exists()

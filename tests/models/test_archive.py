"""Nothing but the named files leaves an archive, whatever it holds."""

import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.archive import ArchiveError, join, unpack

from .conftest import tarball

HOSTILE = ["../evil", "package/../../evil", "/evil", "package/../model.bin", "C:\\evil", "package//evil", "..\\evil"]


def linked(target: str, kind: bytes, name: str = "package/model.bin") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_only_the_wanted_files_come_out_and_no_name_of_the_archive_is_used(tmp_path: Path) -> None:
    files = dict.fromkeys([*HOSTILE, "package/other", "package/model.bin", "package/sub/x"], b"data")
    archive = tarball(tmp_path / "a.tgz", files)
    (out := tmp_path / "deep" / "out").mkdir(parents=True)
    found = unpack(archive, {"model.bin", "sub/x", "absent"}, out, 100, lambda n: None)
    assert set(found) == {"model.bin", "sub/x"}
    assert everything(tmp_path) == {"a.tgz", "deep", "deep/out", "deep/out/0.unpacked", "deep/out/1.unpacked"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_links_devices_and_folders_are_passed_over(tmp_path: Path, kind: bytes) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    archive = tarball(
        tmp_path / "a.tgz", {"package/x": b"x"}, lambda tar: tar.addfile(linked(str(tmp_path / "secret"), kind))
    )
    assert unpack(archive, {"model.bin"}, tmp_path, 100, lambda n: None) == {}


def test_a_link_in_a_wheel_is_passed_over(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        info = zipfile.ZipInfo("p/link.bin")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        wheel.writestr(info, "/secret")
        wheel.writestr("p/real.bin", b"real")
    found = unpack(tmp_path / "a.whl", {"p/link.bin", "p/real.bin"}, tmp_path, 100, lambda n: None)
    assert {name: path.read_bytes() for name, path in found.items()} == {"p/real.bin": b"real"}


def test_more_than_the_limit_is_not_written(tmp_path: Path) -> None:
    archive = tarball(tmp_path / "a.tgz", {"package/model.bin": bytes(50_000_000)})
    with pytest.raises(ArchiveError):
        unpack(archive, {"model.bin"}, tmp_path, 1_000_000, lambda n: None)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 1_000_000


@pytest.mark.parametrize("name", ["a.tgz", "a.whl"])
@given(data=st.binary(max_size=200), cut=st.integers(0, 100))
def test_a_broken_archive_is_an_archive_error_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("broken")
    archive = tarball(folder / name, {"package/model.bin": data})
    archive.write_bytes(archive.read_bytes()[:cut] + data)
    try:
        found = unpack(archive, {"model.bin"}, folder, 10**6, lambda n: None)
    except ArchiveError:
        return
    assert all(path.read_bytes() == data for path in found.values())


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5))
def test_pieces_are_joined_in_order(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("join")
    paths = [folder / str(n) for n in range(len(pieces))]
    for path, piece in zip(paths, pieces, strict=True):
        path.write_bytes(piece)
    join(paths, folder / "whole")
    assert (folder / "whole").read_bytes() == b"".join(pieces)
    assert everything(folder) == {"whole"}

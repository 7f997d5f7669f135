"""What the model tests share: a job, a model of a few bytes, an npm that does as it is told, a hub on loopback."""

import hashlib
import io
import os
import sys
import tarfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.models import MODELS, FileState, Model, ModelFile, ModelStore
from tests.fake_job import FakeJob

CONTENT = bytes(range(256)) * 8192  # 2 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def job(store: ModelStore) -> Any:
    return FakeJob(store.models_dir.parent)


@pytest.fixture
def add_model(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Model]:
    """Put a model of one file called tiny.bin, or of the given files, into the catalogue."""

    def add(*sources: str, sha256: str | None = SHA256, files: tuple[ModelFile, ...] = ()) -> Model:
        one = (ModelFile(name="tiny.bin", size=len(CONTENT), sha256=sha256, sources=sources),)
        model = Model(
            id="tiny", model_family="tiny", title="Tiny", commands=("debug",), licence="MIT", commercial_use=True,
            files=files or one,
        )  # fmt: skip
        monkeypatch.setitem(MODELS, model.id, model)
        return model

    return add


def states(store: ModelStore, model_id: str) -> list[FileState]:
    return [store.state(MODELS[model_id], file) for file in MODELS[model_id].files]


def leftovers(store: ModelStore) -> list[str]:
    """Everything in the models folder but models and the lock."""
    found = [path.relative_to(store.models_dir).as_posix() for path in store.models_dir.rglob("*") if path.is_file()]
    return sorted(name for name in found if not name.startswith(".locks/") and not name.endswith(".checked.json"))


def tarball(path: Path, files: dict[str, bytes], extra: Callable[[tarfile.TarFile], None] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        if extra:
            extra(tar)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.fixture
def fake_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put an `npm` first on PATH that runs the given Python; returns the folder whose files it finds as `here`."""
    folder = tmp_path / "fake npm"
    folder.mkdir()

    def install(body: str) -> Path:
        script = folder / "npm_body.py"
        head = f"import os, sys, time, shutil, subprocess, pathlib\nhere = pathlib.Path({str(folder)!r})\n"
        script.write_text(head + textwrap.dedent(body), encoding="utf-8")
        if sys.platform == "win32":
            (folder / "npm.cmd").write_text(f'@"{sys.executable}" "{script}" %*\n')
        else:
            npm = folder / "npm"
            npm.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
            npm.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return folder

    return install


class Hub:
    """A model hub with one file, `owner/repo/tiny.bin`, and the faults that a test wishes for."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.etag = hashlib.sha256(CONTENT).hexdigest()
        self.cut_after: list[int] = []
        self.stall_after: int | None = None
        self.status = 200
        self.ranges: list[str | None] = []
        self.release = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _handler(hub) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def _head(self, start: int) -> bool:
                if hub.status != 200 or self.path.partition("?")[0] != "/owner/repo/resolve/main/tiny.bin":
                    self.send_response(hub.status if hub.status != 200 else 404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return False
                self.send_response(206 if start else 200)
                self.send_header("ETag", f'"{hub.etag}"')
                self.send_header("X-Repo-Commit", "a" * 40)
                self.send_header("Content-Length", str(len(hub.content) - start))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(hub.content) - 1}/{len(hub.content)}")
                self.end_headers()
                return True

            def do_HEAD(self) -> None:
                self._head(0)

            def do_GET(self) -> None:
                asked = self.headers.get("Range")
                hub.ranges.append(asked)
                start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
                if not self._head(start):
                    return
                data = hub.content[start:]
                if hub.stall_after is not None:
                    self.wfile.write(data[: hub.stall_after])
                    self.wfile.flush()
                    hub.release.wait(20)
                elif hub.cut_after:
                    self.wfile.write(data[: hub.cut_after.pop(0)])
                    self.wfile.flush()
                else:
                    self.wfile.write(data)
                self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    found = Hub()
    monkeypatch.setenv("HF_ENDPOINT", found.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield found
    found.close()

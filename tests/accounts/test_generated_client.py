"""A client that is generated from the document, by the command that docs/api.md names: it has everything, and works."""

import compileall
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from engine.settings import PROJECT
from tests.accounts.conftest import HOST, PASSWORD, People
from tests.made_tracks import silence

NAME = "generated_client"


@pytest.fixture(scope="module")
def document(people: People) -> Any:
    return people.client().get("/api/v1/openapi.json").json


@pytest.fixture(scope="module")
def folder(document: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the package lies that was generated, and nothing was left out of it."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    config = PROJECT / "docs" / "python-client.yaml"
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none"]
    command += ["--config", str(config), "--output-path", NAME, "--fail-on-warning"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "arning" not in said, said
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def of(module: str) -> ModuleType:
    return importlib.import_module(f"{NAME}.{module}")


def test_every_operation_and_model_is_in_it(folder: Path, document: Any) -> None:
    package = folder / NAME
    assert compileall.compile_dir(package, quiet=1)
    told = {each["operationId"] for methods in document["paths"].values() for each in methods.values()}
    made = {path.stem for path in package.glob("api/*/*.py")} - {"__init__"}
    assert made == told and len(told) > 60
    models = of("models")
    assert [
        name for name in ("Track", "JobView", "DebugJob", "StyleParams", "SignedUpload") if not hasattr(models, name)
    ] == []


def test_it_logs_in_uploads_asks_waits_and_hears(folder: Path, people: People) -> None:
    models, types = of("models"), of("types")
    through = {"transport": httpx.WSGITransport(app=people.app)}
    stranger = of("client").Client(base_url=HOST, httpx_args=through, raise_on_unexpected_status=True)
    tokens = of("api.accounts.login").sync(
        client=stranger, body=models.Login(email="ann@example.org", password=PASSWORD)
    )
    client = of("client").AuthenticatedClient(
        base_url=HOST, token=tokens.access_token, httpx_args=through, raise_on_unexpected_status=True
    )
    file = types.File(payload=BytesIO(silence(8000)), file_name="a.wav")
    upload = of("api.uploads.upload_file").sync(client=client, body=models.UploadFileBody(file))
    assert upload.key.startswith("upload:") and upload.duration_s == 1.0
    order = models.DebugJob(command="debug", params=models.DebugParams(duration=0.5))
    job = of("api.jobs.create_job").sync(client=client, body=order, prefer="wait=60")
    while job.state in ("PENDING", "RUNNING"):
        job = of("api.jobs.get_job").sync(job.id, client=client)
    assert job.state == "COMPLETED" and job.progress == 100
    sound = httpx.Client(base_url=HOST, **through).get(job.download_url)
    assert sound.status_code == 200 and sound.content[:4] == b"RIFF"
    track = of("api.tracks.get_track").sync(job.tracks[0].id, client=client)
    assert track.title == job.tracks[0].title and track.urls_expire
    assert of("api.tracks.track_audio").sync(track.id, client=client).payload.read() == sound.content
    link = of("api.tracks.create_link").sync(track.id, client=client, body=models.NewLink(expires_in=3600))
    assert httpx.Client(**through).get(link.url).status_code == 200
    refused = of("api.tracks.get_track").sync("0" * 32, client=client)
    assert isinstance(refused, models.Error) and refused.code == "NOT_FOUND"

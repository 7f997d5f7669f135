"""The whole program on a bucket: what is uploaded, made, heard, changed and deleted lies there, then nothing does."""

import contextlib
import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
import soundfile
from flask.testing import FlaskClient

from engine.app import Application
from engine.errors import AppError, Code
from engine.library.incoming import KEPT_S
from engine.library.s3.incoming import BucketIncoming
from engine.library.s3.places import INCOMING
from engine.library.s3.storage import S3Storage
from engine.terminal.storage import run_storage
from engine.web.server import create_web
from tests.conftest import Running, leftovers, make_settings
from tests.stores import Store
from tests.waiting import until

WAV = {"content_type": "audio/wav", "ext": "wav"}
PART = 5 * 2**20


@pytest.fixture(scope="module")
def sound() -> bytes:
    """Longer than one part of an upload."""
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(1).uniform(-0.5, 0.5, (1_500_000, 2)), 48_000, format="WAV")
    assert PART < file.tell() < 2 * PART
    return file.getvalue()


@pytest.fixture(scope="module")
def on_bucket(nanio: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = nanio.settings(tmp_path_factory.mktemp("on_s3"), storage_redirect=True, async_mode="threading")
    application = Application.open(settings)
    try:
        yield Running(application)
    finally:
        application.close()


@pytest.fixture(scope="module")
def client(on_bucket: Running) -> FlaskClient:
    return create_web(on_bucket.application)[0].test_client()


def storage_of(running: Running) -> S3Storage:
    storage = running.application.storage
    assert isinstance(storage, S3Storage)
    return storage


def names(running: Running) -> list[str]:
    bucket = storage_of(running).bucket
    assert not bucket.call("list_multipart_uploads").get("Uploads")
    return sorted(entry["Key"] for entry in bucket.names(""))


def sent(url: str, data: bytes | None = None, **headers: str) -> tuple[int, bytes, Any]:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = requests.request("GET" if data is None else "PUT", url, data=data, headers=said)
    return answer.status_code, answer.content, answer.headers


def test_what_is_made_lies_in_the_bucket_and_goes_with_its_track(
    on_bucket: Running, client: FlaskClient, sound: bytes
) -> None:
    assert names(on_bucket) == []
    facts = client.post("/api/uploads", data={"file": (io.BytesIO(sound), "Noise.wav")}).get_json()
    upload_id = facts["key"].removeprefix("upload:")
    assert names(on_bucket) == [f"audio/raw/{upload_id}", f"audio/raw/{upload_id}.json"]
    heard = on_bucket.made("debug", source=facts["key"], duration=0.1)
    made = on_bucket.made("generate", prompt="calm piano", model="composer", duration=2, stems=True)
    stored = [name for name in names(on_bucket) if f"/{made.name}" in name]
    assert f"audio/processed/{made.name}.json" in stored and f"audio/processed/{made.file}" in stored
    assert len([name for name in stored if name.startswith(f"audio/stems/{made.name}/")]) == len(made.stems) > 1
    on_disk = [path for path in on_bucket.settings.output.rglob("*") if made.id in path.name or made.name in path.name]
    assert on_disk == []
    on_bucket.until(lambda: leftovers(on_bucket.settings) == [])

    path, stem = f"/api/tracks/{made.id}", f"/api/tracks/{made.id}/stems/{made.stems[0].name}/audio"
    for asked in (f"{path}/audio", stem):
        where = client.get(asked)
        assert where.status_code == 302
        whole = sent(where.location)[1]
        assert sent(where.location, Range="bytes=4-11")[:2] == (206, whole[4:12])
        with mock.patch.object(storage_of(on_bucket).bucket, "redirects", False):
            part = client.get(asked, headers={"Range": "bytes=4-11"})
        assert (part.status_code, part.data, whole[:4]) == (206, whole[4:12], b"RIFF")
    origin = storage_of(on_bucket).origin
    policy = client.get("/api/state").headers["Content-Security-Policy"]
    assert f"media-src 'self' blob: {origin}" in policy and f"connect-src 'self' {origin};" in policy
    assert client.get(f"{path}/peaks").get_json()
    assert client.get(f"{path}/cover").status_code == 302
    archive = client.get(f"{path}/stems.zip")
    assert archive.status_code == 200 and archive.data[:2] == b"PK"

    assert client.patch(path, json={"artist": "Someone"}).status_code == 200
    renamed = on_bucket.application.library.record(made.id)
    assert renamed.name != made.name and not [name for name in names(on_bucket) if f"/{made.name}" in name]
    on_bucket.application.library.sync(full=True)
    for track in (heard, renamed):
        assert client.delete(f"/api/tracks/{track.id}").status_code == 200
    assert client.delete(f"/api/uploads/{upload_id}").status_code == 200
    assert names(on_bucket) == [] == leftovers(on_bucket.settings)


def begun(client: FlaskClient, **more: Any) -> tuple[dict[str, Any], str]:
    """The answer, and the path of the upload."""
    answer = client.post("/api/v1/uploads/sign", json=WAV | more)
    assert answer.status_code == 201, answer.text
    upload = dict(answer.get_json())
    return upload, f"/api/v1/uploads/{upload['key']}"


def finished(client: FlaskClient, path: str, **body: Any) -> dict[str, Any]:
    return dict(client.post(f"{path}/complete", json=body).get_json())


def test_a_signed_upload_goes_straight_into_the_bucket(on_bucket: Running, client: FlaskClient, sound: bytes) -> None:
    upload, path = begun(client, size=len(sound), name="Signed.wav")
    assert upload["put_url"].startswith(f"{storage_of(on_bucket).origin}/")
    url = upload["put_url"]
    assert sent(f"{url[:-4]}0000", sound, Content_Type="audio/wav")[0] == 403
    assert sent(url, sound, Content_Type="text/html")[0] == 403
    assert sent(url, sound + b"more", **{"Content-Type": "audio/wav"})[0] == 403  # the length is signed too
    assert finished(client, path)["detail"]["key"] == "error.upload_parts_missing"
    assert sent(url, sound, **upload["headers"])[0] == 200
    for _ in range(2):  # asked again, the answer is the same
        assert (facts := finished(client, path))["name"] == "Signed.wav"
    assert sent(client.get(facts["audio_url"]).location)[1] == sound
    assert client.delete(path).status_code == 204 and names(on_bucket) == []


def test_what_is_too_long_or_of_another_type_is_refused_at_the_end(
    on_bucket: Running, client: FlaskClient, sound: bytes
) -> None:
    """Whatever the store let pass."""
    bucket = storage_of(on_bucket).bucket
    for content, mime, why in ((sound, "text/html", "upload_type"), (sound + b"x", "audio/wav", "upload_size")):
        upload, path = begun(client, size=len(sound))
        identity = upload["key"].removeprefix("upload:")
        bucket.call("put_object", Key=f"{INCOMING}local/{identity}/content", Body=content, ContentType=mime)
        assert finished(client, path)["detail"]["key"] == f"error.{why}"
        with mock.patch("engine.web.v1.uploads.MAX_BYTES", 1000), contextlib.suppress(KeyError):
            assert finished(client, path)["code"] in ("TOO_LARGE", "INVALID_INPUT")
        assert client.delete(path).status_code == 204
    assert names(on_bucket) == []


def test_an_address_ends(on_bucket: Running) -> None:
    bucket = storage_of(on_bucket).bucket
    url = bucket.signed("put_object", lasts_s=1, Key="incoming/x", ContentType="audio/wav")
    until(lambda: sent(url, b"x", Content_Type="audio/wav")[0] == 403)
    bucket.call("delete_object", Key="incoming/x")


def test_parts_go_on_after_a_break(on_bucket: Running, client: FlaskClient, sound: bytes) -> None:
    cut = {1: sound[:PART], 2: sound[PART:]}
    _, path = begun(client, size=len(sound))

    def address(number: int) -> str:
        return str(client.post(f"{path}/parts", json={"numbers": [number]}).get_json()["parts"][0]["put_url"])

    etag = sent(address(1), cut[1])[2]["ETag"].strip('"')
    where = urlsplit(address(2))
    with socket.create_connection((where.hostname or "", where.port or 0)) as line:  # the browser dies in the second
        line.sendall(f"PUT {where.path}?{where.query} HTTP/1.1\r\nHost: {where.netloc}\r\n".encode())
        line.sendall(f"Content-Length: {len(cut[2])}\r\n\r\n".encode() + cut[2][:1000])
    there = client.get(f"{path}/parts").get_json()["parts"]
    assert there == [{"number": 1, "size": PART, "etag": etag}]
    assert finished(client, path, parts=[{"number": 1}, {"number": 2}])["detail"]["values"]["numbers"] == "2"
    assert finished(client, path)["detail"]["key"] == "error.upload_size"
    sent(address(2), cut[2])
    with (
        mock.patch.object(on_bucket.application.uploads, "_probe", side_effect=KeyError),
        contextlib.suppress(KeyError),
    ):
        finished(client, path)  # the server dies after the parts were joined
    facts = finished(client, path, parts=[{"number": 1, "etag": etag}, {"number": 2}])
    assert sent(client.get(facts["audio_url"]).location)[1] == sound
    assert client.delete(path).status_code == 204 and names(on_bucket) == []


def test_an_upload_is_given_up(on_bucket: Running, client: FlaskClient) -> None:
    upload, path = begun(client)
    sent(upload["put_url"], b"x", **upload["headers"])
    assert client.delete(path).status_code == 204 and client.get(f"{path}/parts").status_code == 404
    assert names(on_bucket) == []


def test_what_clients_cannot_send_to_the_bucket_comes_through_the_server(store: Store, tmp_path: Path) -> None:
    settings = store.settings(tmp_path)
    storage, incoming = S3Storage(settings, patience_s=20), BucketIncoming(settings, patience_s=20)
    ticket = incoming.begin("anna", "a.wav", "audio/wav", PART + 3)
    assert incoming.address(ticket, None) is None
    with pytest.raises(AppError) as other:
        incoming.find(ticket.id, "boris")
    assert other.value.code is Code.NOT_FOUND
    ticket = incoming.find(ticket.id, "anna")
    incoming.receive(ticket, 2, io.BytesIO(b"end"), 2**30)
    part = incoming.receive(ticket, 1, io.BytesIO(bytes(PART)), 2**30)
    assert [(each.number, each.size) for each in incoming.parts(ticket)] == [(1, PART), (2, 3)]
    with pytest.raises(AppError) as refused:
        incoming.receive(ticket, 3, io.BytesIO(b"x"), 2**30)
    assert refused.value.code is Code.TOO_LARGE
    with incoming.whole(ticket, [(1, part.etag), (2, None)], 2**30) as stream:
        assert stream.read() == bytes(PART) + b"end"
    incoming.end(ticket)
    old = incoming.begin("anna", "b.wav", "audio/wav", None)
    incoming.sweep()
    assert incoming.find(old.id, "anna") == old
    with mock.patch("engine.library.s3.incoming.time.time", return_value=old.begun_at + KEPT_S + 2):
        with pytest.raises(AppError) as gone:
            incoming.find(old.id, "anna")
        assert gone.value.code is Code.NOT_FOUND
        incoming.sweep()
    assert not list(storage.bucket.names("")) and not storage.bucket.call("list_multipart_uploads").get("Uploads")


# what a bucket can do

NANIO_CANNOT = {"exclusive", "signed_names", "cors", "lifecycle"}


def test_the_check_says_what_a_bucket_can_do(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = store.settings(tmp_path, storage_redirect=True, language="en")
    bucket = S3Storage(settings, patience_s=1).bucket
    origin = "https://music.example.org"
    if store.name == "ministack":
        rules = json.loads((Path("deploy") / "lifecycle.json").read_text())
        store.client.put_bucket_lifecycle_configuration(
            Bucket=bucket.address.bucket, LifecycleConfiguration=rules,
        )  # fmt: skip
        cors = {"AllowedOrigins": [origin], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"]}
        store.client.put_bucket_cors(Bucket=bucket.address.bucket, CORSConfiguration={"CORSRules": [cors]})
    code = run_storage(settings, ["check", "--origin", "https://music.example.org"])
    said = capsys.readouterr().out.splitlines()[1:]
    marks = [line[:2] for line in said]
    if store.name == "ministack":
        assert (code, marks) == (0, ["ok"] * 13), said
    else:
        assert code == 0 and marks.count("NO") == 0, said  # the server does in its place what it cannot
        cors = next(line for line in said if "CORS" in line)
        assert cors.startswith("--") and origin in cors and "go through the server" in cors
        assert marks.count("--") == 4 and "deploy/lifecycle.json" in "\n".join(said)
    assert not list(bucket.names(""))


def test_where_nothing_can_be_stored_the_check_says_so(
    nanio: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_storage(make_settings(tmp_path), ["check"]) == 2 and "--storage-url" in capsys.readouterr().err
    assert run_storage(nanio.settings(tmp_path, storage_secret="wrong"), ["check"]) == 2
    assert "SignatureDoesNotMatch" in capsys.readouterr().err

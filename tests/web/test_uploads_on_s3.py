"""Uploads past the server, as people would have them who mean no good, or have bad lines: on two kinds of stores."""

import hashlib
import io
import json
import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
import soundfile
from flask.testing import FlaskClient

from engine.app import Application
from engine.library.incoming import KEPT_S
from engine.library.s3.incoming import BucketIncoming
from engine.library.s3.places import INCOMING
from engine.library.s3.storage import S3Storage
from engine.web.server import create_web
from tests.conftest import Running
from tests.stores import Store

PART = 5 * 2**20


@pytest.fixture(scope="module")
def sound() -> bytes:
    """Of three parts."""
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(2).uniform(-0.5, 0.5, (2_800_000, 2)), 48_000, format="WAV")
    assert 2 * PART < file.tell() < 3 * PART
    return file.getvalue()


@pytest.fixture(scope="module", params=["nanio", "ministack"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store: Store = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp("uploads")
    application = Application.open(store.settings(folder, storage_redirect=True, async_mode="threading"))
    try:
        yield Running(application)
    finally:
        application.close()


@pytest.fixture
def storage(running: Running) -> Iterator[S3Storage]:
    """After each test nothing is left in it, nor half an upload."""
    storage = running.application.storage
    assert isinstance(storage, S3Storage)
    yield storage
    assert not storage.bucket.call("list_multipart_uploads").get("Uploads")
    assert [entry["Key"] for entry in storage.bucket.names("")] == []


@pytest.fixture(scope="module")
def client(running: Running) -> FlaskClient:
    return create_web(running.application)[0].test_client()


class Upload:
    """One that was begun."""

    def __init__(self, client: FlaskClient, size: int | None, **more: Any) -> None:
        self.client = client
        answer = client.post(
            "/api/v1/uploads/sign", json={"content_type": "audio/wav", "ext": "wav", "size": size} | more
        )
        assert answer.status_code == 201, answer.text
        self.signed = answer.get_json()
        self.id = self.signed["key"].removeprefix("upload:")
        self.path = f"/api/v1/uploads/{self.signed['key']}"

    def address(self, number: int, *, direct: bool = True) -> str:
        asked = self.client.post(f"{self.path}/parts", json={"numbers": [number], "direct": direct})
        return str(asked.get_json()["parts"][0]["put_url"])

    def put(self, number: int, data: bytes) -> str:
        """Its etag."""
        answer = requests.put(self.address(number), data=data)
        assert answer.status_code == 200, answer.text
        return answer.headers["ETag"].strip('"')

    def parts(self) -> dict[int, int]:
        """Sizes of those that are there."""
        return {each["number"]: each["size"] for each in self.client.get(f"{self.path}/parts").get_json()["parts"]}

    def complete(self, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(f"{self.path}/complete", json=body)
        return answer.status_code, answer.get_json()

    def refusal(self, **body: Any) -> str:
        status, told = self.complete(**body)
        assert status >= 400
        return str(told["detail"]["key"])

    def gone(self) -> None:
        assert self.client.delete(self.path).status_code == 204


def cut(sound: bytes) -> dict[int, bytes]:
    return {1: sound[:PART], 2: sound[PART : 2 * PART], 3: sound[2 * PART :]}


def test_parts_arrive_in_any_order_and_in_parallel(client: FlaskClient, storage: S3Storage, sound: bytes) -> None:
    upload = Upload(client, len(sound), name="Any order.wav")
    pieces = list(cut(sound).items())
    random.Random(3).shuffle(pieces)
    addresses = {number: upload.address(number) for number, _ in pieces}
    with ThreadPoolExecutor(3) as lanes:
        sent = lanes.map(lambda piece: requests.put(addresses[piece[0]], data=piece[1]), pieces)
    assert {answer.status_code for answer in sent} == {200}
    status, facts = upload.complete(parts=[{"number": number} for number in (1, 2, 3)])
    assert (status, facts["key"], facts["name"]) == (201, upload.signed["key"], "Any order.wav")
    assert requests.get(client.get(facts["audio_url"]).location).content == sound
    upload.gone()


def test_a_part_whose_line_dies_is_not_there_and_goes_through_the_server_as_well(
    client: FlaskClient, storage: S3Storage, sound: bytes
) -> None:
    """What the browser cannot bring to the bucket; parts that are there already stay."""
    upload, pieces = Upload(client, len(sound)), cut(sound)
    upload.put(1, pieces[1])
    where = urlsplit(upload.address(2))
    with socket.create_connection((where.hostname or "", where.port or 0)) as line:
        line.sendall(f"PUT {where.path}?{where.query} HTTP/1.1\r\nHost: {where.netloc}\r\n".encode())
        line.sendall(f"Content-Length: {len(pieces[2])}\r\n\r\n".encode() + pieces[2][: PART // 2])
    upload.put(3, pieces[3])
    assert upload.parts() == {1: PART, 3: len(pieces[3])}
    assert upload.refusal(parts=[{"number": number} for number in (1, 2, 3)]) == "error.upload_parts_missing"
    address = upload.address(2, direct=False)
    assert urlsplit(address).path.endswith(f"{upload.id}/parts/2") and storage.origin not in address
    answer = client.put(address, data=pieces[2])
    assert (answer.status_code, answer.get_json()["size"]) == (200, PART)
    status, facts = upload.complete()
    assert status == 201 and requests.get(client.get(facts["audio_url"]).location).content == sound
    upload.gone()


def test_a_part_that_is_another_than_was_named_ends_nothing(
    client: FlaskClient, storage: S3Storage, sound: bytes
) -> None:
    upload, pieces = Upload(client, len(sound)), cut(sound)
    etags = {number: upload.put(number, data) for number, data in pieces.items()}
    assert etags[1] == hashlib.md5(pieces[1]).hexdigest()
    upload.put(1, bytes(PART))  # sent once more, and broken on its way
    named = [{"number": number, "etag": etag} for number, etag in etags.items()]
    assert upload.refusal(parts=named) == "error.upload_parts_missing"
    assert upload.refusal(parts=named[::-1]) == "error.upload_parts_missing"
    upload.put(1, pieces[1])
    for _ in range(2):
        assert upload.complete(parts=named)[1]["key"] == upload.signed["key"]
    upload.gone()


def test_more_than_was_said_is_refused_whichever_way_it_came(
    client: FlaskClient, storage: S3Storage, sound: bytes
) -> None:
    upload = Upload(client, 2 * PART)
    for number, data in cut(sound).items():
        upload.put(number, data)
    assert upload.refusal() == "error.upload_size"
    assert upload.refusal(parts=[{"number": 1}]) == "error.upload_size"
    answer = client.put(upload.address(4, direct=False), data=b"x")
    assert (answer.status_code, answer.get_json()["code"]) == (413, "TOO_LARGE")
    upload.gone()


@pytest.mark.parametrize(
    "content", [b"<html><script>alert(1)</script></html>", b"RIFF\xff\xff\xff\xffWAVE", b"\0" * 99]
)
def test_what_only_says_that_it_is_a_sound_is_refused(client: FlaskClient, storage: S3Storage, content: bytes) -> None:
    upload = Upload(client, len(content), name="Sound.wav")
    assert requests.put(upload.signed["put_url"], data=content, headers=upload.signed["headers"]).status_code == 200
    status, told = upload.complete()
    assert (status, told["code"]) == (415, "UNSUPPORTED_AUDIO")
    assert client.get(upload.path).status_code == 404
    upload.gone()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.wav", "passwd.wav"), ("C:\\Windows\\a.wav", "a.wav"), ("песня 王.wav", "песня 王.wav"),
        ("<img src=x onerror=alert(1)>.wav", "<img src=x onerror=alert(1)>.wav"),
        ("a\r\nSet-Cookie: x=1.wav", "a Set-Cookie: x=1.wav"),
        ("../", ""), ("%2e%2e%2f.wav", "%2e%2e%2f.wav"),
    ],
)  # fmt: skip
def test_a_hostile_name_names_nothing_but_the_upload(
    client: FlaskClient, storage: S3Storage, sound: bytes, name: str, kept: str
) -> None:
    short = sound[:20_000]
    upload = Upload(client, len(short), name=name)
    begun = [entry["Key"] for entry in storage.bucket.names("")]
    assert begun == [f"{INCOMING}local/{upload.id}/upload.json"]
    requests.put(upload.signed["put_url"], data=short, headers=upload.signed["headers"])
    facts = upload.complete()[1]
    assert facts["name"] == kept
    names = sorted(entry["Key"] for entry in storage.bucket.names(""))
    assert names == [f"audio/raw/{upload.id}", f"audio/raw/{upload.id}.json"]
    answer = client.get(facts["audio_url"])
    assert answer.status_code == 302 and requests.get(answer.location).headers.get("Set-Cookie") is None
    upload.gone()


def test_an_address_leads_nowhere_but_to_its_object(client: FlaskClient, storage: S3Storage, sound: bytes) -> None:
    """The prefix of the bucket, another upload, a track: each has a signature of its own, or none."""
    mine, other = Upload(client, 3), Upload(client, 3)
    prefix = storage.bucket.address.prefix
    for url, headers in ((mine.signed["put_url"], mine.signed["headers"]), (mine.address(1), {})):
        assert f"/{prefix}{INCOMING}local/{mine.id}/content?" in url
        for place in (
            url.replace(mine.id, other.id), url.replace(f"{prefix}{INCOMING}", INCOMING),
            url.replace(f"{INCOMING}local/{mine.id}/content", "audio/processed/a.wav"),
            url.replace(f"local/{mine.id}", f"local/../{mine.id}"), url.replace("Expires=3600", "Expires=9999"),
        ):  # fmt: skip
            assert place != url
            assert requests.put(place, data=b"x-x", headers=headers).status_code == 403, place
    for key in ("upload:../../audio/x", "..%2F..%2Fx", f"{mine.id}%2F..%2F{other.id}", "x" * 32):
        assert client.post(f"/api/v1/uploads/{key}/complete", json={}).status_code == 404
        assert client.post(f"/api/v1/uploads/{key}/parts", json={"numbers": [1]}).status_code == 404
    mine.gone()
    other.gone()


def test_both_who_complete_it_at_once_are_told_the_same(
    client: FlaskClient, running: Running, storage: S3Storage, sound: bytes
) -> None:
    upload = Upload(client, len(sound))
    for number, data in cut(sound).items():
        upload.put(number, data)
    app = create_web(running.application)[0]
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(app.test_client().post, f"{upload.path}/complete", json={}) for _ in range(3)]
        told = [(each.result().status_code, each.result().get_json().get("key")) for each in asked]
    assert told == [(201, upload.signed["key"])] * 3
    names = sorted(entry["Key"] for entry in storage.bucket.names(""))
    assert names == [f"audio/raw/{upload.id}", f"audio/raw/{upload.id}.json"]
    upload.gone()


def test_what_nobody_completes_is_swept_with_its_parts(
    client: FlaskClient, running: Running, storage: S3Storage, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(client, len(sound))
    upload.put(1, sound[:PART])
    whole = Upload(client, 3)
    requests.put(whole.signed["put_url"], data=b"x-x", headers=whole.signed["headers"])
    facts = storage.bucket.call("get_object", Key=f"{INCOMING}local/{upload.id}/upload.json")["Body"].read()
    later = json.loads(facts)["begun_at"] + KEPT_S + 60
    monkeypatch.setattr("engine.library.s3.incoming.time.time", lambda: later)
    assert client.get(f"{upload.path}/parts").status_code == 404
    BucketIncoming(running.settings, patience_s=20).sweep()  # as the next upload does that anybody begins

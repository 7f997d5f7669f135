"""Uploads: at once, signed, in parts, broken off and gone on with."""

import hashlib
import io
import itertools
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
import soundfile

from engine.library.incoming import KEPT_S, LocalIncoming
from engine.owner import LOCAL
from engine.web.uploads import MAX_BYTES
from tests.conftest import Running
from tests.web.v1.conftest import DocumentedClient

WAV = {"content_type": "audio/wav", "ext": "wav"}


@pytest.fixture(scope="module")
def sound() -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (8000, 1))
    soundfile.write(file, noise, 16_000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def begun(client: DocumentedClient, **more: Any) -> Any:
    answer = client.post("/api/v1/uploads/sign", json=WAV | more)
    assert answer.status_code == 201, answer.text
    return answer.json


def put(client: DocumentedClient, request: Any, data: bytes) -> Any:
    return client.open(request["put_url"], method=request["method"], data=data, headers=request["headers"])


def test_an_upload_at_once_is_probed_and_heard(client: DocumentedClient, sound: bytes) -> None:
    answer = client.post("/api/v1/uploads", data={"file": (io.BytesIO(sound), "Noise.wav")})
    assert answer.status_code == 201
    facts = answer.json
    assert (facts["kind"], facts["name"], facts["duration_s"], facts["channels"]) == ("sound", "Noise.wav", 0.5, 1)
    assert client.get(facts["audio_url"]).data == sound
    assert client.get(f"/api/v1/uploads/{facts['key']}").json == facts
    assert facts["key"] in {each["key"] for each in client.get("/api/v1/uploads").json["items"]}
    assert client.delete(f"/api/v1/uploads/{facts['key']}").status_code == 204
    assert client.get(f"/api/v1/uploads/{facts['key']}").status_code == 404
    broken = client.post("/api/v1/uploads", data={"file": (io.BytesIO(b"RIFF"), "broken.wav")})
    assert (broken.status_code, broken.json["code"]) == (415, "UNSUPPORTED_AUDIO")
    assert client.post("/api/v1/uploads", data={"text": "x"}).json["code"] == "INVALID_INPUT"


def test_a_signed_upload_is_what_was_sent_under_the_key_that_was_told(client: DocumentedClient, sound: bytes) -> None:
    upload = begun(client, size=len(sound), name="Signed.wav")
    assert client.get(f"/api/v1/uploads/{upload['key']}").status_code == 404
    sent = put(client, upload, sound)
    assert sent.json["etag"] == hashlib.md5(sound).hexdigest() == sent.headers["ETag"].strip('"')
    for _ in range(2):  # asked again, the answer is the same
        facts = client.post(f"/api/v1/uploads/{upload['key']}/complete", json={}).json
        assert (facts["key"], facts["name"]) == (upload["key"], "Signed.wav")
    assert client.get(facts["audio_url"]).data == sound
    job = client.done(source=upload["key"])
    assert job["state"] == "COMPLETED"


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3]))[::2])
def test_parts_come_in_any_order_and_after_a_break(client: DocumentedClient, sound: bytes, order: Any) -> None:
    cut = [sound[:100], sound[100:9000], sound[9000:]]
    upload = begun(client)
    path = f"/api/v1/uploads/{upload['key']}"
    parts = {each["number"]: each for each in client.post(f"{path}/parts", json={"numbers": [1, 2, 3]}).json["parts"]}
    assert put(client, parts[order[0]], b"not yet right").status_code == 200
    assert put(client, parts[order[0]], cut[order[0] - 1]).status_code == 200
    incomplete = client.post(f"{path}/complete", json={"parts": [{"number": n} for n in (1, 2, 3)]})
    assert incomplete.json["detail"]["key"] == "error.upload_parts_missing"
    there = {each["number"] for each in client.get(f"{path}/parts").json["parts"]}
    assert there == {order[0]}
    etags = {number: put(client, parts[number], cut[number - 1]).json["etag"] for number in order}
    wrong = {"parts": [{"number": n, "etag": "0" * 32} for n in (1, 2, 3)]}
    assert client.post(f"{path}/complete", json=wrong).json["code"] == "INVALID_INPUT"
    named = {"parts": [{"number": n, "etag": etags[n]} for n in (1, 2, 3)]}
    facts = client.post(f"{path}/complete", json=named).json
    assert client.get(facts["audio_url"]).data == sound
    assert client.get(f"{path}/parts").status_code == 404


def altered(url: str, **changes: str) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | changes)).geturl()


def test_an_address_is_good_for_what_it_was_signed_for_alone(client: DocumentedClient, sound: bytes) -> None:
    mine, other = begun(client, size=len(sound)), begun(client, size=len(sound))
    query = urlsplit(mine["put_url"]).query
    for url in (
        altered(mine["put_url"], user="somebody"),
        altered(mine["put_url"], expires="99999999999"),
        altered(mine["put_url"], expires="1"),
        altered(mine["put_url"], size="1"),
        altered(mine["put_url"], signature="x"),
        f"{urlsplit(other['put_url']).path}?{query}",
        f"/api/v1/uploads/{mine['key'].removeprefix('upload:')}/parts/1?{query}",
    ):
        answer = client.put(url, data=sound)
        assert (answer.status_code, answer.json["code"]) == (403, "FORBIDDEN"), url
    assert client.put(urlsplit(mine["put_url"]).path, data=sound).json["code"] == "INVALID_INPUT"
    assert put(client, mine, sound[:-1]).json["detail"]["key"] == "error.upload_size"
    assert put(client, mine, sound).status_code == 200


def test_what_is_no_sound_is_refused_and_may_be_sent_again(client: DocumentedClient, sound: bytes) -> None:
    upload = begun(client)
    path = f"/api/v1/uploads/{upload['key']}"
    assert client.post(f"{path}/complete", json={}).json["detail"]["key"] == "error.upload_parts_missing"
    put(client, upload, b"RIFFnothing")
    assert client.post(f"{path}/complete", json={}).status_code == 415
    put(client, upload, sound)
    assert client.post(f"{path}/complete", json={}).status_code == 201


def test_a_part_that_comes_again_while_all_is_read_disturbs_nobody(tmp_path: Path) -> None:
    """From another tab, say: all is read part by part, and none of them may be away when its turn comes."""
    incoming = LocalIncoming(tmp_path)
    ticket = incoming.begin(LOCAL, "a.wav", "audio/wav", None)
    for number in (1, 2):
        incoming.receive(ticket, number, io.BytesIO(b"same"), 99)
    unlinked: list[Path] = []
    with mock.patch.object(Path, "unlink", lambda path, **_: unlinked.append(path)):
        incoming.receive(ticket, 2, io.BytesIO(b"same"), 99)
    assert [path for path in unlinked if path.suffix != ".tmp"] == []
    incoming.receive(ticket, 2, io.BytesIO(b"other"), 99)
    with incoming.whole(ticket, None, 99) as stream:
        assert (stream.read(), stream.read(), stream.read()) == (b"same", b"other", b"")


def test_an_upload_is_given_up(client: DocumentedClient, sound: bytes) -> None:
    upload = begun(client)
    assert client.delete(f"/api/v1/uploads/{upload['key']}").status_code == 204
    assert put(client, upload, sound).status_code == 404
    assert client.delete(f"/api/v1/uploads/{upload['key']}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"ext": "../x"}, {"size": 0}, {"size": 2**60}, {"content_type": "audio"}, {"name": "x" * 300}, {"more": 1}],
)
def test_what_cannot_be_signed_is_refused(client: DocumentedClient, wrong: Any) -> None:
    assert client.post("/api/v1/uploads/sign", json=WAV | wrong).json["code"] == "INVALID_INPUT"


def test_what_is_too_long_is_refused_before_it_is_sent(client: DocumentedClient) -> None:
    answer = client.post("/api/v1/uploads/sign", json=WAV | {"size": MAX_BYTES + 1})
    assert (answer.status_code, answer.json["code"]) == (413, "TOO_LARGE")


def test_what_is_not_completed_within_a_day_goes(client: DocumentedClient, running: Running, monkeypatch: Any) -> None:
    upload = begun(client)
    incoming = LocalIncoming(running.settings.incoming_dir)
    identity = upload["key"].removeprefix("upload:")
    incoming.sweep()
    assert (running.settings.incoming_dir / identity).is_dir()
    begun_at = incoming.find(identity, "local").begun_at
    monkeypatch.setattr("engine.library.incoming.time.time", lambda: begun_at + KEPT_S + 1)
    assert client.get(f"/api/v1/uploads/{upload['key']}/parts").status_code == 404
    incoming.sweep()
    assert not (running.settings.incoming_dir / identity).exists()


def test_the_key_that_signs_is_for_the_owner_alone(client: DocumentedClient, running: Running) -> None:
    begun(client)
    path = running.settings.state_dir / "signing.key"
    assert len(bytes.fromhex(path.read_text())) == 32
    if hasattr(path, "group"):
        assert path.stat().st_mode & 0o077 == 0

"""Texts that come over the wire and are kept: each is bounded and readable in what the server sends from then on."""

import io
import json
import wave

import pytest

from engine.text import MAX_LABEL, MAX_REQUEST
from tests.live import Live

BLANKS = " " * 900_000


def sound() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, 8000, 800, "NONE", ""))
        file.writeframes(bytes(1600))
    return made.getvalue()


def uploaded(server: Live, disposition: str) -> dict[str, object]:
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; {disposition}\r\n\r\n'.encode(
        "utf-8", "surrogatepass"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    status, _, raw = server.request("POST", "/api/uploads", head + sound() + b"\r\n--edge--\r\n", headers)
    assert status == 201, raw
    return dict(json.loads(raw))


def test_blanks_cost_nothing(server: Live) -> None:
    before = len(server.request("GET", "/api/state")[2])
    for text in (f"/debug{BLANKS}", f"/debug steps=1{BLANKS}duration=0.01", f"{BLANKS}/debug"):
        status, _, raw = server.request("POST", "/api/jobs", {"command": "debug", "params": {}, "text": text})
        if status == 202:
            assert len(json.loads(raw)["job"]["text"]) <= MAX_LABEL
        else:
            assert json.loads(raw)["error"]["detail"]["key"] == "error.text_too_long"
    third = BLANKS[:300_000]
    job = {"command": "debug", "params": {"prompt": f"x{third}", "steps": f"1{third}"}}
    job["follow_ups"] = [{"command": "debug", "params": {"steps": f"{third}2"}}]
    assert server.request("POST", "/api/jobs", job)[0] == 202
    assert len(server.request("GET", "/api/state")[2]) < before + 10_000


def test_a_text_that_is_too_long_is_refused_and_one_that_is_not_is_read_whole(server: Live) -> None:
    for words, status in (("x" * 10_000, 202), ("x" * (MAX_REQUEST + 1), 400)):
        body = {"command": "debug", "params": {}, "text": f"/debug {words}"}
        code, _, raw = server.request("POST", "/api/jobs", body)
        assert code == status
        if code == 202:
            row = json.loads(raw)["job"]
            assert row["params"]["prompt"] == words and len(row["text"]) == MAX_LABEL and row["text"].endswith("…")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('filename="a\0b.wav"', "ab.wav"), ('filename="a\x1b[2Jb.wav"', "a[2Jb.wav"),
        ("filename*=UTF-8''a%00b.wav", "ab.wav"), ("filename*=UTF-8''%E2%80%AEvaw.exe", "vaw.exe"),
        ("filename*=UTF-8''a%0D%0Ab.wav", "a b.wav"), ('filename="C:\\\\dir\\\\a.wav"', "a.wav"),
        ("filename*=UTF-8''..%2F..%2Fa.wav", "a.wav"), (f'filename="{"ä" * 400}.wav"', "ä" * (MAX_LABEL - 1) + "…"),
    ],
)  # fmt: skip
def test_the_name_of_an_upload_is_readable(server: Live, disposition: str, name: str) -> None:
    facts = uploaded(server, disposition)
    assert facts["name"] == name
    listed = server.json("GET", "/api/uploads")["uploads"]
    assert [row["name"] for row in listed if row["key"] == facts["key"]] == [name]
    assert server.json("GET", f"/api/sounds/{facts['key']}")["name"] == name
    assert server.request("GET", str(facts["audio_url"]))[0] == 200


@pytest.mark.parametrize("request_id", ["", "a b", "a\0b", "ä", "x" * 65, "\u202e", "a\n"])
def test_a_request_id_is_plain(server: Live, request_id: str) -> None:
    body = {"command": "debug", "params": {}, "request_id": request_id}
    assert server.request("POST", "/api/jobs", body)[0] == 400


@pytest.mark.parametrize("identity", ["%00", "%ED%A0%80", "a" * 31 + "%0A", "A" * 32, "0" * 33])
def test_what_cannot_be_an_id_is_not_found(server: Live, identity: str) -> None:
    for path in ("/api/jobs/", "/api/batches/", "/api/tracks/", "/api/sounds/track:", "/api/sounds/upload:"):
        assert server.request("GET", f"{path}{identity}")[0] == 404

"""What is cut or was never finished is taken, and told: in the answer to the upload, in the record, on a terminal."""

import io
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import soundfile

from engine.settings import PROJECT
from tests.audio.sounds import noise
from tests.live import Live

RATE_HZ = 44_100


def encoded(kind: str, subtype: str, samples: int = 3 * RATE_HZ) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, noise(2, samples).T, RATE_HZ, format=kind, subtype=subtype)
    return file.getvalue()


def crashed() -> bytes:
    """A WAV whose recorder never wrote its sizes."""
    data = bytearray(encoded("WAV", "PCM_24"))
    at = data.index(b"data") + 4
    data[4:8] = data[at : at + 4] = bytes(4)
    return bytes(data)


def brought(server: Live, data: bytes, name: str) -> dict[str, Any]:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    status, _, answer = server.request("POST", "/api/uploads", head + data + b"\r\n--b--\r\n", kind)
    assert status == 201, answer
    return dict(json.loads(answer))


CASES = {
    "crashed.wav": (crashed(), "unfinished", 3.0),
    "cut.flac": ((whole := encoded("FLAC", "PCM_16"))[: len(whole) // 2], "ended_early", 1.5),
    "cut.ogg": ((whole := encoded("OGG", "VORBIS"))[: len(whole) * 2 // 3], "cut", 2.0),
    "joined.mp3": (2 * encoded("MP3", "MPEG_LAYER_III"), "goes_on", 6.0),
}


@pytest.mark.parametrize("name", CASES)
def test_upload_and_record_say_it(server: Live, name: str) -> None:
    data, key, length_s = CASES[name]
    upload = brought(server, data, name)
    assert [note["key"] for note in upload["source_note"]] == [f"source_note.{key}"]
    assert upload["duration_s"] == pytest.approx(length_s, abs=0.5)
    known = server.json("GET", f"/api/uploads/{upload['key'].removeprefix('upload:')}")
    assert known["source_note"] == upload["source_note"]
    params = {"source": upload["key"], "model": "harmonic"}
    job = server.finished(server.json("POST", "/api/jobs", {"command": "upscale", "params": params})["job_id"])
    record = server.json("GET", f"/api/tracks/{job['track_ids'][0]}")
    assert record["source_note"] == [{**note, "source": upload["key"], "name": name} for note in upload["source_note"]]
    assert record["duration_s"] == pytest.approx(upload["duration_s"], abs=0.001)


def test_a_whole_file_has_nothing_to_tell(server: Live) -> None:
    upload = brought(server, encoded("WAV", "PCM_16"), "whole.wav")
    assert upload["source_note"] == []
    job = server.json("POST", "/api/jobs", {"command": "debug", "params": {"source": upload["key"]}})["job_id"]
    (track,) = server.finished(job)["track_ids"]
    assert server.json("GET", f"/api/tracks/{track}")["source_note"] == []


def test_an_upload_that_breaks_off_is_no_cut_file(server: Live) -> None:
    """What is missing was lost on the way: it is refused, and nothing is kept."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="half.wav"\r\n\r\n'
    body = head + encoded("WAV", "PCM_16") + b"\r\n--b--\r\n"
    before = server.json("GET", "/api/uploads")["uploads"]
    asked = (
        f"POST /api/uploads HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for sent in (len(body) // 2, len(body) - 5):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as wire:
            wire.sendall(asked.encode() + body[:sent])
            wire.shutdown(socket.SHUT_WR)
            assert wire.recv(100).startswith(b"HTTP/1.1 400")
    assert server.json("GET", "/api/uploads")["uploads"] == before


def test_a_terminal_says_it(tmp_path: Path) -> None:
    file = tmp_path / "cut.flac"
    file.write_bytes(CASES["cut.flac"][0])
    command = [sys.executable, "webui.py", "upscale", "--source", str(file), "--model", "harmonic"]
    command += ["--output", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "cut.flac: ends 1." in done.stderr

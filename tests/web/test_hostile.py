"""Requests that mean harm or make no sense: each gets the error body, none a 500, nothing lands outside the folder."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.settings import PROJECT
from tests.live import Live

TRACK = "0" * 32


@dataclass
class Attack:
    name: str
    method: str
    path: str
    status: int
    code: str
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


def _job(name: str, params: object, status: int = 400, code: str = "INVALID_INPUT", **rest: object) -> Attack:
    return Attack(name, "POST", "/api/jobs", status, code, {"command": "generate", "params": params, **rest})


def _upload(name: str, content: bytes, filename: str = "a.wav", code: str = "UNSUPPORTED_AUDIO") -> Attack:
    boundary = "----hostile"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
    body = head.encode() + b"Content-Type: audio/wav\r\n\r\n" + content + f"\r\n--{boundary}--\r\n".encode()
    status = 415 if code == "UNSUPPORTED_AUDIO" else 400
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return Attack(name, "POST", "/api/uploads", status, code, body, headers)


def _sound(folder: Path, suffix: str, samples: np.ndarray, rate: int = 44100, subtype: str | None = None) -> bytes:
    path = folder / f"sound.{suffix}"
    soundfile.write(path, samples, rate, subtype=subtype)
    return path.read_bytes()


def attacks(folder: Path) -> Iterator[Attack]:
    ok = {"command": "debug", "params": {}}
    for origin in ("http://evil.example", "http://127.0.0.1:1", "null", "https://localhost.evil.example", "file://"):
        yield Attack(f"origin {origin}", "POST", "/api/jobs", 403, "FORBIDDEN", ok, {"Origin": origin})
    for host in ("evil.example", "evil.example:5000", "127.0.0.1.evil.example", "169.254.1.1", "user@localhost", ""):
        yield Attack(f"host {host}", "GET", "/api/state", 403, "FORBIDDEN", None, {"Host": host})
    yield Attack("cross-site", "GET", "/api/state", 403, "FORBIDDEN", None, {"Sec-Fetch-Site": "cross-site"})
    yield Attack(
        "same-site port", "GET", "/api/state", 403, "FORBIDDEN", None,
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    )  # fmt: skip
    yield Attack(
        "socket from a website", "GET", "/socket.io/?EIO=4&transport=polling", 403, "FORBIDDEN", None,
        {"Origin": "http://evil.example"},
    )  # fmt: skip
    yield Attack(
        "socket by rebinding", "GET", "/socket.io/?EIO=4&transport=polling", 403, "FORBIDDEN", None,
        {"Host": "evil.example:80"},
    )  # fmt: skip
    for path in (
        "/static/../webui.py", "/static/js/../../webui.py", "/static/js/%2e%2e/%2e%2e/webui.py",
        "/static/js/..%2f..%2fwebui.py", "/static/audio/x.wav", "/static/js//etc/passwd",
        "/static/js/%00", "/static/js/C:%5Cwindows%5Cwin.ini", "/static/js/%5C%5Chost%5Cshare%5Cx",
        "/i18n/../../webui.py.json", "/settings/library.db",
    ):  # fmt: skip
        yield Attack(f"path {path}", "GET", path, 404, "NOT_FOUND")
    for key in ("../../etc/passwd", "..%2f..%2fwebui.py", "%00", "%5C%5Chost%5Cshare", TRACK, "a" * 3000):
        yield Attack(f"track {key[:20]}", "GET", f"/api/tracks/{key}/audio", 404, "NOT_FOUND")
    yield Attack("delete outside", "DELETE", "/api/tracks/..%2f..%2fwebui.py", 404, "NOT_FOUND")
    yield _job("10 MB prompt", {"prompt": "x" * 10_000_000}, 413, "TOO_LARGE")
    yield _job("long prompt", {"prompt": "x" * 10_001})
    yield _job("empty prompt", {"prompt": ""})
    yield _job("wrong type", {"prompt": {"a": 1}})
    yield _job("text for a number", {"prompt": "x", "duration": "soon"})
    yield _job("NaN", {"prompt": "x", "duration": math.nan})
    yield _job("infinity", {"prompt": "x", "temperature": math.inf})
    yield _job("too big a number", {"prompt": "x", "seed": 10**400})
    yield _job("negative duration", {"prompt": "x", "duration": -5})
    yield _job("unknown field", {"prompt": "x", "rm": "-rf"})
    yield _job("params as a list", ["x"])
    yield _job("unknown outer field", {"prompt": "x"}, shell="rm")
    yield _job("NUL in the request id", {"prompt": "x"}, request_id="\0" * 65)
    yield _job("path for a format", {"prompt": "x", "format": "../../x"})
    yield _job("follow-up of the wrong form", {"prompt": "x"}, follow_ups=[1])
    yield _job("lone surrogate", {"prompt": "\ud800"})
    yield _job("lone surrogate for a name", {"\ud800": 1})
    yield Attack("lone surrogate for a command", "POST", "/api/jobs", 400, "INVALID_INPUT", {"command": "\ud800"})
    yield Attack("path for an input", "POST", "/api/jobs", 400, "INVALID_INPUT",
                 {"command": "debug", "params": {"source": "../../../etc/passwd"}})  # fmt: skip
    yield Attack("UNC path for an input", "POST", "/api/jobs", 400, "INVALID_INPUT",
                 {"command": "debug", "params": {"source": "\\\\host\\share\\a.wav"}})  # fmt: skip
    yield Attack("upload that is not there", "POST", "/api/jobs", 404, "NOT_FOUND",
                 {"command": "debug", "params": {"source": f"upload:{TRACK}"}})  # fmt: skip
    yield Attack("unknown command", "POST", "/api/jobs", 400, "INVALID_INPUT", {"command": "os.system", "params": {}})
    yield Attack("broken JSON", "POST", "/api/jobs", 400, "INVALID_INPUT", b"{", {"Content-Type": "application/json"})
    yield Attack("deep JSON", "POST", "/api/jobs", 400, "INVALID_INPUT", b"[" * 100_000,
                 {"Content-Type": "application/json"})  # fmt: skip
    yield Attack("form instead of JSON", "POST", "/api/jobs", 415, "UNSUPPORTED_MEDIA", b"a=1",
                 {"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    yield Attack("method", "PUT", "/", 405, "METHOD_NOT_ALLOWED")
    yield Attack("number", "GET", "/api/tracks?limit=all", 400, "INVALID_INPUT")
    yield Attack("order", "GET", "/api/tracks?sort=;DROP", 400, "INVALID_INPUT")
    yield Attack("offset", "GET", "/api/tracks?offset=-1", 400, "INVALID_INPUT")
    for body in ([], {}, {"artist": 5}, {"artist": "x" * 101}, {"locked": 1}, {"name": "../x"}):
        yield Attack(f"track change {str(body)[:20]}", "PATCH", f"/api/tracks/{TRACK}", 400, "INVALID_INPUT", body)
    for place in (0, -1, 1e9, "1", None, True):
        body = {"position": place}
        yield Attack(f"place {place!r}", "POST", f"/api/jobs/{TRACK}/move", 400, "INVALID_INPUT", body)
    yield Attack("move of nothing", "POST", f"/api/jobs/{TRACK}/move", 404, "NOT_FOUND", {"position": 1})
    for body in ([], {}, {"paused": "yes"}):
        yield Attack(f"hold {body}", "POST", "/api/queue/pause", 400, "INVALID_INPUT", body)
    for key in ("..%2f..%2fwebui.py", "%00", TRACK, "a" * 3000):
        yield Attack(f"upload {key[:20]}", "GET", f"/api/uploads/{key}/audio", 404, "NOT_FOUND")
        yield Attack(f"upload {key[:20]} deleted", "DELETE", f"/api/uploads/{key}", 404, "NOT_FOUND")
        yield Attack(f"stem {key[:20]}", "GET", f"/api/tracks/{TRACK}/stems/{key}/audio", 404, "NOT_FOUND")
        yield Attack(f"samples {key[:20]}", "GET", f"/api/tracks/{TRACK}/stems/{key}/samples", 404, "NOT_FOUND")
        yield Attack(f"waveform {key[:20]}", "GET", f"/api/tracks/{TRACK}/stems/{key}/peaks", 404, "NOT_FOUND")
        yield Attack(f"archive {key[:20]}", "GET", f"/api/tracks/{key}/stems.zip?stems={key[:40]}", 404, "NOT_FOUND")
        yield Attack(f"score {key[:20]}", "GET", f"/api/tracks/{key}/score", 404, "NOT_FOUND")
        yield Attack(f"spectrogram {key[:20]}", "GET", f"/api/tracks/{key}/spectrogram", 404, "NOT_FOUND")
        yield Attack(f"cover {key[:20]}", "GET", f"/api/tracks/{key}/cover", 404, "NOT_FOUND")
    yield from _on_dramas()
    yield Attack("no file", "POST", "/api/uploads", 400, "INVALID_INPUT", b"")
    yield _upload("empty file", b"")
    yield _upload("PNG named .wav", b"\x89PNG\r\n\x1a\n" + bytes(2000))
    yield _upload("text named .wav", b"hello " * 100, filename="../../../evil.wav")
    yield _upload("page named .mp3", b"<html><script>1</script></html>" * 50, filename="a\x00b.mp3")
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (44100, 2))
    yield _upload("FLAC cut before its first sample", _sound(folder, "flac", noise)[:100], filename="a.flac")
    yield _upload("header alone", _sound(folder, "wav", noise)[:44])
    broken = noise.astype(np.float32)
    broken[100] = np.nan
    yield _upload("NaN samples", _sound(folder, "wav", broken, subtype="FLOAT"), code="INVALID_INPUT")


def _on_dramas() -> Iterator[Attack]:
    foreign = {"Origin": "http://evil.example"}
    line = {"utterance": {"text": "Hi.", "voice": "espeak:en"}}
    for method, path in (
        ("GET", "/api/voices"), ("POST", "/api/speech"), ("GET", f"/api/speech/{TRACK}"), ("GET", "/api/sounds"),
        ("GET", "/api/sounds/audio?id=made:rain"), ("GET", f"/api/tracks/{TRACK}/project"),
        ("GET", f"/api/tracks/{TRACK}/drama/report.json"),
    ):  # fmt: skip
        body = line if method == "POST" else None
        yield Attack(f"website asks {path[:30]}", method, path, 403, "FORBIDDEN", body, foreign)
    for path in (
        "/api/speech/..%2f..%2fwebui.py", "/api/sounds/audio?id=own:../../webui.wav",
        "/api/sounds/audio?id=own:/etc/passwd.wav", "/api/sounds/audio?id=made:../x",
        f"/api/tracks/{TRACK}/drama/..%2f..%2fwebui.py", f"/api/tracks/{TRACK}/drama/book.m4b",
        "/api/tracks/..%2f..%2fsettings/project", "/api/tracks/%2e%2e/drama/report.json",
    ):  # fmt: skip
        yield Attack(f"drama {path[:40]}", "GET", path, 404, "NOT_FOUND")
    for query in ("duration_s=nan", "duration_s=1e9", "seed=-1", "intensity=inf", "shell=1"):
        yield Attack(f"sound {query}", "GET", f"/api/sounds/audio?id=made:rain&{query}", 400, "INVALID_INPUT")
    for sent in (b"{", b"\xff", b"[" * 100_000, b'{"utterance": {"text": "a", "voice": "espeak:en", "speed": NaN}}'):
        asked = Attack(f"speech {sent[:20]!r}", "POST", "/api/speech", 400, "INVALID_INPUT", sent)
        asked.headers["Content-Type"] = "application/json"
        yield asked
    for name, value in (
        ("script", "../../etc/passwd"), ("cast", "[]"), ("cast", '{"Anna": 5}'), ("cast", '{"\\ud800": "espeak:en"}'),
        ("cast", '{"a":' * 9000),
        ("cast", "{" * 50_000), ("utterance", "{}"), ("speed", 0), ("language_model_url", "http://evil.example"),
        ("megatts3_url", "http://evil.example"),
    ):  # fmt: skip
        body = {"command": "drama", "params": {"text": "Hi.", name: value}}
        yield Attack(f"drama {name} {str(value)[:10]}", "POST", "/api/jobs", 400, "INVALID_INPUT", body)
    yield _upload("noise named .txt", bytes(range(256)) * 20, filename="a.txt", code="INVALID_INPUT")
    yield _upload("noise named .epub", bytes(5000), filename="a.epub", code="INVALID_INPUT")
    yield _upload("broken DOCX", b"PK\x03\x04" + bytes(99), filename="a.docx", code="INVALID_INPUT")
    yield _upload("project that leads out", b'{"form": "audiocraft-webui drama", "lines": [{"id": "../x"}]}',
                  filename="../a.drama.json", code="INVALID_INPUT")  # fmt: skip


def _files_of_the_project() -> set[Path]:
    """Every file outside the output folder that an attack could have reached."""
    caches = {"__pycache__", "node_modules", "vendor"}
    return {
        path
        for path in PROJECT.rglob("*")
        if not caches & set(path.parts) and not any(part.startswith(".") for part in path.relative_to(PROJECT).parts)
    }


def test_each_gets_the_error_body_and_nothing_lands_outside(server: Live, tmp_path: Path) -> None:
    uploads = set(server.settings.uploads_dir.iterdir())
    before = _files_of_the_project()
    cases = list(attacks(tmp_path))
    assert len(cases) >= 50
    wrong = []
    for attack in cases:
        status, _, raw = server.request(attack.method, attack.path, attack.body, attack.headers)
        try:
            error = json.loads(raw)["error"]
            fits = (status, error["code"]) == (attack.status, attack.code) and error["message"] and "detail" in error
        except (ValueError, KeyError, TypeError):
            fits, error = False, raw[:200]
        if not fits:
            wrong.append((attack.name, status, error))
    assert wrong == []
    assert _files_of_the_project() == before
    assert set(server.settings.uploads_dir.iterdir()) == uploads and server.process.poll() is None


def test_the_next_honest_request_is_served(server: Live) -> None:
    own = {"Origin": server.address, "Sec-Fetch-Site": "same-origin"}
    status, _, raw = server.request("POST", "/api/jobs", {"command": "debug", "params": {}}, own)
    assert status == 202 and server.finished(json.loads(raw)["job_id"])["status"] == "COMPLETED"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_own_names_are_welcome(server: Live, host: str) -> None:
    assert server.request("GET", "/api/health", headers={"Host": f"{host}:{server.port}"})[0] == 200

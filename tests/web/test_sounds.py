"""Sounds by their key: facts, loudness, and pieces at any rate that fit together."""

import io
import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.audio.loudness import measure
from engine.audio.resample import resample
from tests.audio.sounds import noise
from tests.live import Live

RATE_HZ = 44_100


def brought(server: Live, audio: np.ndarray, rate_hz: int = RATE_HZ, name: str = "звук.wav") -> str:
    """The key of `audio` as an upload, 32-bit float."""
    file = io.BytesIO()
    soundfile.write(file, audio.T, rate_hz, format="WAV", subtype="FLOAT")
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = head + file.getvalue() + b"\r\n--b--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    status, _, answer = server.request("POST", "/api/uploads", body, kind)
    assert status == 201, answer
    return str(json.loads(answer)["key"])


def piece(server: Live, key: str, **query: Any) -> np.ndarray:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    status, headers, body = server.request("GET", f"/api/sounds/{key}/samples?{asked}")
    assert status == 200, body
    return np.frombuffer(body, "<f4").reshape(-1, int(headers["X-Channels"])).T


def test_facts_and_loudness_of_an_upload(server: Live) -> None:
    audio = noise(2, 2 * RATE_HZ) * 0.2
    key = brought(server, audio)
    known = server.json("GET", f"/api/sounds/{key}")
    assert (known["name"], known["samples"], known["rate_hz"], known["channels"]) == (
        "звук.wav",
        2 * RATE_HZ,
        RATE_HZ,
        2,
    )
    assert "loudness_lufs" not in known
    measured = server.json("GET", f"/api/sounds/{key}/levels")["loudness_lufs"]
    assert measured == pytest.approx(measure(audio.astype(np.float32), RATE_HZ).loudness_lufs, abs=0.01)
    assert server.json("GET", f"/api/sounds/{key}")["loudness_lufs"] == measured
    kept = server.settings.peaks_dir / f"{key.replace(':', '-')}.json"
    assert kept.is_file()
    server.json("DELETE", f"/api/uploads/{key.removeprefix('upload:')}")
    assert not kept.exists()


def test_facts_of_a_track_come_from_its_record(server: Live) -> None:
    job = server.json("POST", "/api/jobs", {"command": "debug", "params": {"duration": 1.0}})["job_id"]
    track = server.finished(job)["track_ids"][0]
    known = server.json("GET", f"/api/sounds/track:{track}")
    assert (known["samples"], known["rate_hz"], known["channels"]) == (44_100, 44_100, 2)
    assert known["loudness_lufs"] == server.json("GET", f"/api/tracks/{track}")["levels"]["loudness_lufs"]


@pytest.mark.parametrize("rate_hz", [48_000, 22_050, 44_100, 47_999])
def test_pieces_at_another_rate_are_those_of_the_whole(server: Live, rate_hz: int) -> None:
    audio = noise(2, 3 * RATE_HZ).astype(np.float32) * 0.3
    key = brought(server, audio)
    whole = resample(audio, RATE_HZ, rate_hz)
    cuts = [0, rate_hz // 3, 2 * rate_hz + 17, whole.shape[1]]
    pieces = [piece(server, key, **{"from": a, "count": b - a, "rate_hz": rate_hz}) for a, b in pairwise(cuts)]
    joined = np.concatenate(pieces, axis=1)
    assert joined.shape == whole.shape
    error_db = 20 * np.log10(np.abs(joined - whole).max() + 1e-12)
    print(f"\n{RATE_HZ} Hz in pieces at {rate_hz} Hz against the whole: {error_db:.1f} dB")
    assert error_db < -100
    assert piece(server, key, **{"from": whole.shape[1] + 1000, "count": 100, "rate_hz": rate_hz}).shape[1] == 0


@pytest.mark.parametrize("key", ["track:x", "upload:../../etc", "file:" + "0" * 32, "upload:" + "0" * 32])
def test_what_is_no_sound_is_not_found(server: Live, key: str) -> None:
    for place in ("", "/levels", "/samples"):
        assert server.request("GET", f"/api/sounds/{key}{place}")[0] == 404


def test_a_rate_that_nothing_plays_is_refused(server: Live) -> None:
    key = brought(server, noise(1, RATE_HZ))
    assert server.request("GET", f"/api/sounds/{key}/samples?rate_hz=10")[0] == 400

"""Voices and single lines over REST."""

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.line_keys import LineKeys
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import SAMPLES, VOICES
from tests.audio.sounds import noise
from tests.drama.megatts3_service import write_clip
from tests.live import Live, live

FIELDS = {
    "id", "name", "engine", "language", "gender", "age", "accent", "grade", "narrates", "licence", "commercial_use",
    "installed", "fetchable", "model", "bytes",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("voices")) as running:
        yield running


def test_every_voice_is_listed_with_its_licence(server: Live) -> None:
    write_clip(server.settings.voices_dir, "anna.zh.female.wav")
    said = server.json("GET", "/api/voices")
    rows = {row["id"]: row for row in said["voices"]}
    assert list(rows) == [*VOICES, "megatts3:anna"] and all(set(row) == FIELDS for row in rows.values())
    assert said["samples"] == SAMPLES and set(SAMPLES) == {"en", "ru", "zh"}
    silero, kokoro, espeak, anna = (
        rows[name] for name in ("silero:kseniya", "kokoro:af_heart", "espeak:en", "megatts3:anna")
    )
    assert (silero["licence"], silero["commercial_use"], silero["installed"]) == ("CC-BY-NC-4.0", False, False)
    assert kokoro["commercial_use"] and kokoro["fetchable"] and (kokoro["grade"], kokoro["narrates"]) == (1, True)
    assert espeak["installed"] and not espeak["fetchable"]
    assert (anna["language"], anna["gender"], anna["installed"]) == ("zh", "female", False)


def test_a_line_that_is_kept_is_heard_at_once(server: Live) -> None:
    utterance = Utterance(text="Who is there?", voice="kokoro:af_heart", emotion="afraid")
    sound, key = noise(1, 2400), LineKeys(server.settings.voices_dir).of(utterance)
    LineCache(server.settings.cache_dir / "lines").put(key, Speech(sound, 24_000))
    status, _, body = server.request("POST", "/api/speech", {"utterance": utterance.model_dump()})
    assert (status, json.loads(body)) == (200, {"key": key, "ready": True})
    status, headers, heard = server.request("GET", f"/api/speech/{key}")
    samples, rate_hz = soundfile.read(io.BytesIO(heard))
    assert (status, headers["Content-Type"], rate_hz) == (200, "audio/flac", 24_000)
    assert np.abs(samples - sound[0]).max() < 1e-6


@pytest.mark.parametrize("key", ["0" * 40, "..%2f..%2fsecret", "x", "1" * 500])
def test_what_is_not_there_is_not_found(server: Live, key: str) -> None:
    status, _, body = server.request("GET", f"/api/speech/{key}")
    assert (status, json.loads(body)["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ([], 400, "speech_form"),
        ({}, 400, "speech_form"),
        ({"utterance": {"text": "x", "voice": "espeak:en"}, "more": 1}, 400, "speech_form"),
        ({"utterance": [5]}, 400, "speech_form"),
        ({"utterance": {"text": "", "voice": "espeak:en"}}, 400, "bad_request"),
        ({"utterance": {"text": "x" * 5001, "voice": "espeak:en"}}, 400, "bad_request"),
        ({"utterance": {"text": "x", "voice": "../x"}}, 400, "bad_request"),
        ({"utterance": {"text": "x", "voice": "espeak:en", "speed": 9}}, 400, "bad_request"),
        ({"utterance": {"text": "x", "voice": "kokoro:nobody"}}, 404, "unknown_voice"),
        ({"voice": "kokoro:nobody"}, 404, "unknown_voice"),
        ({"voice": "x"}, 404, "unknown_voice"),
        (
            {"utterance": {"text": "x", "voice": "espeak:en", "pronunciations": {str(n): "x" for n in range(501)}}},
            400,
            "speech_words",
        ),
        ({"utterance": {"text": "x", "voice": "espeak:en", "pronunciations": {"a": "x" * 201}}}, 400, "speech_words"),
    ],
)
def test_what_cannot_be_spoken_is_refused(server: Live, body: Any, status: int, key: str) -> None:
    answered, _, said = server.request("POST", "/api/speech", body)
    assert (answered, json.loads(said)["error"]["detail"]["key"]) == (status, f"error.{key}")


def test_a_line_is_spoken_by_a_job_that_makes_no_track(server: Live) -> None:
    body = {"utterance": {"text": "Who is there?", "voice": "espeak:en"}}
    status, _, said = server.request("POST", "/api/speech", body)
    first = json.loads(said)
    assert (status, first["ready"]) == (202, False)
    again = server.json("POST", "/api/speech", body)  # a job that has ended meanwhile is not begun again
    assert first["job_id"] == again.get("job_id", first["job_id"])
    row = server.finished(first["job_id"])
    assert (row["status"], row["track_ids"]) == ("COMPLETED", [])
    assert server.json("POST", "/api/speech", body) == {"key": first["key"], "ready": True}
    assert server.json("GET", "/api/state")["last_run"] is None, "that was no run of the user's"
    _, _, sound = server.request("GET", f"/api/speech/{first['key']}")
    samples, rate_hz = soundfile.read(io.BytesIO(sound))
    assert 0.5 < len(samples) / rate_hz < 3 and np.abs(samples).max() > 0.1
    sample = server.json("POST", "/api/speech", {"voice": "espeak:ru"})
    assert server.finished(sample["job_id"])["status"] == "COMPLETED"
    _, _, sound = server.request("GET", f"/api/speech/{sample['key']}")
    assert 5 < soundfile.info(io.BytesIO(sound)).duration < 15

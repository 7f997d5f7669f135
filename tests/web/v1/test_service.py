"""The server itself, batches, and the addresses by which other programs know us."""

import io
import json
from typing import Any

import pytest
import soundfile

from engine.commands import commands
from engine.jobs.job import JobStatus
from engine.web.v1.drama import STAGES, stage_details
from engine.web.v1.speech import SAME_VOICES
from tests.conftest import Running
from tests.drama.megatts3_service import write_clip
from tests.waiting import until
from tests.web.v1.conftest import DocumentedClient


def test_health_and_readiness(client: DocumentedClient, monkeypatch: Any) -> None:
    assert client.get("/api/v1/health").json == {"ok": True}
    ready = client.get("/api/v1/ready")
    well = {"ok": True, "database": True, "folder": True, "workers": True, "broker": None, "storage": None}
    assert ready.status_code == 200 and ready.json == well
    monkeypatch.setattr("engine.services._ask", lambda database: 1 / 0)  # the rest of the house has it still
    broken = until(lambda: (answer := client.get("/api/v1/ready")).status_code == 503 and answer)
    assert broken.json == well | {"ok": False, "database": False}


def test_commands_and_models_are_listed(client: DocumentedClient) -> None:
    listed = {each["name"]: each for each in client.get("/api/v1/commands").json["items"]}
    assert set(listed) == set(commands(debug=True))
    assert listed["debug"]["text_field"] == "prompt" and "steps" in listed["debug"]["params"]["properties"]
    models = {each["id"]: each for each in client.get("/api/v1/models").json["items"]}
    assert models["kokoro"]["installed"] is False and models["kokoro"]["bytes"] > 0


def test_a_batch_is_a_job_for_each_sound(client: DocumentedClient) -> None:
    sounds = [f"track:{client.done(prompt=f'batch {number}')['tracks'][0]['id']}" for number in range(2)]
    body = {"command": "debug", "params": {"steps": 2}, "sources": sounds}
    key = {"Idempotency-Key": "batch"}
    answer = client.post("/api/v1/batches", json=body, headers=key)
    assert answer.status_code == 202 and answer.headers["Location"] == answer.json["url"]
    assert client.post("/api/v1/batches", json=body, headers=key).json == answer.json
    jobs = client.get(answer.json["url"]).json["items"]
    assert [job["id"] for job in jobs] == answer.json["job_ids"]
    assert [job["params"]["source"] for job in jobs] == sounds
    assert client.post(f"{answer.json['url']}/cancel").json["canceled"] in (0, 1, 2)
    assert "retried" in client.post(f"{answer.json['url']}/retry").json
    assert client.get(f"/api/v1/batches/{'0' * 32}").json["code"] == "NOT_FOUND"
    assert client.post("/api/v1/batches", json=body | {"sources": []}).json["code"] == "INVALID_INPUT"


NOVEL = {"segments": [{"speaker": "Anna", "text": "Good evening."}, {"speaker": "Ben", "text": "It rains."}]}


def test_a_drama_is_made_as_sequential_generation_asks_for_it(client: DocumentedClient, running: Running) -> None:
    params = {"cast": json.dumps({"Anna": "espeak:en", "Ben": "espeak:en"}), "music": False}
    answer = client.post("/api/v1/audio-generation/sequential", json={"novel_data": NOVEL, "params": params})
    assert answer.status_code == 202 and answer.json["success"] is True
    task = answer.json["data"]
    assert set(task) == {"task_id", "estimated_time", "stages", "progress_url"}
    assert task["stages"] == ["dialogue", "environment", "effects", "mixing"] and task["estimated_time"] > 0

    told = client.get(task["progress_url"]).json
    assert told["success"] is True and told["data"]["task_id"] == task["task_id"]
    assert set(told["data"]["stage_details"]) == set(task["stages"]) and 0 <= told["data"]["progress_percentage"] <= 100
    running.until(lambda: client.job(task["task_id"])["finished_at"], timeout_s=300)
    over = client.get(task["progress_url"]).json["data"]
    assert (over["status"], over["current_stage"], over["estimated_remaining"]) == ("COMPLETED", None, 0), over
    assert over["progress_percentage"] == 100
    assert {stage["status"] for stage in over["stage_details"].values()} == {"completed"}
    drama = client.get(over["download_url"])
    assert drama.status_code == 200 and "attachment" in drama.headers["Content-Disposition"]
    assert 1 < soundfile.info(io.BytesIO(drama.data)).duration < 30


def test_a_voice_whose_model_is_missing_is_told_in_the_envelope(client: DocumentedClient, running: Running) -> None:
    write_clip(running.settings.voices_dir, "anna.en.female.wav")
    params = {"cast": json.dumps({"Anna": "megatts3:anna", "Ben": "espeak:en"}), "music": False}
    asked = client.post("/api/v1/audio-generation/sequential", json={"novel_data": NOVEL, "params": params}).json
    job = running.until(lambda: (found := client.job(asked["data"]["task_id"]))["finished_at"] and found, timeout_s=120)
    assert (job["state"], job["error"]["code"]) == ("FAILED", "MODEL_MISSING")
    told = client.get(asked["data"]["progress_url"]).json["data"]
    assert told["status"] == "FAILED" and "megatts3" in told["error"].lower()


def test_a_stage_tells_what_is_done_before_it_and_in_it() -> None:
    told = stage_details(JobStatus.RUNNING, "environment", "")
    assert [told[stage].status for stage in STAGES] == ["completed", "running", "pending", "pending"]
    spoken = stage_details(JobStatus.RUNNING, "dialogue", "12/200")["dialogue"]
    assert (spoken.status, spoken.done, spoken.total) == ("running", 12, 200)
    for status, word in (
        (JobStatus.COMPLETED, "completed"),
        (JobStatus.PENDING, "pending"),
        (JobStatus.FAILED, "failed"),
    ):
        assert {each.status for each in stage_details(JobStatus(status), None, "").values()} == {word}


@pytest.mark.parametrize("novel", [{}, {"a": 1}, "", " ", []])
def test_what_is_no_novel_is_refused_in_the_envelope(client: DocumentedClient, novel: Any) -> None:
    answer = client.post("/api/v1/audio-generation/sequential", json={"novel_data": novel})
    assert answer.status_code in (400, 202)
    if answer.status_code == 400:
        assert answer.json["success"] is False and set(answer.json["error"]) == {"type", "message"}
        assert answer.json["error"]["type"] == "invalid_input"


def test_an_unknown_task_is_told_in_the_envelope(client: DocumentedClient) -> None:
    for task in ("0" * 32, client.done()["id"]):
        answer = client.get(f"/api/v1/tasks/{task}/progress")
        assert answer.status_code == 404 and answer.json["error"]["type"] == "not_found"


LINE = {"model": "espeak", "voice": "en", "input": "Good evening."}


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_a_line_is_spoken_in_every_form(client: DocumentedClient, form: str) -> None:
    answer = client.post("/v1/audio/speech", json=LINE | {"response_format": form})
    assert answer.status_code == 200, answer.text
    if form == "pcm":
        seconds = len(answer.data) / 2 / 24_000
    elif form == "aac":
        assert answer.data[0] == 0xFF and answer.data[1] & 0xF0 == 0xF0  # an ADTS frame
        return
    else:
        info = soundfile.info(io.BytesIO(answer.data))
        seconds = info.frames / info.samplerate
    assert 0.4 < seconds < 5 and answer.mimetype.startswith("audio/")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"model": "whisper-1"}, 404, "not_found"),
        ({"voice": "nobody"}, 404, "not_found"),
        ({"model": "kokoro", "voice": "espeak:en"}, 404, "not_found"),
        ({"input": ""}, 400, "invalid_input"),
        ({"input": "x" * 5000}, 400, "invalid_input"),
        ({"response_format": "exe"}, 400, "invalid_input"),
        ({"speed": 9}, 400, "invalid_input"),
    ],
)
def test_a_refusal_has_the_shape_that_its_clients_know(
    client: DocumentedClient, wrong: Any, status: int, code: str
) -> None:
    answer = client.post("/v1/audio/speech", json=LINE | wrong)
    assert answer.status_code == status and set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"message", "type", "param", "code"} and answer.json["error"]["code"] == code


def test_a_voice_that_is_not_there_is_told_plainly(client: DocumentedClient) -> None:
    assert client.get("/v1/models").json["data"][0]["object"] == "model"
    assert all(ours.startswith("kokoro:") for ours in SAME_VOICES.values())
    answer = client.post("/v1/audio/speech", json={"model": "megatts3", "voice": "anna", "input": "Hello."})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "model_missing")

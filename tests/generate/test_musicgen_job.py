"""The language models through the whole program: queue, model worker, record, schema; and down with its worker."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import torch

from engine.errors import AppError
from engine.jobs.job import Request
from engine.library.record import record_schema
from tests.conftest import Running
from tests.generate.checkpoints import write_checkpoint, write_text_encoder


@pytest.fixture(scope="module")
def generator(running: Running) -> Running:
    models: Path = running.settings.models
    write_checkpoint(models / "mine", "text")
    write_text_encoder(models / "t5-base")
    return running


def test_a_job_of_ones_own_model_leaves_a_valid_record(generator: Running) -> None:
    wish = {"prompt": "slow rock", "model": "own", "own_model": "mine", "duration": 1.2, "seed": 5, "variations": 2}
    job = generator.done(generator.application.scheduler.submit(Request("generate", wish)), timeout_s=200)
    assert job.status == "COMPLETED", job.error
    records = sorted(generator.settings.audio_dir.glob("*.json"))
    assert len(records) == 2
    for path in records:
        record = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.validate(record, record_schema())
        assert record["model"] == "mine" and record["duration_s"] == pytest.approx(1.2, abs=1e-4)
        assert record["parameters"]["auto_tune"]["user_locked"]["duration"] is True
        assert record["details"]["precision"]["name"] == "int8" and record["parameters"]["channels"] == 2


def test_an_own_model_is_judged_at_the_request(generator: Running) -> None:
    (generator.settings.models / "text").mkdir()
    (generator.settings.models / "text" / "state_dict.bin").write_bytes(b"no weights")
    for name, code in (("nowhere", "MODEL_MISSING"), ("text", "INVALID_INPUT"), ("..", "INVALID_INPUT")):
        with pytest.raises(AppError) as error:
            generator.application.scheduler.submit(
                Request("generate", {"prompt": "x", "model": "own", "own_model": name})
            )
        assert error.value.code == code


def test_a_refused_checkpoint_fails_with_a_sentence_and_the_worker_goes_on(generator: Running) -> None:
    folder = generator.settings.models / "wrong"
    write_checkpoint(folder, "text")
    package = torch.load(folder / "state_dict.bin", weights_only=True)
    package["xp.cfg"] = package["xp.cfg"].replace("num_heads: 4", "num_heads: 0")
    torch.save(package, folder / "state_dict.bin")
    wish = {"prompt": "x", "model": "own", "own_model": "wrong", "duration": 1}
    job = generator.done(generator.application.scheduler.submit(Request("generate", wish)), timeout_s=120)
    assert job.status == "FAILED" and job.error is not None and job.error["code"] == "INVALID_INPUT"
    assert "transformer_lm.num_heads must be at least 1, not 0" in job.error["message"]
    again = {"prompt": "y", "model": "own", "own_model": "mine", "duration": 1, "seed": 1}
    assert (
        generator.done(generator.application.scheduler.submit(Request("generate", again)), timeout_s=120).status
        == "COMPLETED"
    )


def test_a_job_is_heard_while_it_runs(generator: Running) -> None:
    from engine.web.server import create_web

    client = create_web(generator.application)[0].test_client()
    wish = {"prompt": "z", "model": "own", "own_model": "mine", "duration": 600, "seed": 2}
    job = generator.application.scheduler.submit(Request("generate", wish))

    def known() -> Any:
        return client.get(f"/api/jobs/{job.id}").get_json()["preview"]

    generator.until(lambda: known() and known()["samples"] > 64_000, timeout_s=120)
    row = client.get(f"/api/jobs/{job.id}").get_json()
    assert row["status"] == "RUNNING" and row["progress"] < 1
    assert (row["preview"]["rate_hz"], row["preview"]["channels"]) == (32_000, 1)
    whole = client.get(f"/api/jobs/{job.id}/preview").data
    rest = client.get(f"/api/jobs/{job.id}/preview?from=1000").data
    assert len(whole) >= 2 * 64_000 and rest[:100] == whole[2000:2100]
    assert np.abs(np.frombuffer(whole, "<i2")).max() > 300
    assert client.get(f"/api/jobs/{job.id}/preview?from=99999999").data == b""
    assert client.get(f"/api/jobs/{job.id}/preview?from=-5").data == b""
    generator.application.scheduler.cancel(job.id)
    generator.done(job)
    assert known() is None and client.get(f"/api/jobs/{job.id}/preview").data == b""

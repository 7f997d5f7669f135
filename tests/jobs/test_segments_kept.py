"""What nodes have made for a job stays until its results are there: the next attempt takes it over."""

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from engine.errors import AppError, Code
from engine.jobs import worker
from engine.jobs.messages import RunJob
from engine.jobs.shared_segments import SharedSegments
from engine.trace import Origin
from tests.conftest import make_settings


@pytest.mark.parametrize("fails", [True, False])
def test_an_attempt_that_fails_leaves_segments_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    def run(params: Any, job: Any) -> None:
        job._has_shared = True
        if fails:
            raise AppError(Code.UNAVAILABLE, "storage_away", recoverable=True)

    monkeypatch.setattr(worker, "resolve_name", lambda name: run)
    found = worker.Worker(make_settings(tmp_path), mock.Mock())
    found._shared = shared = mock.Mock(spec=SharedSegments)
    message = RunJob(
        "0" * 32, 1, 0, "debug", {}, {}, tmp_path, 0, 0.0, "title", "en", None, Origin(None, None), None
    )  # fmt: skip
    if fails:
        with pytest.raises(AppError) as refused:
            found._run_job(message)
        assert refused.value.code is Code.UNAVAILABLE and not shared.forget.called
    else:
        found._run_job(message)
        shared.forget.assert_called_once_with("0" * 32, 1)

from pathlib import Path

import pytest

from engine.errors import AppError, Code
from engine.fetch.params import FetchParams
from engine.fetch.run import run as fetch
from engine.models.ensure import located
from engine.settings import Settings
from tests.fake_job import FakeJob
from tests.wants import wants


@pytest.fixture(scope="session")
def real_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models folder, with the real htdemucs in it: fetched once, kept for the next run."""
    job = FakeJob(tmp_path_factory.mktemp("fetch"))
    job.models_dir = Settings().models
    if not located("htdemucs", job.models_dir):
        try:
            fetch(FetchParams(model="htdemucs"), job)
        except AppError as error:
            if error.code is Code.MODEL_MISSING:
                pytest.skip(wants("real weights", str(error)))
            raise
    return job.models_dir

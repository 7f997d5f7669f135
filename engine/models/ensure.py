"""How a job comes by a model: it is there in some form, or it is fetched, or the user is told the next step."""

from pathlib import Path

from engine.context import JobContext
from engine.errors import AppError, Code
from engine.models.catalogue import find
from engine.models.fetch import fetch
from engine.models.store import ModelStore


def needed(model_id: str) -> tuple[str, ...]:
    """A model and those that it works with, itself first. Raises NOT_FOUND for an unknown one."""
    return (model_id, *find(model_id).requires)


def located(model_id: str, models_dir: Path) -> list[Path]:
    """The files of a model that is there in some form, in the catalogue's order; [] where it has to be fetched.

    Raises NOT_FOUND for an unknown model, MODEL_MISSING where a package is that it cannot be read without.
    """
    return ModelStore(models_dir).located(find(model_id))


def ensure(model_id: str, job: JobContext) -> list[Path]:
    """The files of a model, in the catalogue's order; it is fetched where it is not there.

    Fetching has the stages DOWNLOADING and VERIFYING, and goes from the model to its mirrors. Raises as `fetch` does,
    with what the first of them said.
    """
    store, model = ModelStore(job.models_dir), find(model_id)
    if found := store.located(model):
        return found
    faults: list[AppError] = []
    for name in (model_id, *model.mirrors):
        try:
            fetch(name, store, job)
            return store.files(model)
        except AppError as error:
            if error.code is not Code.MODEL_MISSING:
                raise
            faults.append(error)
    raise faults[0]

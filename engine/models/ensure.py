"""How a job comes by a model: it is there in some form, or it is fetched, or the user is told the next step."""

from pathlib import Path

from engine.context import JobContext
from engine.errors import AppError, Code
from engine.models.catalogue import find
from engine.models.fetch import fetch
from engine.models.store import ModelStore


def is_there(model_id: str, models_dir: Path) -> bool:
    """Whether `ensure` would find the model without fetching it. Raises NOT_FOUND for an unknown one."""
    try:
        ModelStore(models_dir).files(model_id)
    except AppError as error:
        if error.code is Code.MODEL_MISSING:
            return False
        raise
    return True


def ensure(model_id: str, job: JobContext) -> Path:
    """The only file of a model, or the folder of one with several; it is fetched where it is not there.

    Fetching has the stages DOWNLOADING and VERIFYING, and goes from the model to its mirrors. Raises as `fetch` does,
    with what the first of them said.
    """
    store = ModelStore(job.models_dir)
    faults: list[AppError] = []
    for name in () if is_there(model_id, job.models_dir) else (model_id, *find(model_id).mirrors):
        try:
            fetch(name, store, job)
            break
        except AppError as error:
            if error.code is not Code.MODEL_MISSING:
                raise
            faults.append(error)
    else:
        if faults:
            raise faults[0]
    return store.path(model_id)

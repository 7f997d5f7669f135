"""`/generate`: a prompt becomes music."""

from pathlib import Path

from engine.command import Command, Lane
from engine.generate.examples import by_language
from engine.generate.heard import hear
from engine.generate.models import COMPOSER, need_mb
from engine.generate.own import check
from engine.generate.params import GenerateParams, follow_ups
from engine.generate.recipe import resolved


def _composes(params: GenerateParams) -> bool:
    return params.model == COMPOSER


def _memory_mb(params: GenerateParams, device: str, models_dir: Path) -> int:
    return 0 if _composes(params) else need_mb(params.model, params.precision, device, batch=params.variations)


def _title(params: GenerateParams) -> str:
    if params.piece or params.like:
        return "title.edited" if params.piece else "title.like"
    return "title.continued" if params.continuation_source else "title.text"


COMMAND = Command(
    name="generate",
    summary="Make music from a description.",
    invitation="Drop a clip: make new music with its tempo, key and melody.",
    button="Compose",
    params=GenerateParams,
    runner="engine.generate.run:run",
    lane=lambda params: Lane.LIGHT if _composes(params) else Lane.MODEL,
    device_key=lambda params: "composer" if _composes(params) else "musicgen",
    memory_mb=_memory_mb,
    title=_title,
    follow_ups=follow_ups,
    check=check,
    resolve=resolved,
    hear=hear,
    examples=by_language(),
)

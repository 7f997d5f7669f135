"""`/generate`: a prompt becomes music."""

from typing import cast

from engine.commands import Command, Lane
from engine.generate.models import COMPOSER, need_mb
from engine.generate.own import check
from engine.generate.params import GenerateParams, follow_ups
from engine.parameters import Params


def _memory_mb(params: Params) -> int:
    wish = cast(GenerateParams, params)
    if wish.model == COMPOSER:
        return 0
    return need_mb(wish.model, wish.precision, "cpu", batch=wish.variations)


def _composes(params: Params) -> bool:
    return cast(GenerateParams, params).model == COMPOSER


COMMAND = Command(
    name="generate",
    summary="Make music from a description.",
    params=GenerateParams,
    runner="engine.generate.run:run",
    lane=lambda params: Lane.LIGHT if _composes(params) else Lane.MODEL,
    family=lambda params: "composer" if _composes(params) else "musicgen",
    memory_mb=_memory_mb,
    follow_ups=follow_ups,
    check=check,
)

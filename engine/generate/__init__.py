"""`/generate`: a prompt becomes music."""

from engine.commands import Command, Lane
from engine.generate.params import GenerateParams, follow_ups

COMMAND = Command(
    name="generate",
    summary="Make music from a description.",
    params=GenerateParams,
    runner="engine.generate.run:run",
    lane=lambda params: Lane.LIGHT,
    family=lambda params: "composer",
    follow_ups=follow_ups,
)

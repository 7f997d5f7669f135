"""`/mix`: the stems of a track, weighed and placed, as a track of its own."""

from engine.command import Command, Lane
from engine.mix.params import MixParams

COMMAND = Command(
    name="mix",
    summary="Mix the stems of a track.",
    params=MixParams,
    runner="engine.mix.run:run",
    lane=lambda params: Lane.LIGHT,
    device_key=lambda params: "none",
)

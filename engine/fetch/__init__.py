"""`/fetch`: download a model of the catalogue and what it works with, or check one that is there."""

from engine.command import Command, Lane
from engine.fetch.params import FetchParams

COMMAND = Command(
    name="fetch",
    summary="Download a model.",
    invitation="Choose a model: download it now, so that it is here when you need it.",
    placeholder="Name of a model",
    button="Download",
    params=FetchParams,
    runner="engine.fetch.run:run",
    lane=lambda params: Lane.LIGHT,
    device_key=lambda params: "none",
)

"""`/mix`: the stems of a track, weighed and placed, as a track of its own."""

from pathlib import Path

from engine.command import Command, Lane
from engine.mix.levels import parse_levels
from engine.mix.params import MixParams
from engine.speech.phrases import read_phrases

COMMAND = Command(
    name="mix",
    summary="Mix the stems of a track.",
    invitation="Choose a track that was split: set the level of each stem.",
    placeholder="drums=0.8 bass vocals=1@-0.25, or leave it empty",
    button="Mix {source}",
    params=MixParams,
    runner="engine.mix.run:run",
    lane=lambda params: Lane.LIGHT,
    device_key=lambda params: "none",
    phrases=read_phrases(Path(__file__).with_name("phrases.toml")),
    title=lambda params: "title.mix",
    about=lambda params: {"count": len(parse_levels(params.levels))} if params.levels else {},
)

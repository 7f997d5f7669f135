"""`/match`: a track with the tone, loudness, dynamics, space, width and pitch of another one."""

from pathlib import Path

from engine.command import Command, Lane
from engine.match.params import MatchParams
from engine.match.tasks import MATCH_TASKS
from engine.speech.phrases import read_phrases

COMMAND = Command(
    name="match",
    summary="Make a track sound like a reference.",
    invitation="Drop a track: make it sound like another one.",
    placeholder="Choose a track and the sound to come close to",
    button="Make it sound like {reference}",
    params=MatchParams,
    runner="engine.match.run:run",
    segment_maker="engine.match.segments:make",
    lane=lambda params: Lane.LIGHT,
    device_key=lambda params: "none",
    title=lambda params: "title.match" if params.reference else "title.matched",
    about=lambda params: {} if params.reference else {"variant": "style"},
    tasks=MATCH_TASKS,
    phrases=read_phrases(Path(__file__).with_name("phrases.toml")),
)

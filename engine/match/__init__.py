"""`/match`: a track with the tone, loudness, dynamics, space, width and pitch of another one."""

from engine.command import Command, Lane
from engine.match.params import MatchParams
from engine.match.tasks import MATCH_TASKS

COMMAND = Command(
    name="match",
    summary="Give a track the sound of another one.",
    params=MatchParams,
    runner="engine.match.run:run",
    lane=lambda params: Lane.LIGHT,
    device_key=lambda params: "none",
    tasks=MATCH_TASKS,
)

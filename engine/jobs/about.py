"""What a job is about, in the titles of the day on which it was asked for: they outlive what they name.

`{command, text, inputs: [{field, key, title, track_id}], values}`, kept in the job's row. `text`: the user's words, in
one line, empty where they are the command's own; `track_id`: null for an upload, whose title is its file's name;
`values`: what the command's `about` adds for its sentence on the page, `about.NAME`.
"""

import re
from collections.abc import Callable
from typing import Any

from engine.command import Command
from engine.jobs.job import Job
from engine.parameters import IDENTITY, Params
from engine.text import label

About = dict[str, Any]

_KEYED = re.compile(rf"(?<!\S)[a-z_]+=(track|upload):{IDENTITY}(?!\S)")


def about(command: Command[Any], params: Params, title: Callable[[str], str]) -> About:
    """`title` says what people call the sound of a key."""
    inputs = [
        {"field": field, "key": key, "title": title(key), "track_id": _track_id(key)}
        for field, key in params.inputs().items()
    ]
    return {"command": command.name, "text": label(words(params)), "inputs": inputs, "values": command.about(params)}


def words(params: Params) -> str:
    """The value of the field that free text fills, where the user gave one."""
    name = params.text_field
    said = getattr(params, name) if name else None
    return said if name and isinstance(said, str) and said != type(params).model_fields[name].default else ""


def of(job: Job) -> About:
    """That of a job; one of an earlier version tells its text only."""
    text = _KEYED.sub("", job.text).removeprefix(f"/{job.command}")
    return job.about or {"command": job.command, "text": label(text), "inputs": [], "values": {}}


def _track_id(key: str) -> str | None:
    kind, _, identity = key.partition(":")
    return identity if kind == "track" else None

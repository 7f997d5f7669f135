"""The light tasks of `/tag` as the server sees them, without what they import."""

from typing import Protocol

from engine.command import TaskSet


class TagTasks(Protocol):
    """Every path is absolute."""


TAG_TASKS = TaskSet[TagTasks]("tag", TagTasks, ())

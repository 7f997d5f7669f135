"""The beat of a node: a file in its settings folder that its own computer, or whatever runs containers, may look at.

It says that the process works, not that database and broker answer: a node outlives their outages and is not to be
ended for them.
"""

import json
import os
import time

import psutil

from engine.library.atomic import write_json
from engine.settings import Settings

FILE = "node.json"
BEATS_EVERY_S = 10.0
SILENT_S = 60.0
"""A node whose last beat is older is taken for dead."""


def beat(settings: Settings) -> None:
    """Raises DISK_FULL."""
    write_json(settings.state_dir / FILE, {"pid": os.getpid(), "at": time.time()})


def beats(settings: Settings) -> bool:
    """Whether the node that has this output folder is alive and gets on."""
    try:
        said = json.loads((settings.state_dir / FILE).read_text(encoding="utf-8"))
        return psutil.pid_exists(int(said["pid"])) and abs(time.time() - float(said["at"])) < SILENT_S
    except (OSError, ValueError, KeyError, TypeError):
        return False


def no_more(settings: Settings) -> None:
    """The node of this output folder ends."""
    (settings.state_dir / FILE).unlink(missing_ok=True)

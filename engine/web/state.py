"""The snapshot that a page draws itself from, on every connect."""

import json
from typing import Any

from engine import __version__
from engine.app import Owned
from engine.commands import HIDDEN, commands, refused_plugins
from engine.jobs.control import LAST_RUN


def state(mine: Owned) -> dict[str, Any]:
    """Commands with their JSON Schemas, jobs, the newest tracks and the last run."""
    return {
        "version": __version__,
        "language": mine.settings.language,
        "debug": mine.settings.debug,
        "commands": [
            {
                "name": command.name,
                "summary": command.summary,
                "invitation": "" if command.name in HIDDEN else command.invitation or command.summary,
                "placeholder": command.placeholder,
                "button": command.button,
                "examples": command.examples,
                "text_field": command.params.text_field,
                "schema": command.params.model_json_schema(),
            }
            for command in commands(debug=mine.settings.debug).values()
        ],
        "refused_plugins": [vars(plugin) for plugin in refused_plugins()],
        "jobs": mine.scheduler.views.all(),
        "tracks": mine.library.rows(),
        "track_total": mine.library.count(),
        "paused": mine.scheduler.paused,
        "last_run": _last_run(mine),
        "bucket": mine.storage.origin,
    }


def _last_run(mine: Owned) -> Any:
    try:
        return json.loads(mine.state.read(mine.user, LAST_RUN) or "")
    except (OSError, ValueError, RecursionError):
        return None

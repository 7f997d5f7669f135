"""The snapshot that a page draws itself from, on every connect."""

import json
from typing import Any

from engine import __version__
from engine.app import Application
from engine.commands import HIDDEN, commands, refused_plugins


def state(application: Application) -> dict[str, Any]:
    """Commands with their JSON Schemas, jobs, the newest tracks and the last run."""
    return {
        "version": __version__,
        "language": application.settings.language,
        "debug": application.settings.debug,
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
            for command in commands(debug=application.settings.debug).values()
        ],
        "refused_plugins": [vars(plugin) for plugin in refused_plugins()],
        "jobs": application.scheduler.views.all(),
        "tracks": application.library.rows(),
        "track_total": application.library.count(),
        "paused": application.scheduler.paused,
        "last_run": _last_run(application),
    }


def _last_run(application: Application) -> Any:
    try:
        return json.loads((application.settings.state_dir / "last_run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None

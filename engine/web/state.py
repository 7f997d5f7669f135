"""The snapshot that a page draws itself from, on every connect."""

import json
from typing import Any

from engine import __version__
from engine.app import House
from engine.commands import commands


def state(house: House) -> dict[str, Any]:
    """Commands with their JSON Schemas, jobs, the newest tracks and the last run."""
    return {
        "version": __version__,
        "language": house.settings.language,
        "debug": house.settings.debug,
        "commands": [
            {
                "name": command.name,
                "summary": command.summary,
                "text_field": command.params.text_field,
                "schema": command.params.model_json_schema(),
            }
            for command in commands(debug=house.settings.debug).values()
        ],
        "jobs": house.scheduler.rows.all(),
        "tracks": house.library.rows(),
        "track_total": house.library.count(),
        "paused": house.scheduler.paused,
        "last_run": _last_run(house),
    }


def _last_run(house: House) -> Any:
    try:
        return json.loads((house.settings.state_dir / "last_run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None

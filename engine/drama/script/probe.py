"""The light task that reads a script which was uploaded."""

from pathlib import Path

from engine.drama.script.archive import MOST_FILE
from engine.drama.script.facts import ScriptFacts, facts_of
from engine.drama.script.read import read_script
from engine.errors import invalid


def probe_script(path: Path, name: str) -> ScriptFacts:
    """What is in a script. Raises as `read_script` does."""
    if path.stat().st_size > MOST_FILE:
        raise invalid("script_too_large", limit_mb=MOST_FILE // 2**20)
    return facts_of(read_script(path.read_bytes(), name))

"""The light tasks of `/drama` as the server sees them, without what they import."""

from pathlib import Path
from typing import Protocol

from engine.command import TaskSet
from engine.drama.script.facts import ScriptFacts


class DramaTasks(Protocol):
    def probe_script(self, path: Path, name: str) -> ScriptFacts: ...
    def render_sound(
        self,
        sound_id: str,
        target: Path,
        rate_hz: int,
        duration_s: float | None,
        longest_s: float,
        seed: int,
        parameters: dict[str, float],
        models_dir: Path,
        folder: Path,
    ) -> str: ...
    def encode_speech(self, path: Path, target: Path, form: str) -> None: ...
    def export_drama(
        self, project: Path, audio: Path, voices: Path | None, form: str, target: Path, title: str, cover: Path | None
    ) -> None: ...


DRAMA_TASKS = TaskSet[DramaTasks](
    "drama",
    DramaTasks,
    (
        "engine.drama.script.probe",
        "engine.drama.sounds.tasks",
        "engine.drama.delivery.exports",
        "engine.drama.delivery.speech_files",
    ),
)

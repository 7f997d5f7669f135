"""Whom a drama owes its voices and sounds to."""

from engine.drama.project import NARRATOR, Project
from engine.drama.sounds.listing import sound_of
from engine.drama.voices.voices import known
from engine.errors import AppError
from engine.models.catalogue import MODELS


def credits_of(project: Project) -> list[dict[str, str | bool]]:
    """What was used that others made: `{name, credit, licence, commercial_use}`, each once."""
    found: dict[str, dict[str, str | bool]] = {}
    said = {line.speaker or NARRATOR for line in project.lines if line.voice is None}
    voices = {line.voice for line in project.lines} | {each.voice for each in project.characters if each.id in said}
    for voice in sorted(filter(None, voices)):
        if (model := known(voice).model) is not None:
            row = MODELS[model]
            found[row.id] = {
                "name": row.title, "credit": "", "licence": row.licence, "commercial_use": row.commercial_use,
            }  # fmt: skip
    for sound_id in sorted({clip.sound for clip in project.clips if clip.sound}):
        try:
            sound = sound_of(sound_id)
        except AppError:  # the user's own
            continue
        if sound.model is not None:
            row = MODELS[sound.model]
            found[sound.id] = {
                "name": sound.id,
                "credit": sound.credit,
                "licence": sound.licence,
                "commercial_use": row.commercial_use,
            }
    return list(found.values())

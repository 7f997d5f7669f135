"""Whom a drama owes its voices and sounds to."""

from collections.abc import Mapping

from engine.drama.clip_sounds import GENERATED
from engine.drama.project import NARRATOR, Project
from engine.drama.sounds.listing import sound_of
from engine.drama.voices.voices import known
from engine.errors import AppError
from engine.models.catalogue import MODELS, Model


def credits_of(project: Project, replaced: Mapping[str, str] = {}) -> list[dict[str, str | bool]]:
    """What was used that others made: `{name, credit, licence, commercial_use}`, each once.

    `replaced`: sounds that were not had -> what stood in for them.
    """
    found: dict[str, dict[str, str | bool]] = {}
    said = {line.speaker or NARRATOR for line in project.lines if line.voice is None}
    voices = {line.voice for line in project.lines} | {each.voice for each in project.characters if each.id in said}
    for voice in sorted(filter(None, voices)):
        if (model := known(voice).model) is not None:
            found[model] = _credit(MODELS[model], MODELS[model].title)
    for sound_id in sorted({replaced.get(clip.sound, clip.sound) for clip in project.clips if clip.sound}):
        if sound_id == GENERATED:
            found[GENERATED] = _credit(MODELS["tangoflux"], MODELS["tangoflux"].title, "Powered by Stability AI")
            continue
        try:
            sound = sound_of(sound_id)
        except AppError:  # the user's own
            continue
        if sound.model is not None:
            found[sound.id] = {**_credit(MODELS[sound.model], sound.id, sound.credit), "licence": sound.licence}
    return list(found.values())


def _credit(model: Model, name: str, credit: str = "") -> dict[str, str | bool]:
    return {"name": name, "credit": credit, "licence": model.licence, "commercial_use": model.commercial_use}

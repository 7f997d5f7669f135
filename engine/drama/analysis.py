"""A script as a whole project: read, and understood where nobody has done that before."""

from typing import cast

from engine.context import JobContext
from engine.drama.cast.attribution import attribute
from engine.drama.cast.language_model import LabelModel, label_lines
from engine.drama.cast.voices import cast_voices
from engine.drama.clip_sounds import generated
from engine.drama.params import DramaParams
from engine.drama.project import Project
from engine.drama.scenes import add_clips, feel, find_scenes
from engine.drama.script.read import read_script
from engine.drama.sounds.listing import first
from engine.drama.sounds.sound import Kind
from engine.drama.ticks import Tick
from engine.drama.voices.voices import VOICES
from engine.models.catalogue import MODELS


def analysed(data: bytes, name: str, params: DramaParams, job: JobContext) -> Project:
    """The project of a script. One that was saved stays as it is, but for characters that nobody plays yet."""
    project = read_script(data, name)
    if params.language != "auto":
        project = project.model_copy(update={"language": params.language})
    if not project.understood:
        project = _understood(project, params, job)
    free = [voice for voice in VOICES.values() if voice.model is None or MODELS[voice.model].commercial_use]
    return cast_voices(project, list(VOICES.values()), params.chosen, free if params.commercial_use else None)


def _understood(project: Project, params: DramaParams, job: JobContext) -> Project:
    """Who speaks, where, how, and with which sounds; it can be canceled at any line, and tells how far it is."""
    url = job.services.language_model_url
    shares = {"attribute": 60, "label": 600 if url else 0, "scenes": 30, "feel": 4, "clips": 12}
    done = 0.0

    def part(name: str) -> Tick:
        nonlocal done
        start, width = done, shares[name] / sum(shares.values())
        done += width
        return lambda share: job.progress(min(start + width * share, 1.0), 1, "ANALYZING")

    project = attribute(project, part("attribute"))
    if url is not None:
        model = LabelModel(url, job.services.language_model, job.services.language_model_key)
        project = label_lines(project, model, part("label"))
    project = find_scenes(project, part("scenes"))
    project = feel(project, part("feel"))
    tick = part("clips")

    def find(words: str, kind: str) -> str | None:
        job.check_canceled()
        return first(words, cast(Kind, kind), job.sounds_dir, commercial_use=params.commercial_use)

    project = add_clips(project, find, tick=tick)
    if params.sounds == "tangoflux" and not params.commercial_use:
        project = generated(project, job.sounds_dir)
    return project.model_copy(update={"understood": True})

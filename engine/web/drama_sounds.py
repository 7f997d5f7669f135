"""The sounds that a drama can be made of: found by words, and heard.

The files in `output/sounds` belong to the installation: every user hears them and may have dramas made of them.
"""

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from engine.app import Application
from engine.drama.sounds.listing import checked_parameters, find, installed, sound_of, sounds, title_of
from engine.drama.sounds.own import PREFIX
from engine.drama.sounds.sound import Kind, Sound
from engine.drama.tasks import DRAMA_TASKS
from engine.errors import invalid
from engine.messages import LANGUAGES
from engine.web.api import language_of_page
from engine.web.files import number, scratch_file

RATE_HZ = 48_000
LONGEST_S, USUAL_S = 60.0, 10.0
"""Of what is heard on the page: at most, and of an ambience where nothing is said."""
MOST_SEED = 99_999_999
KINDS: dict[str, Kind] = {"ambience": "ambience", "effect": "effect"}
_SAID = ("id", "seed", "duration_s")
"""What the query says besides parameters of the sound."""


def blueprint(application: Application) -> Blueprint:
    drama_sounds = Blueprint("drama_sounds", __name__, url_prefix="/api/sounds")
    tasks, settings = application.scheduler.tasks.of(DRAMA_TASKS), application.settings

    @drama_sounds.get("")
    def listed() -> dict[str, Any]:
        """`?q=WORDS&kind=ambience|effect&language=en|ru|zh`: the sounds that words of any of the three languages name,
        the best first, or all; titles in `language`, that of the page by default."""
        words, kind = request.args.get("q", "").strip(), _kind()
        language = request.args.get("language", "")
        language = language if language in LANGUAGES else language_of_page(settings.language)
        found = find(words, kind, folder=settings.sounds_dir) if words else sounds(folder=settings.sounds_dir)
        return {"sounds": [row(sound, language) for sound in found if kind in (None, sound.kind)]}

    @drama_sounds.get("/audio")
    def heard() -> Response:
        """`?id=ID&seed=&duration_s=&NAME=VALUE`: the sound as WAV, 60 s at most; `X-Sound`: the id of the one that is
        heard, for one of ours stands in where a package has not been fetched. Raises NOT_FOUND, INVALID_INPUT."""
        sound = sound_of(request.args.get("id", "")[:200], settings.sounds_dir)
        seed = int(number("seed", 0, 0, MOST_SEED))
        usual_s = USUAL_S if sound.kind == "ambience" else None
        duration_s = number("duration_s", 0, 0.1, LONGEST_S) if "duration_s" in request.args else usual_s
        given = {name: number(name, 0, -1e9, 1e9) for name in request.args if name not in _SAID}
        checked_parameters(sound, given)
        with scratch_file() as target:
            found = tasks.render_sound(
                sound.id, target, RATE_HZ, duration_s, LONGEST_S, seed, given, settings.models, settings.sounds_dir
            )
            answer = Response(target.read_bytes(), mimetype="audio/wav")
        lasting = not sound.id.startswith(PREFIX) and found == sound.id
        answer.headers["Cache-Control"] = "private, max-age=3600" if lasting else "no-store"
        answer.headers["X-Sound"] = quote(found)
        return answer

    def row(sound: Sound, language: str) -> dict[str, Any]:
        return {
            "id": sound.id, "kind": sound.kind, "tags": sound.tags, "title": title_of(sound, language),
            "loops": sound.loops, "duration_s": sound.duration_s, "credit": sound.credit, "licence": sound.licence,
            "parameters": sound.parameters, "installed": installed(sound, settings.models),
        }  # fmt: skip

    return drama_sounds


def _kind() -> Kind | None:
    """Raises INVALID_INPUT `sound_kind`."""
    said = request.args.get("kind", "")
    if said and said not in KINDS:
        raise invalid("sound_kind", kind=said[:40])
    return KINDS.get(said)

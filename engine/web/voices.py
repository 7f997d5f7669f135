"""REST: who can speak, and single lines to hear.

The clips in `output/voices` belong to the installation: every user may have lines spoken by them. So do the lines that
were spoken, each under a key that follows from its words: who asks for the same words, hears the same line.
"""

from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import ValidationError

from engine.app import Application
from engine.drama.project import MOST_WORD_LETTERS
from engine.drama.voices.entries import KEY, Entries
from engine.drama.voices.line_keys import LineKeys
from engine.drama.voices.own_voices import own_voices
from engine.drama.voices.utterance import Utterance, Voice
from engine.drama.voices.voices import SAMPLES, VOICES, known
from engine.errors import AppError, Code, invalid
from engine.jobs.job import Request
from engine.models import ModelStore, find
from engine.parameters import problems_of
from engine.web.api import json_body, language_of_page
from engine.web.me import me

MOST_WORDS = 500
"""Pronunciations that go along with a line."""
FREE = "GPL-3.0-or-later", True
"""Licence of eSpeak NG, and whether it may be used commercially."""
OWN = "", False
"""The same of the user's clips, of which only the user knows."""


def blueprint(application: Application) -> Blueprint:
    voices = Blueprint("voices", __name__, url_prefix="/api")
    settings = application.settings
    store, lines = ModelStore(settings.models), Entries(settings.cache_dir / "lines")

    @voices.get("/voices")
    def listed() -> dict[str, Any]:
        """Every voice, best engines first, the user's own last; `samples`: a sentence of ten seconds by language."""
        there = {voice.model: bool(store.located(find(voice.model))) for voice in VOICES.values() if voice.model}
        rows = [_row(voice, voice.model is None or there[voice.model]) for voice in VOICES.values()]
        own = [_row(voice, settings.megatts3_url is not None) for voice in own_voices(settings.voices_dir).values()]
        return {"voices": rows + own, "samples": SAMPLES}

    @voices.post("/speech")
    def speak() -> tuple[Response, int]:
        """`{utterance}`, or `{voice}` for its sample -> `{key, ready, job_id?}`: under that key the sound is kept, once
        the job has made it."""
        utterance = _utterance(json_body())
        key = LineKeys(settings.voices_dir).of(utterance)
        if lines.facts(key) is not None:
            return jsonify(key=key, ready=True), 200
        language = language_of_page(settings.language)
        given = {"utterance": utterance.model_dump_json(exclude_defaults=True), "seed": 0}  # asked twice is one job
        asked = Request("drama", given, text=utterance.text[:200], language=language, aside=True)
        return jsonify(key=key, ready=False, job_id=me.scheduler.submit(asked).id), 202

    @voices.get("/speech/<key>")
    def speech(key: str) -> Response:
        """The sound of a line, FLAC; NOT_FOUND until it is there."""
        found = lines.get(key) if KEY.fullmatch(key) else None
        if found is None:
            raise AppError(Code.NOT_FOUND, "speech_not_there")
        answer = Response(found[1], mimetype="audio/flac")
        answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
        return answer

    return voices


def _row(voice: Voice, installed: bool) -> dict[str, Any]:
    model = find(voice.model) if voice.model else None
    licence, commercial = (model.licence, model.commercial_use) if model else FREE if voice.engine == "espeak" else OWN
    return {
        **{name: value for name, value in vars(voice).items() if name != "model"},
        "licence": licence, "commercial_use": commercial, "installed": installed,
        "fetchable": model.fetchable if model else False, "model": voice.model, "bytes": model.size if model else None,
    }  # fmt: skip


def _utterance(body: Any) -> Utterance:
    """What a client asks to hear. Raises INVALID_INPUT, NOT_FOUND for an unknown voice."""
    if isinstance(body, dict) and set(body) == {"voice"} and isinstance(body["voice"], str):
        language = known(body["voice"]).language
        body = {"utterance": {"text": SAMPLES[language], "language": language, "voice": body["voice"]}}
    if not isinstance(body, dict) or set(body) != {"utterance"} or not isinstance(body["utterance"], dict):
        raise invalid("speech_form")
    try:
        utterance = Utterance.model_validate(body["utterance"])
    except ValidationError as error:
        if any(each["loc"][:1] == ("pronunciations",) for each in error.errors()):
            raise invalid("speech_words", words=MOST_WORDS, letters=MOST_WORD_LETTERS) from None
        raise invalid("bad_request", reason=problems_of(error)[:1]) from None
    if len(utterance.pronunciations) > MOST_WORDS:
        raise invalid("speech_words", words=MOST_WORDS, letters=MOST_WORD_LETTERS)
    return utterance

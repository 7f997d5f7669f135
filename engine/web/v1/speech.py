"""Speech by the interface that OpenAI's clients speak: `POST /v1/audio/speech`, answered by the voices of /drama.

https://platform.openai.com/docs/api-reference/audio/createSpeech
"""

import time
from typing import Literal

from flask import Response
from pydantic import Field

from engine.drama.project import Language
from engine.drama.script.language import language_of
from engine.drama.tasks import DRAMA_TASKS
from engine.drama.voices.entries import Entries
from engine.drama.voices.line_keys import LineKeys
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import SPEAKS, VERSIONS, VOICES, known
from engine.errors import AppError, Code, invalid
from engine.jobs.job import ACTIVE, JobStatus, Request
from engine.library.atomic import scratch
from engine.web.me import caller, me
from engine.web.v1.ground import Ground
from engine.web.v1.models import AnswerModel, RequestModel
from engine.web.v1.operations import Answer, Surface
from engine.web.v1.watching import Watching

TAG = "speech"
PATIENCE_S = 300.0
LOOK_S = 2.0
LONGEST = 4096
Form = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
MIME: dict[str, str] = {
    "mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav",
    "pcm": "audio/pcm",
}  # fmt: skip
THEIRS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Models by OpenAI's names: whichever engine the voice has."""
SAME_VOICES: dict[str, str] = {
    "alloy": "kokoro:af_alloy", "ash": "kokoro:am_michael", "ballad": "kokoro:bm_george", "cedar": "kokoro:am_fenrir",
    "coral": "kokoro:af_bella", "echo": "kokoro:am_echo", "fable": "kokoro:bm_fable", "marin": "kokoro:af_heart",
    "nova": "kokoro:af_nova", "onyx": "kokoro:am_onyx", "sage": "kokoro:af_sarah", "shimmer": "kokoro:af_sky",
    "verse": "kokoro:am_puck",
}  # fmt: skip
"""OpenAI's voices and ours that stand for them."""
IN_RUSSIAN = {"female": "silero:kseniya", "male": "silero:aidar"}
"""Who speaks for them in Russian, which they cannot."""


class SpeechRequest(RequestModel):
    """A text to be spoken."""

    model: str = Field(
        max_length=100,
        description=f"An engine of voices ({', '.join(VERSIONS)}), or {', '.join(THEIRS)}: that of the voice.",
    )
    input: str = Field(min_length=1, max_length=LONGEST, description="What is said: English, Russian or Chinese.")
    voice: str = Field(
        max_length=100,
        description="`ENGINE:NAME` as `GET /api/voices` lists them, NAME alone with an engine as model, or one of "
        f"OpenAI's: {', '.join(f'{theirs} ({ours})' for theirs, ours in SAME_VOICES.items())}; they speak Russian by "
        f"{IN_RUSSIAN['female']} and {IN_RUSSIAN['male']}.",
    )
    response_format: Form = Field(
        "mp3", description="File format; pcm is 16-bit little-endian at 24 kHz, one channel, without a header."
    )
    speed: float = Field(1.0, ge=0.4, le=2.5, description="1 is the voice's own pace.")
    instructions: str | None = Field(None, max_length=LONGEST, description="Taken, not followed: no voice here can.")
    stream_format: Literal["audio"] = Field("audio", description="The sound comes when it is whole.")


class SpeechModel(AnswerModel):
    """An engine of voices."""

    id: str = Field(description="Its name.")
    object: Literal["model"] = Field("model", description="What it is.")
    created: int = Field(0, description="Always 0.")
    owned_by: str = Field(description="Who offers it.")


class SpeechModels(AnswerModel):
    object: Literal["list"] = Field("list", description="What it is.")
    data: list[SpeechModel] = Field(description="Engines of voices, then the names that stand for any.")


class SpeechFault(AnswerModel):
    message: str = Field(description="What happened, for people.")
    type: str = Field(description="What kind of error it is.")
    param: str | None = Field(None, description="Always null.")
    code: str = Field(description="What happened, for programs: model_missing, not_found, ….")


class SpeechError(AnswerModel):
    """The error of these addresses, as OpenAI has it."""

    error: SpeechFault = Field(description="What went wrong.")


def add(surface: Surface, ground: Ground) -> None:
    lines = Entries(ground.settings.cache_dir / "lines")

    @surface.on("POST", "/audio/speech", TAG, {200: Answer("audio/*", "The sound.")}, body=SpeechRequest,
                error=SpeechError, errors=REFUSED)  # fmt: skip
    def create_speech(body: SpeechRequest) -> Response:
        """Have a text spoken."""
        utterance = _utterance(body)
        key = LineKeys(me.settings.voices_dir).of(utterance)
        found = lines.get(key)
        if found is None:
            _spoken(ground.watching, utterance)
            found = lines.get(key)
        if found is None:
            raise AppError(Code.INTERNAL, "speech_not_there")
        if body.response_format == "flac":
            return Response(found[1], mimetype=MIME["flac"])
        with scratch(me.settings.peaks_dir) as source, scratch(me.settings.peaks_dir) as target:
            source.write_bytes(found[1])
            me.scheduler.tasks.of(DRAMA_TASKS).encode_speech(source, target, body.response_format)
            return Response(target.read_bytes(), mimetype=MIME[body.response_format])

    @surface.on("GET", "/models", TAG, {200: Answer(SpeechModels, "Models.")}, error=SpeechError)
    def list_speech_models() -> SpeechModels:
        """What `model` of a speech may be."""
        ours = [SpeechModel(id=engine, owned_by="audiocraft-webui") for engine in VERSIONS]
        return SpeechModels(data=[*ours, *(SpeechModel(id=name, owned_by="alias") for name in THEIRS)])


REFUSED = (
    Code.NOT_FOUND, Code.MODEL_MISSING, Code.UNAVAILABLE, Code.DISK_FULL, Code.OUT_OF_MEMORY, Code.UNSUPPORTED_AUDIO,
    Code.CANCELED, Code.INTERRUPTED,
)  # fmt: skip
"""What else may come of it: a line is spoken by a job."""


def _utterance(body: SpeechRequest) -> Utterance:
    """Raises NOT_FOUND for an unknown model or voice, INVALID_INPUT for a language that the voice does not speak."""
    if body.model not in VERSIONS and body.model not in THEIRS:
        raise AppError(Code.NOT_FOUND, "speech_model_unknown", model=body.model[:60])
    if not body.input.strip():
        raise invalid("speech_form")
    language = language_of(body.input)
    voice = _voice(body, language)
    found = known(voice)
    if body.model in VERSIONS and found.engine != body.model:
        raise AppError(Code.NOT_FOUND, "unknown_voice", voice=body.voice[:60])
    if language not in SPEAKS.get(found.engine, (found.language,)):
        language = found.language
    return Utterance(text=body.input, language=language, voice=voice, speed=body.speed)


def _voice(body: SpeechRequest, language: Language) -> str:
    if body.model in VERSIONS and ":" not in body.voice and body.voice not in SAME_VOICES:
        return f"{body.model}:{body.voice}"
    same = SAME_VOICES.get(body.voice)
    if same is None:
        return body.voice
    return IN_RUSSIAN["male" if VOICES[same].gender == "male" else "female"] if language == "ru" else same


def _spoken(watching: Watching, utterance: Utterance) -> None:
    """Wait for the job that speaks it. Raises what it failed of, UNAVAILABLE when that takes too long."""
    given = {"utterance": utterance.model_dump_json(exclude_defaults=True), "seed": 0}  # asked twice is one job
    with watching.one_of(caller().user, "speech"):
        job = me.scheduler.submit(Request("drama", given, text=utterance.text[:200], aside=True))
        deadline = time.monotonic() + PATIENCE_S
        with watching.job(job.id) as watch:
            number = watch.number
            while (job := me.queue.get(job.id)).status in ACTIVE:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AppError(Code.UNAVAILABLE, "speech_too_slow")
                if news := watch.wait(number, min(left, LOOK_S)):
                    number = news[-1][0]
    if job.status is JobStatus.FAILED and job.error:
        raise AppError.revived(job.error)
    if job.status is not JobStatus.COMPLETED:
        raise AppError(Code.CANCELED, "canceled")

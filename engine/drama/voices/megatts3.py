"""MegaTTS3, English and Chinese, in a service of the user's own: a voice is a clip of somebody, and a latent beside it.

`GET /health` tells that it is there; `POST /api/v1/tts/synthesize_file` takes a form with `text`, `audio_file`,
`latent_file`, `time_step`, `p_w` (how clear) and `t_w` (how like the clip), and answers with a WAV file, or with JSON
that says `error`. Source: the API of SunguochaoYeepay/AI-Sound around bytedance/MegaTTS3.
"""

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import requests
import soundfile

from engine.drama.spoken.said import Said
from engine.drama.spoken.written import for_plain
from engine.drama.ticks import awaited
from engine.drama.voices.own_voices import clip_of, latent_of
from engine.drama.voices.patience import SERVICE_S
from engine.drama.voices.reading import Take, Timed, read
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import languages_of, parts_of, version_of
from engine.errors import AppError, Code, invalid
from engine.models.engine import ModelEngine

if TYPE_CHECKING:
    from engine.context import JobContext

HEALTH, SPEAK = "/health", "/api/v1/tts/synthesize_file"
HEALTH_S = 10.0
"""How long it may take to say that it is there; for a line: `engine.drama.voices.patience`."""
STEPS = 32
CLEAR, LIKE = 1.6, 2.5
"""The model's own usual weights; more of `LIKE` is more of the clip's way to speak."""
LIKE_WHEN_ACTING = 3.5
"""For lines with an emotion: it lies in the clip."""
MOST_BYTES = 1 << 28


class MegaTts3(ModelEngine[str]):
    """The engine, for a service's address and the folder of the user's voices."""

    device_key = "megatts3"
    version = version_of("megatts3")

    def __init__(self, address: str, folder: Path) -> None:
        self._address, self._folder = address.rstrip("/"), folder

    def _read(self, job: "JobContext") -> str:
        """Raises MODEL_MISSING where no address is set, or nothing answers there."""
        answering(self._address)
        return self._address

    def speak(self, utterance: Utterance, check_canceled: Callable[[], None]) -> Speech:
        """As `Speaker` says. Words are timed by their letters: the service does not tell."""
        address, text = self._loaded, read(utterance)
        name, _, _ = parts_of(utterance.voice)
        clip = clip_of(self._folder, name)
        if clip is None:
            raise invalid("unknown_voice", voice=utterance.voice)
        written = for_plain(text) if utterance.language in languages_of(utterance.voice) else ""
        sound, rate_hz = np.zeros(0, np.float32), 24_000
        if any(sign.isalnum() for sign in written):
            sound, rate_hz = self._asked(address, written, clip, utterance.emotion != "neutral", check_canceled)
        take = Take(utterance, text, rate_hz)
        if sound.size:
            take.add(sound, _by_letters(text, sound.size))
        return take.speech(utterance.speed, utterance.pitch_semitones)

    def _asked(
        self, address: str, text: str, clip: Path, acting: bool, check_canceled: Callable[[], None]
    ) -> tuple[np.ndarray, int]:
        """[samples] and their rate. A canceled answer is not waited for."""
        form = {"text": text, "time_step": STEPS, "p_w": CLEAR, "t_w": LIKE_WHEN_ACTING if acting else LIKE}
        files = {"audio_file": (clip.name, clip.read_bytes())}
        if latent := latent_of(clip):
            files["latent_file"] = (latent.name, latent.read_bytes())

        def ask() -> tuple[requests.Response, bytes]:
            with requests.post(
                address + SPEAK, data=form, files=files, timeout=(HEALTH_S, SERVICE_S), allow_redirects=False,
                stream=True,
            ) as answer:  # fmt: skip
                return answer, _content(answer)

        try:
            answer, content = awaited(ask, check_canceled)
        except requests.RequestException as error:
            reason = type(error).__name__
            raise AppError(Code.MODEL_MISSING, "megatts3_silent", address=address, reason=reason) from error
        if answer.status_code != 200 or len(content) > MOST_BYTES:
            raise AppError(Code.INTERNAL, "megatts3_refused", reason=_reason(answer, content))
        try:
            samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise AppError(Code.INTERNAL, "megatts3_refused", reason=str(error)[:200]) from error
        return samples.mean(axis=1, dtype=np.float32), rate_hz


def answering(address: str) -> None:
    """Ask the service whether it is there. Raises MODEL_MISSING where no address is set, or nothing answers there."""
    if not address:
        raise AppError(Code.MODEL_MISSING, "megatts3_address")
    try:
        requests.get(address.rstrip("/") + HEALTH, timeout=HEALTH_S, allow_redirects=False).raise_for_status()
    except requests.RequestException as error:
        reason = type(error).__name__
        raise AppError(Code.MODEL_MISSING, "megatts3_silent", address=address, reason=reason) from error


def _content(answer: requests.Response) -> bytes:
    """What is answered, as much as a line may have and one piece more. Raises Timeout for what has no end."""
    content, until = bytearray(), time.monotonic() + SERVICE_S
    for piece in answer.iter_content(2**16):
        content += piece
        if len(content) > MOST_BYTES:
            break
        if time.monotonic() > until:
            raise requests.Timeout("no end")
    return bytes(content)


def _reason(answer: requests.Response, content: bytes) -> str:
    try:
        return str(json.loads(content)["error"])[:200]
    except (ValueError, LookupError, TypeError, RecursionError):
        return f"{answer.status_code} {answer.reason}"


def _by_letters(text: Said, samples: int) -> list[Timed]:
    """Words where they would be if every letter took as long."""
    words = text.words()
    letters = np.cumsum([0, *(len(word) + 1 for word, _, _ in words)])
    at = letters / max(1, int(letters[-1])) * samples
    return [Timed(start, end, at[place], at[place + 1]) for place, (_, start, end) in enumerate(words)]

"""Whether lines can be spoken at all: known for all of them before the first one is, for a book takes hours. Worker
side."""

from collections.abc import Iterable
from pathlib import Path

from engine.context import JobContext
from engine.drama.spoken.written import for_silero
from engine.drama.voices.own_voices import clip_of
from engine.drama.voices.reading import read
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import OWN, engine_of, languages_of, parts_of
from engine.errors import AppError, Code, invalid

MOST_NAMED = 8
"""Of the lines and voices that are wrong, so many are told."""
_LETTERS = 60
"""Of each line that is told."""


def is_speakable(utterance: Utterance) -> bool:
    """Whether anything of a line can be said by its voice. One without letter and digit is a silence, and can be.

    Raises NOT_FOUND for an unknown voice.
    """
    if not any(sign.isalnum() for sign in utterance.text):
        return True
    if utterance.language not in languages_of(utterance.voice):
        return False
    text = read(utterance)
    return bool(for_silero(text) if engine_of(utterance.voice) == "silero" else text.words())


def check_lines(utterances: Iterable[Utterance], job: JobContext) -> None:
    """Raises NOT_FOUND `voice_clips_missing` and `unknown_voice`, INVALID_INPUT `nothing_to_say` for one line and
    `lines_unspeakable` for more, each with all that it is about; Canceled."""
    given = list(utterances)
    _check_clips(given, job.voices_dir)
    wrong = []
    for utterance in given:
        job.check_canceled()
        if not is_speakable(utterance):
            wrong.append(utterance.text)
    if len(wrong) == 1:
        raise invalid("nothing_to_say", text=wrong[0][:100])
    if wrong:
        told = [f"“{text[:_LETTERS]}{'…' if len(text) > _LETTERS else ''}”" for text in wrong[:MOST_NAMED]]
        raise invalid("lines_unspeakable", count=len(wrong), lines=_told(told, len(wrong)))


def _check_clips(utterances: list[Utterance], folder: Path) -> None:
    own = {parts_of(each.voice)[0] for each in utterances if engine_of(each.voice) == OWN}
    if lost := [name for name in sorted(own) if clip_of(folder, name) is None]:
        raise AppError(Code.NOT_FOUND, "voice_clips_missing", voices=_told(lost[:MOST_NAMED], len(lost)))


def _told(some: list[str], count: int) -> str:
    return ", ".join(some) + (", …" if count > len(some) else "")

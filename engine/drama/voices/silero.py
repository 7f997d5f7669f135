"""Silero v4: Russian, 48 kHz, on the processor by torch. Its file is a program besides weights: see `Silero`.

Source: the package inside the file, for what it accepts and answers; its marks of pace and pitch are those of SSML.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.package.package_importer import PackageImporter

from engine.drama.spoken.said import Said
from engine.drama.spoken.written import for_silero
from engine.drama.voices.reading import Take, Timed, read
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import parts_of, version_of
from engine.errors import AppError, Code, invalid
from engine.models.engine import ModelEngine
from engine.models.store import checksum

if TYPE_CHECKING:
    from engine.context import JobContext

RATE_HZ = 48_000
UNIT = 600
"""Samples of a unit of duration, 12.5 ms."""
SLOWEST, FASTEST = 0.5, 2.0
COMFORTABLE = 300
"""Sentences are put together up to so many letters: one call tells a sentence's tone from the one before."""
_WORD = re.compile("[а-яё+]+")


class Silero(ModelEngine[Any]):
    """The engine, for the file of the catalogue's row. Threads may share it.

    Reading the file runs what is in it, so that `sha256` is compared each time before: another file is never read.
    """

    device_key = "silero"
    version = version_of("silero")

    def __init__(self, path: Path, sha256: str, threads: int = 1) -> None:
        self._path, self._sha256, self._threads = path, sha256, threads

    def _read(self, job: "JobContext") -> Any:
        if checksum(self._path) != self._sha256:
            raise AppError(Code.INVALID_INPUT, "voice_not_trusted", file=self._path.name)
        torch.set_num_threads(self._threads)
        torch._C._jit_set_profiling_mode(False)  # or the first two calls compile for a second each
        model = PackageImporter(str(self._path)).load_pickle("tts_models", "model")
        model.get_word_ts = _units  # its own refuses a text with a dash
        model.apply_tts(text="а", speaker=model.speakers[0], sample_rate=RATE_HZ)  # unpacks what is packed
        return model

    def speak(self, utterance: Utterance, check_canceled: Callable[[], None]) -> Speech:
        """As `Speaker` says. A blend is said by its first voice: Silero has no way between two."""
        model, text = self._loaded, read(utterance)
        name, _, _ = parts_of(utterance.voice)
        if name not in model.speakers:
            raise invalid("unknown_voice", voice=utterance.voice)
        own = min(max(utterance.speed, SLOWEST), FASTEST)
        pitch = round(100 * 2 ** (utterance.pitch_semitones / 12)) - 100
        places = _places(text)
        take = Take(utterance, text, RATE_HZ)
        for sentences in _together(for_silero(text)) if utterance.language == "ru" else ():
            check_canceled()
            marked = f'<speak><prosody rate="{round(100 * own)}%" pitch="{pitch:+d}%">{sentences}</prosody></speak>'
            with torch.inference_mode():
                sound, units = model.apply_tts(ssml_text=marked, speaker=name, sample_rate=RATE_HZ, return_ts=True)
            words = [next(places, (0, 0)) for _ in _WORD.findall(sentences)]
            spans = [
                Timed(*place, first * UNIT, last * UNIT) for place, (first, last) in zip(words, units, strict=False)
            ]
            take.add(np.asarray(sound.numpy(), np.float32), spans)
        return take.speech(utterance.speed / own)


def _units(_: object, durations: torch.Tensor, mask: Any) -> list[tuple[int, int]]:
    """First unit and one past the last of each run of letters."""
    ends = torch.cumsum(durations.cpu().long().flatten(), 0).tolist()
    marks = [False, *(bool(mark) for mark in mask), False]
    edges = [at for at, (before, after) in enumerate(pairwise(marks)) if before != after]
    at = [0, *ends]
    return [(at[first], at[min(last, len(ends))]) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _places(text: Said) -> Iterator[tuple[int, int]]:
    """Where in the source each run of letters stands; a word with a hyphen has two."""
    for word, start, end in text.words():
        for _ in _WORD.findall(word.lower()):
            yield start, end


def _together(sentences: list[str]) -> Iterator[str]:
    part = ""
    for sentence in sentences:
        if part and len(part) + len(sentence) > COMFORTABLE:
            yield part
            part = ""
        part = f"{part} {sentence}".strip()
    if part:
        yield part

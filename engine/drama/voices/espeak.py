"""eSpeak NG: English, Russian and Mandarin by formants, for where nothing else is to be had."""

import _ctypes
import ctypes
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import espeakng_loader
import numpy as np

from engine.drama.spoken import espeak
from engine.drama.spoken.written import for_plain
from engine.drama.voices.reading import Take, Timed, read
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import known, parts_of, version_of
from engine.models.engine import ModelEngine

if TYPE_CHECKING:
    from engine.context import JobContext

RATE, PITCH = 1, 3
"""Numbers of its parameters."""
WORDS_PER_MINUTE, SLOWEST, FASTEST = 160, 0.5, 2.5
UTF8, SYNCHRONOUS = 1, 2
LIBRARY = "espeak-ng"
WORD_EVENT, END_EVENTS = 1, (0,)


class _Event(ctypes.Structure):
    """`espeak_EVENT` of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", ctypes.c_char * 8),
    ]  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak(ModelEngine["tempfile.TemporaryDirectory[str]"]):
    """The engine, with a copy of its library for itself. Lines are said one after the other: it has one state."""

    device_key = "espeak"
    version = version_of("espeak")

    _lock = threading.Lock()

    def _read(self, job: "JobContext") -> "tempfile.TemporaryDirectory[str]":
        folder = tempfile.TemporaryDirectory(prefix="espeak-", ignore_cleanup_errors=True)
        shutil.copy(espeakng_loader.get_library_path(), Path(folder.name) / LIBRARY)
        return folder

    def unload(self) -> None:
        if self._weights is not None:
            self._weights.cleanup()
        super().unload()

    def speak(self, utterance: Utterance, check_canceled: Callable[[], None]) -> Speech:
        """As `Speaker` says."""
        path, text = Path(self._loaded.name) / LIBRARY, read(utterance)
        name, _, _ = parts_of(utterance.voice)
        written = for_plain(text)
        own = min(max(utterance.speed, SLOWEST), FASTEST)
        blocks: list[bytes] = []
        heard: list[tuple[int, int]] = []
        stopped: list[BaseException] = []

        def take_in(samples: Any, count: int, events: Any) -> int:
            try:
                check_canceled()
            except BaseException as error:  # raised below: no exception may pass through the library
                stopped.append(error)
                return 1
            if samples and count:
                blocks.append(ctypes.string_at(samples, 2 * count))
            place = 0
            while events[place].type not in END_EVENTS:
                if events[place].type == WORD_EVENT:
                    heard.append((events[place].text_position - 1, events[place].sample))
                place += 1
            return 0

        callback = _Callback(take_in)
        with self._lock, _afresh(path) as library:
            check_canceled()
            library.espeak_SetVoiceByName({"en": b"en-us"}.get(name, name.encode()))
            library.espeak_SetParameter(RATE, round(WORDS_PER_MINUTE * own), 0)
            library.espeak_SetSynthCallback(callback)
            data = written.encode() + b"\0"
            library.espeak_Synth(data, len(data), 0, 1, 0, UTF8, None, None)
            library.espeak_Synchronize()
        if stopped:
            raise stopped[0]
        sound = np.frombuffer(b"".join(blocks), np.int16).astype(np.float32) / np.float32(32768)
        take = Take(utterance, text, espeak.RATE_HZ)
        if text.words() and utterance.language == known(utterance.voice).language:
            take.add(sound, _timed(written, heard, text.words(), len(sound)))
        return take.speech(utterance.speed / own, utterance.pitch_semitones)


@contextmanager
def _afresh(path: Path) -> Iterator[Any]:
    """The library as if it had never spoken: what flutters in its voices goes on from line to line, and no function of
    it begins anew, so that a line would never sound the same twice. 15 ms."""
    library = ctypes.CDLL(str(path))
    try:
        if library.espeak_Initialize(SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0) != espeak.RATE_HZ:
            raise RuntimeError("eSpeak NG did not start")
        yield library
        library.espeak_Terminate()
    finally:
        if sys.platform == "win32":
            _ctypes.FreeLibrary(library._handle)
        else:
            _ctypes.dlclose(library._handle)


def _timed(written: str, heard: list[tuple[int, int]], words: list[tuple[str, int, int]], samples: int) -> list[Timed]:
    """Each word that was announced, by where it stands in what was written."""
    places, at = {}, 0
    for word, start, end in words:
        plain = word.replace("+", "")
        at = written.find(plain, at)
        places[at] = start, end
        at += len(plain)
    known = [(places[place], sample) for place, sample in heard if place in places]
    ends = [sample for _, sample in known[1:]] + [samples]
    return [Timed(*place, sample, end) for (place, sample), end in zip(known, ends, strict=True)]

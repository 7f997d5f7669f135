"""Spoken lines, kept by key: what was said once is never said again. Worker side."""

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from engine.drama.project import Word
from engine.drama.voices.entries import MOST_BYTES, Entries
from engine.drama.voices.speech import Speech

LARGEST = 1 - 2.0**-23
"""The greatest 24-bit sample."""


@dataclass(frozen=True)
class LineInfo:
    """What is known of a spoken line without its sound. `seconds`: its length; `words`, `spoken`, `unspoken` as in
    `Speech`."""

    key: str
    seconds: float
    words: list[Word] = field(default_factory=list)
    spoken: str = ""
    unspoken: list[str] = field(default_factory=list)


class LineCache:
    """Speech by key in a folder, as FLAC with 24 bits: errors below -140 dB, half the size of float32.

    Bounded, atomic, shared among processes; a damaged entry is as if it were not there: see `Entries`. A job opens its
    own, so that nothing it made or used goes before it ends.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self._entries = Entries(folder, most_bytes)

    def put(self, key: str, speech: Speech) -> LineInfo:
        """Raises DISK_FULL."""
        packed = io.BytesIO()
        sound = np.clip(speech.audio[0], -1, LARGEST)
        soundfile.write(packed, sound, speech.rate_hz, format="FLAC", subtype="PCM_24")
        seconds = speech.audio.shape[1] / speech.rate_hz
        info = LineInfo(key, seconds, speech.words, speech.spoken, speech.unspoken)
        said = asdict(info) | {"words": [word.model_dump() for word in speech.words]}
        self._entries.put(key, said, packed.getvalue())
        return info

    def get(self, key: str) -> Speech | None:
        found = self._entries.get(key)
        if found is None:
            return None
        info = _info(found[0])
        samples, rate_hz = soundfile.read(io.BytesIO(found[1]), dtype="float32")
        return Speech(samples[None], rate_hz, info.words, info.spoken, info.unspoken)

    def grown(self, key: str) -> None:
        """A line was put, by whichever process: room is made from time to time."""
        self._entries.grown(key)

    def info(self, key: str) -> LineInfo | None:
        found = self._entries.facts(key)
        return _info(found) if found else None


def _info(said: dict[str, Any]) -> LineInfo:
    return LineInfo(**said | {"words": [Word(**word) for word in said["words"]]})

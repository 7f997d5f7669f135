"""Kokoro 82M: English and Chinese, 24 kHz, on the processor by onnxruntime.

Source: hexgrad's Kokoro-82M, a StyleTTS 2 without diffusion (Li et al., 2023, arXiv:2306.07691) with an iSTFT vocoder.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engine.drama.spoken.phonemes import Breath, phonemes
from engine.drama.spoken.scanner import Accent
from engine.drama.voices.kokoro_graph import readable_graph
from engine.drama.voices.reading import Take, Timed, read
from engine.drama.voices.session import opened, run
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import known, parts_of, version_of
from engine.errors import invalid
from engine.models.engine import ModelEngine

if TYPE_CHECKING:
    from engine.context import JobContext

RATE_HZ = 24_000
UNIT = 600
"""Samples of a unit of duration."""
STYLES = (510, 256)
"""A voice: a style for each number of tokens."""
SLOWEST, FASTEST = 0.8, 1.25
"""Beyond these words get lost, and Rubber Band does the rest."""
REAL_PACE = ((0.7, 0.8, 0.9, 1.0, 1.1, 1.25), (0.7, 0.78, 0.92, 1.0, 1.06, 1.15))
"""The pace that is asked of the network, and what comes: its durations are rounded to units."""
EARLY_S = 0.09
"""A phoneme is heard so much before its first unit."""

_IDS = {
    1: ";:,.!?", 9: "—…\"()“” \u0303ʣʥʦʨᵝꭧAI", 31: "O", 33: "Q", 35: "ST", 39: "W", 41: "Yᵊabcdef",
    50: "hijklmnopqrstuvwxyzɑɐɒæ", 75: "βɔɕç", 80: "ɖðʤə", 85: "ɚɛɜ", 90: "ɟ", 92: "ɡ", 99: "ɥ", 101: "ɨɪʝ",
    110: "ɯɰŋɳɲɴø", 118: "ɸθœ", 123: "ɹ", 125: "ɾɻ", 128: "ʁɽʂʃʈʧ", 135: "ʊʋ", 138: "ʌɣɤ", 142: "χʎ", 147: "ʒʔ",
    156: "ˈˌː", 162: "ʰ", 164: "ʲ", 169: "↓", 171: "→↗↘", 177: "ᵻ",
}  # fmt: skip
TOKENS = {letter: first + place for first, letters in _IDS.items() for place, letter in enumerate(letters)}
"""Phoneme -> its number, by the model's own configuration; others it does not know."""


class Kokoro(ModelEngine[onnxruntime.InferenceSession]):
    """The engine, for the files of the catalogue's row: the network, then the voices. Threads may share it."""

    device_key = "kokoro"
    version = version_of("kokoro")

    def __init__(self, files: list[Path], threads: int = 1) -> None:
        """`threads`: that one line is computed by."""
        self._network, self._files, self._threads = files[0], {path.stem: path for path in files[1:]}, threads
        self._styles: dict[str, NDArray[np.float32]] = {}

    def _read(self, job: "JobContext") -> onnxruntime.InferenceSession:
        return opened(readable_graph(self._network), self._network, self._threads)

    def unload(self) -> None:
        super().unload()
        self._styles = {}

    def speak(self, utterance: Utterance, check_canceled: Callable[[], None]) -> Speech:
        """As `Speaker` says."""
        session, styles, text = self._loaded, self._style(utterance.voice), read(utterance)
        accent: Accent = "gb" if known(utterance.voice).accent == "gb" else "us"
        asked = min(max(utterance.speed, SLOWEST), FASTEST)
        take = Take(utterance, text, RATE_HZ)
        for breath in phonemes(text, utterance.language, accent) if utterance.language in ("en", "zh") else ():
            numbers = [(place, TOKENS[letter]) for place, letter in enumerate(breath.phonemes) if letter in TOKENS]
            tokens = np.array([[0, *(token for _, token in numbers), 0]], np.int64)
            style = styles[None, min(len(numbers), len(styles)) - 1]
            given = {"input_ids": tokens, "style": style, "speed": np.array([asked], np.float32)}
            waveform, durations = run(session, given, check_canceled)
            begin = np.cumsum(durations[0])[:-1] * UNIT - EARLY_S * RATE_HZ
            starts = dict(zip((place for place, _ in numbers), begin.tolist(), strict=False))
            take.add(np.asarray(waveform[0], np.float32), _timed(breath, starts))
        pace = utterance.speed / float(np.interp(asked, *REAL_PACE)) if asked != utterance.speed else 1.0
        return take.speech(pace, utterance.pitch_semitones)

    def _style(self, voice: str) -> NDArray[np.float32]:
        """[510, 256]; of a blend, between the two."""
        name, other, share = parts_of(voice)
        mixed = self._table(name)
        return mixed if other is None else (1 - share) * mixed + np.float32(share) * self._table(other)

    def _table(self, name: str) -> NDArray[np.float32]:
        if name not in self._styles:
            try:
                self._styles[name] = np.fromfile(self._files[name], np.float32).reshape(STYLES)
            except ValueError as error:
                raise invalid("not_weights", file=f"{name}.bin", reason=str(error)[:200]) from error
        return self._styles[name]


def _timed(breath: Breath, starts: dict[int, float]) -> list[Timed]:
    """The breath's words; `starts`: at which sample each of its phonemes begins that is said."""
    words = []
    for first, last, start, end in breath.words:
        heard = [starts[place] for place in range(first, last + 1) if place in starts]
        if len(heard) > 1:
            words.append(Timed(start, end, heard[0], heard[-1]))
    return words

"""An acoustic fingerprint that knows a recording again after codecs, gain and cuts: Chromaprint's algorithm 1.

Source: Chromaprint 1.5.1, `CHROMAPRINT_ALGORITHM_TEST2`, which fpcalc answers by default; every figure is its own. The
power of frames becomes twelve pitch classes; sixteen classifiers look at those of sixteen frames in a row and say two
bits each, a word about every 124 ms.
"""

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tag.listener import Mono

Words = NDArray[np.uint32]

RATE_HZ = 11_025
LENGTH_S = 120.0
"""So much of the beginning is enough to know a recording again; fpcalc takes as much."""
SILENCE = np.uint32(0x256DF977)
"""The word of sixteen frames without a pitch class."""

_FRAME, _HOP = 4096, 1365
_LOW, _HIGH = 10, 1308
_SMOOTHING = (0.25, 0.75, 1.0, 0.75, 0.25)
_QUIET = 0.01
_SPAN = 16
_FRAMES_AT_ONCE = 128
_GRAY = np.array((0, 1, 3, 2), np.uint32)
_CLASSIFIERS = (
    (0, 4, 3, 15, 1.98215, 2.35817, 2.63523),
    (4, 4, 6, 15, -1.03809, -0.651211, -0.282167),
    (1, 0, 4, 16, -0.298702, 0.119262, 0.558497),
    (3, 8, 2, 12, -0.105439, 0.0153946, 0.135898),
    (3, 4, 4, 8, -0.142891, 0.0258736, 0.200632),
    (4, 0, 3, 5, -0.826319, -0.590612, -0.368214),
    (1, 2, 2, 9, -0.557409, -0.233035, 0.0534525),
    (2, 7, 3, 4, -0.0646826, 0.00620476, 0.0784847),
    (2, 6, 2, 16, -0.192387, -0.029699, 0.215855),
    (2, 1, 3, 2, -0.0397818, -0.00568076, 0.0292026),
    (5, 10, 1, 15, -0.53823, -0.369934, -0.190235),
    (3, 6, 2, 10, -0.124877, 0.0296483, 0.139239),
    (2, 1, 1, 14, -0.101475, 0.0225617, 0.231971),
    (3, 5, 6, 4, -0.0799915, -0.00729616, 0.063262),
    (1, 9, 2, 12, -0.272556, 0.019424, 0.302559),
    (3, 4, 2, 14, -0.164292, -0.0321188, 0.0846339),
)
"""Kind, first pitch class, height in classes, width in frames, three thresholds."""


@dataclass(frozen=True)
class Fingerprint:
    """`words`: uint32 [n], one about every 124 ms, none of a sound under 2.73 s; `length_s`: of the whole sound."""

    words: Words
    length_s: float

    def text(self) -> str:
        """The words as a record keeps them: base64 of their bytes, the lowest of each first."""
        return base64.b64encode(self.words.astype("<u4").tobytes()).decode("ascii")

    @classmethod
    def of_text(cls, text: str, length_s: float) -> "Fingerprint":
        """What `text` wrote. Raises ValueError for what it did not write."""
        return cls(np.frombuffer(base64.b64decode(text, validate=True), "<u4").astype(np.uint32), length_s)


class FingerprintListener:
    """Hears the first `most_s` of a sound, all of it where that is None; what it keeps is 776 bytes a second of them.

    All words are those of fpcalc for the same 16-bit samples at 11,025 Hz, whatever the blocks.
    """

    rate_hz = RATE_HZ

    def __init__(self, most_s: float | None = LENGTH_S) -> None:
        self._most = None if most_s is None else round(most_s * RATE_HZ)
        self._heard = 0
        self._rest = np.zeros(0, np.float64)
        self._classes: list[NDArray[np.float64]] = []

    def add(self, samples: Mono) -> None:
        wanted = samples if self._most is None else samples[: max(0, self._most - self._heard)]
        self._heard += samples.size
        if wanted.size:
            self._rest = np.concatenate([self._rest, _sixteen_bits(wanted)])
            while self._rest.size >= _FRAME + (_FRAMES_AT_ONCE - 1) * _HOP:
                self._take(_FRAMES_AT_ONCE)

    def _take(self, frames: int) -> None:
        view = np.lib.stride_tricks.sliding_window_view(self._rest, _FRAME)[::_HOP][:frames]
        self._classes.append(pitch_classes(view))
        self._rest = self._rest[frames * _HOP :].copy()

    def result(self) -> Fingerprint:
        if self._rest.size >= _FRAME:
            self._take((self._rest.size - _FRAME) // _HOP + 1)
        classes = np.concatenate([np.zeros((0, 12)), *self._classes])
        return Fingerprint(words_of(classes), self._heard / RATE_HZ)


def _sixteen_bits(samples: Mono) -> NDArray[np.float64]:
    return np.clip(np.rint(samples.astype(np.float64) * 32768.0), -32768.0, 32767.0)


def _folding() -> NDArray[np.float64]:
    """[bins, 12]: which pitch class, counted from A, each bin adds its power to."""
    octave = np.log2(np.arange(_LOW, _HIGH) * (RATE_HZ / _FRAME) / 27.5)
    folding = np.zeros((_HIGH - _LOW, 12))
    folding[np.arange(_HIGH - _LOW), (12 * (octave - np.floor(octave))).astype(int)] = 1.0
    return folding


_WINDOW = np.hamming(_FRAME) / 32767.0
_FOLDING = _folding()


def pitch_classes(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Frames of 16-bit samples [n, 4096] -> power in twelve pitch classes [n, 12]."""
    spectrum = np.fft.rfft(frames * _WINDOW, axis=1)[:, _LOW:_HIGH]
    power: NDArray[np.float64] = np.square(spectrum.real) + np.square(spectrum.imag)
    return power @ _FOLDING


def words_of(classes: NDArray[np.float64]) -> Words:
    """Power in pitch classes [n, 12] -> [n - 19] words, none of less."""
    if len(classes) < _SPAN + len(_SMOOTHING) - 1:
        return np.zeros(0, np.uint32)
    long = len(classes) - len(_SMOOTHING) + 1
    smooth = np.sum([weight * classes[i : i + long] for i, weight in enumerate(_SMOOTHING)], axis=0)
    norm = np.sqrt(np.square(smooth).sum(axis=1, keepdims=True))
    smooth = np.where(norm < _QUIET, 0.0, smooth / np.maximum(norm, _QUIET))
    spans = np.lib.stride_tricks.sliding_window_view(smooth, _SPAN, axis=0).transpose(0, 2, 1)
    return np.concatenate([_words(spans[at : at + 1024]) for at in range(0, len(spans), 1024)])


def _words(spans: NDArray[np.float64]) -> Words:
    """[n, 16 frames, 12 classes] -> [n]."""
    flat = spans.reshape(len(spans), -1)
    value = np.log((1.0 + flat @ _PLUS) / (1.0 + flat @ _MINUS))
    levels = (value[:, :, None] >= _THRESHOLDS).sum(axis=2)
    words = np.zeros(len(spans), np.uint32)
    for level in levels.T:
        words = (words << np.uint32(2)) | _GRAY[level]
    return words


def _areas(kind: int, first: int, height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a classifier adds and what it compares that with: [16 frames, 12 classes] of 0 and 1 each."""
    time, pitch = np.meshgrid(np.arange(_SPAN), np.arange(12) - first, indexing="ij")
    inside = (time < width) & (pitch >= 0) & (pitch < height)
    later, upper = time >= width // 2, pitch >= height // 2
    third_of_pitch, third_of_time = height // 3, width // 3
    plus = (
        np.ones_like(inside),
        upper,
        later,
        later == ~upper,
        (pitch >= third_of_pitch) & (pitch < 2 * third_of_pitch),
        (time >= third_of_time) & (time < 2 * third_of_time),
    )[kind]
    return (inside & plus).astype(np.float64), (inside & ~plus).astype(np.float64)


_AREAS = [_areas(*classifier[:4]) for classifier in _CLASSIFIERS]
_PLUS = np.stack([plus.ravel() for plus, _ in _AREAS], axis=1)
_MINUS = np.stack([minus.ravel() for _, minus in _AREAS], axis=1)
_THRESHOLDS = np.array([classifier[4:] for classifier in _CLASSIFIERS])

"""Chroma: how strongly the twelve pitch classes sound, in the bass and above it, and what A is tuned to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tag.harmony.spectrum import FRAMES_PER_S, RATE_HZ, SIZE, Magnitudes

CHROMA_PER_S = FRAMES_PER_S // 2
_LOWEST_BIN, _HIGHEST_BIN = 7, 930
"""38 to 5000 Hz."""
_FINE = 36
"""Thirds of a semitone are told apart until the tuning is known."""
_A_MIDI, _A_HZ = 69, 440.0
_SILENT = 1e-4
"""Magnitudes below it, of SIZE / 4 at most, are no sound."""
_LOUD = 0.1
"""Frames whose strength, a root of amplitudes, is less than this beside the strongest do not count."""


@dataclass(frozen=True)
class Chromagram:
    """`frames`: float32 [frames, 24], CHROMA_PER_S each second, classes from C upwards, first those of the bass, then
    those above it, each of the two of length 1 where it sounds. `loud` [frames]: where it does. `tuning_hz`: of the A
    above middle C, within a quarter tone of 440 Hz."""

    frames: NDArray[np.float32]
    loud: NDArray[np.bool_]
    tuning_hz: float

    def part(self, first: int, end: int) -> "Chromagram":
        """The frames from `first` on, before `end`."""
        return Chromagram(self.frames[first:end], self.loud[first:end], self.tuning_hz)


class ChromaReader:
    """Peaks of the spectrum, each where a parabola through the logarithms of its bin and its neighbours has its top.

    They count by the roots of their amplitudes, which tames loud voices and drums.
    """

    def __init__(self) -> None:
        self._kept = [np.zeros((0, 2, _FINE), np.float16)]
        self._off = 0j

    def add(self, magnitudes: Magnitudes) -> None:
        fine, off = _peaks(magnitudes)
        pairs = np.pad(fine, ((0, len(fine) % 2), (0, 0), (0, 0)), mode="edge").reshape(-1, 2, 2, _FINE)
        self._kept.append(pairs.mean(axis=1).astype(np.float16))
        self._off += off

    def result(self) -> Chromagram:
        fine = np.concatenate(self._kept)
        strength = fine[:, 1].sum(axis=1, dtype=np.float32)
        loudest = float(strength.max(initial=0.0))
        shift = float(np.angle(self._off)) * 3 / (2 * np.pi)
        folded = np.concatenate([_folded(part, shift) for part in np.array_split(fine, len(fine) // 3000 + 1)])
        length = np.linalg.norm(folded, axis=2, keepdims=True)
        folded /= length + 1e-3 * length.max(initial=0.0) + 1e-9
        loud = strength > max(_LOUD * loudest, 1e-9)
        return Chromagram(folded.reshape(-1, 24), loud, round(_A_HZ * 2 ** (shift / _FINE), 1))


def _peaks(magnitudes: Magnitudes) -> tuple[NDArray[np.float32], complex]:
    """[frames, bass and above, _FINE], thirds of semitones from C upwards; and the sum of the peaks above the bass,
    each turned by as much of a circle as it is of a semitone away from the notes of A = 440 Hz."""
    levels = np.log(magnitudes[:, _LOWEST_BIN - 1 : _HIGHEST_BIN + 1] + 1e-9)
    left, here, right = levels[:, :-2], levels[:, 1:-1], levels[:, 2:]
    frame, place = np.nonzero((here > left) & (here >= right) & (here > np.log(_SILENT)))
    before, top, after = left[frame, place], here[frame, place], right[frame, place]
    off = 0.5 * (before - after) / (before - 2 * top + after - 1e-9)
    midi = _A_MIDI + 12 * np.log2((place + _LOWEST_BIN + off) * RATE_HZ / SIZE / _A_HZ)
    weight = np.exp(0.5 * (top - 0.25 * (before - after) * off))
    bass = np.clip((60 - midi) / 12, 0, 1)
    above = np.clip((midi - 48) / 12, 0, 1) * np.clip((111 - midi) / 24, 0, 1)
    low = np.floor(3 * midi).astype(int)
    share = 3 * midi - low
    found = np.zeros(len(magnitudes) * 2 * _FINE)
    for band, part in enumerate((bass, above)):
        for fine, near in ((low, 1 - share), (low + 1, share)):
            at = (2 * frame + band) * _FINE + fine % _FINE
            found += np.bincount(at, weight * part * near, len(found))
    turned = complex(np.sum(weight * above * np.exp(2j * np.pi * midi)))
    return found.reshape(-1, 2, _FINE).astype(np.float32), turned


def _folded(fine: NDArray[np.float16], shift: float) -> NDArray[np.float32]:
    """[frames, 2, 12]: each class with half of the third below it and half of that above."""
    place = np.arange(_FINE) + shift
    low = np.floor(place).astype(int)
    share = (place - low).astype(np.float32)
    tuned = fine[:, :, low % _FINE] * (1 - share) + fine[:, :, (low + 1) % _FINE] * share
    spread = tuned + 0.5 * (np.roll(tuned, 1, axis=2) + np.roll(tuned, -1, axis=2))
    return np.ascontiguousarray(spread[:, :, ::3])

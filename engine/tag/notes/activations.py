"""What Basic Pitch says of a sound, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 22_050
KEYS, LOWEST_PITCH, BINS_PER_KEY = 88, 21, 3
HOP = 256
WINDOW, WINDOW_HOP, MARGIN = 43_844, 36_164, 15
"""Samples of a window and from one to the next; so many of its frames are left out at each end."""
FRAMES = 172
KEPT_FRAMES = FRAMES - 2 * MARGIN


@dataclass(frozen=True)
class Activations:
    """Frames in a row, each value float32 0..1: `notes` and `onsets` [frames, 88 keys from A0 on], `contours` [frames,
    264 thirds of a semitone, of which 3·key + 1 is the key's own]."""

    notes: NDArray[np.float32]
    onsets: NDArray[np.float32]
    contours: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.notes)

    def part(self, first: int, end: int | None = None) -> "Activations":
        return Activations(self.notes[first:end], self.onsets[first:end], self.contours[first:end])


def joined(parts: Sequence[Activations]) -> Activations:
    """One after the other; at least one."""
    return Activations(
        np.concatenate([part.notes for part in parts]),
        np.concatenate([part.onsets for part in parts]),
        np.concatenate([part.contours for part in parts]),
    )


def frame_s(frame: int) -> float:
    """When a frame of the whole sound is, in seconds: a window's last comes shortly before the next one's first."""
    window, inside = divmod(frame, KEPT_FRAMES)
    return (window * WINDOW_HOP + inside * HOP) / RATE_HZ

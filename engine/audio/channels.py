"""Fewer or more channels, and their order.

Channels stand in WAV order: 3 = L R C, 4 = L R Ls Rs, 5 = L R C Ls Rs, 6 = L R C LFE Ls Rs, 7 = L R C LFE Cs Ls Rs,
8 = L R C LFE Lb Rb Ls Rs; beyond that they have no known places.
"""

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio

VORBIS_TO_WAV = {
    3: [0, 2, 1],
    5: [0, 2, 1, 3, 4],
    6: [0, 2, 1, 5, 3, 4],
    7: [0, 2, 1, 6, 5, 3, 4],
    8: [0, 2, 1, 7, 5, 6, 3, 4],
}
"""Where each WAV channel is found among Vorbis' (Vorbis I specification, 4.3.9); libsndfile leaves them as they lie."""

WAV_TO_VORBIS = {count: [order.index(i) for i in range(count)] for count, order in VORBIS_TO_WAV.items()}

_SIDE = 0.5**0.5
_TO_STEREO = {
    3: ([1, 0, _SIDE], [0, 1, _SIDE]),
    4: ([1, 0, _SIDE, 0], [0, 1, 0, _SIDE]),
    5: ([1, 0, _SIDE, _SIDE, 0], [0, 1, _SIDE, 0, _SIDE]),
    6: ([1, 0, _SIDE, 0, _SIDE, 0], [0, 1, _SIDE, 0, 0, _SIDE]),
    7: ([1, 0, _SIDE, 0, 0.5, _SIDE, 0], [0, 1, _SIDE, 0, 0.5, 0, _SIDE]),
    8: ([1, 0, _SIDE, 0, _SIDE, 0, _SIDE, 0], [0, 1, _SIDE, 0, 0, _SIDE, 0, _SIDE]),
}


def _stereo_matrix(count: int) -> NDArray[np.float32]:
    """[2, count] weights after ITU-R BS.775, each row scaled to a sum of 1 so that the mix cannot clip."""
    left_right = _TO_STEREO.get(count) or ([i % 2 == 0 for i in range(count)], [i % 2 for i in range(count)])
    matrix = np.array(left_right, dtype=np.float32)
    matrix /= matrix.sum(axis=1, keepdims=True)
    return matrix


def mix_channels(audio: Audio, count: int) -> Audio:
    """`audio` [channels, samples] as [count, samples].

    Mono is copied to every channel; anything is mixed down to stereo (LFE left out) or mono (the mean of stereo).
    Raises ValueError for any other change: nobody knows what should sound in the new channels.
    """
    have = audio.shape[0]
    if count == have:
        return audio
    if have == 1:
        return np.repeat(audio, count, axis=0)
    if count not in (1, 2):
        raise ValueError(f"cannot turn {have} channels into {count}")
    stereo = audio if have == 2 else _stereo_matrix(have) @ audio
    return stereo if count == 2 else stereo.mean(axis=0, keepdims=True, dtype=np.float32)

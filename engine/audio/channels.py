"""Sound of one layout as sound of another."""

import numpy as np

from engine.audio.block import Audio
from engine.audio.layouts import MONO, STEREO, Layout, as_layout


def mix_channels(audio: Audio, have: Layout | int, want: Layout | int) -> Audio:
    """`audio` [channels, samples] of the layout `have` as [channels, samples] of the layout `want`.

    Mono is heard from the middle: in the centre where there is one, else in both front channels, else in all. Anything
    is mixed down to stereo (`Layout.stereo_gains`) or mono (the mean of stereo). Where only names differ (surrounds at
    the sides or behind, places that one of both does not know), the channels stay as they are, in the order of `want`.
    Raises ValueError for any other change: nobody knows what should sound in the new channels.
    """
    have, want = as_layout(have), as_layout(want)
    if have == want:
        return audio
    if have == MONO:
        return _spread(audio, want)
    if want in (MONO, STEREO):
        stereo = audio if have == STEREO else np.array(have.stereo_gains, np.float32) @ audio
        return stereo if want == STEREO else stereo.mean(axis=0, keepdims=True, dtype=np.float32)
    found = want.found_in(have)
    if found is None or have.channels != want.channels:
        raise ValueError(f"cannot turn {have.name} into {want.name}")
    return audio[found]


def for_two_ears(audio: Audio, layout: Layout) -> Audio:
    """`audio` [channels, samples] for listening, [1 or 2, samples]: surround as loud as it is, even over full scale."""
    return audio if layout in (MONO, STEREO) else np.array(layout.ear_gains, np.float32) @ audio


def placed_among(audio: Audio, have: Layout, wider: Layout) -> Audio:
    """`audio` [channels, samples] in a layout that has all its places and more; silence in the others.

    Raises ValueError where it has not.
    """
    found = have.found_in(wider)
    if found is None:
        raise ValueError(f"{have.name} has no place in {wider.name}")
    if found == list(range(wider.channels)):
        return audio
    out = np.zeros((wider.channels, audio.shape[1]), np.float32)
    out[found] = audio
    return out


def _spread(mono: Audio, want: Layout) -> Audio:
    at = [want.places.index("FC")] if "FC" in want.places else list(want.pairs[0] if want.pairs else [])
    if not at:
        return np.repeat(mono, want.channels, axis=0)
    out = np.zeros((want.channels, mono.shape[1]), np.float32)
    out[at] = mono
    return out

"""Longer than a model hears at once: windows that overlap, each begun with the end of the one before."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """`frames` frames from `offset` on, of which the first `given` are known."""

    offset: int
    frames: int
    given: int


def plan_windows(total: int, given: int, segment: int, stride: int) -> list[Window]:
    """Windows for `total` frames, `given` of them known, as audiocraft/models/genmodel.py slides them.

    ValueError when the known frames leave nothing to write in the first window, or the stride no overlap.
    """
    if not 0 <= given < min(total, segment) or not 0 < stride < segment:
        raise ValueError(f"{given} of {total} frames, segment {segment}, stride {stride}")
    windows = [Window(0, min(total, segment), given)]
    while (end := windows[-1].offset + windows[-1].frames) < total:
        offset = windows[-1].offset + stride
        windows.append(Window(offset, min(total - offset, segment), end - offset))
    return windows


def steps_of(windows: list[Window], delay: int) -> int:
    """Steps of the language model in all windows together."""
    return sum(window.frames - window.given + delay for window in windows)

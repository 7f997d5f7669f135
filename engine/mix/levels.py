"""What each stem gets, written as words: `drums=0.8 bass vocals=1@-0.25`."""

import math
import re
from dataclasses import dataclass

MOST_GAIN = 2.0

_WORD = re.compile(r"(?P<name>[a-z0-9_]{1,30})(?:[=:](?P<gain>[0-9.]{1,20}))?(?:@(?P<pan>[+-]?[0-9.]{1,20}))?")


@dataclass(frozen=True)
class Level:
    """`gain` 0 to 2, linear; `pan` -1 (left) to 1 (right)."""

    gain: float = 1.0
    pan: float = 0.0


def parse_levels(text: str) -> dict[str, Level]:
    """Words `NAME`, `NAME=GAIN` or `NAME=GAIN@PAN`, apart by spaces or commas; `:` may stand for `=`.

    Raises ValueError for anything else, a gain or pan outside its limits, or a stem named twice.
    """
    levels: dict[str, Level] = {}
    for word in re.split(r"[\s,;]+", text.strip()):
        if not word:
            continue
        found = _WORD.fullmatch(word)
        if found is None:
            raise ValueError(f"not a level: {word[:40]}")
        gain, pan = float(found["gain"] or 1), float(found["pan"] or 0)
        if found["name"] in levels or gain > MOST_GAIN or abs(pan) > 1:
            raise ValueError(f"named twice or out of range: {word[:40]}")
        levels[found["name"]] = Level(gain, pan)
    return levels


def pan_gains(pan: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """[[left of left, left of right], [right of left, right of right]] for stereo in and out.

    The equal-power law of StereoPannerNode for stereo input (W3C Web Audio API, "StereoPannerNode panning algorithm"):
    the channel that is panned to keeps its own and takes over a part of the other.
    """
    x = (pan + 1 if pan <= 0 else pan) * math.pi / 2
    if pan <= 0:
        return (1.0, math.cos(x)), (0.0, math.sin(x))
    return (math.cos(x), 0.0), (math.sin(x), 1.0)

"""How loud what is against what: the mix's own decisions. Users' gains come on top."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.audio.loudness import CEILING_DBTP
from engine.drama.mix.ducking import Duck
from engine.drama.project import Clip, Lane

TargetName = Literal["streaming", "r128", "acx"]

VOICE_LUFS = -20.0
"""What every line is brought to, before the whole is brought to its target."""
SHORT_S = 0.4
"""A shorter line has no loudness (BS.1770): it gets the mean gain of its speaker. Longer ones get their own, for voices
say a word or two by themselves up to 4 LU louder than whole sentences."""
MOST_APART_DB = 12.0
"""No line's gain is further from its speaker's mean: what is so low was meant so, or is no voice."""
CLEAR_DB = 13.0
"""By how much the voices stand over ambience and music together in nine tenths of the time that somebody speaks. The
promise is 12; the rest is for what measuring by tenths of a second does not see."""
EFFECT_DB = -1.0
"""Of effects as they are rendered: their loudest 0.4 s at -22 LUFS, and what their tag adds."""
MOST_EFFECT_DB = 4.0
"""Whatever it comes as, the loudest 0.4 s of an effect are no more over the voices."""
LEAST_DB, MOST_DB = -60.0, 40.0
"""Of gains that follow from measuring."""

DUCKS: Mapping[Lane, Duck] = {"ambience": Duck(6.0), "music": Duck(9.0), "effects": Duck(3.0)}


@dataclass(frozen=True)
class Target:
    """How loud the whole is: by BS.1770 loudness, or by the root mean square of the file; under which true peak."""

    ceiling_dbtp: float
    loudness_lufs: float | None = None
    rms_db: float | None = None
    voices_only: bool = False


TARGETS: Mapping[TargetName, Target] = {
    "streaming": Target(CEILING_DBTP, loudness_lufs=-18.0),
    "r128": Target(CEILING_DBTP, loudness_lufs=-23.0),
    # peak -3 dBFS at most, -23 to -18 dB RMS: "ACX Audio Submission Requirements"
    "acx": Target(-3.2, rms_db=-20.0, voices_only=True),
}


def is_near(clip: Clip) -> bool:
    """Whether an effect is the event itself, which does not step back: those that the script demands."""
    return clip.lane == "effects" and clip.confidence >= 1

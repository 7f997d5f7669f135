"""What the loudness of a track means where it is played."""

from pydantic import BaseModel, Field

from engine.library.record import Levels

CEILING_DBTP = -1.0
"""What services ask the true peak to stay below: EBU R 128, AES TD1008."""
TARGETS = {"streaming": -14.0, "apple_music": -16.0, "broadcast": -23.0}
"""LUFS. Spotify, YouTube, Tidal and Amazon Music; Apple's Sound Check; EBU R 128."""


class TargetPart(BaseModel):
    """How a track plays where loudness is made the same."""

    place: str = Field(description="Where: streaming, apple_music, broadcast.")
    target_lufs: float = Field(description="The loudness that everything has there, LUFS.")
    gain_db: float = Field(description="By how much the track is turned up or, below 0, down for it, dB.")
    true_peak_dbtp: float | None = Field(description="Its true peak then, dBTP; null: unknown.")
    room: bool = Field(description="That peak stays below -1 dBTP, so that nothing has to be limited.")


def targets(levels: Levels) -> list[TargetPart]:
    """Of a track with a loudness."""
    if levels.loudness_lufs is None:
        return []
    found = []
    for place, target in TARGETS.items():
        gain_db = round(target - levels.loudness_lufs, 1)
        peak = None if levels.true_peak_dbtp is None else round(levels.true_peak_dbtp + gain_db, 1)
        room = peak is None or peak <= CEILING_DBTP
        found.append(TargetPart(place=place, target_lufs=target, gain_db=gain_db, true_peak_dbtp=peak, room=room))
    return found

"""How loud a file says that its sound is: true of the old sound only, so dropped, or measured anew.

ReplayGain 2.0 (wiki.hydrogenaud.io): gain to -18 LUFS, with the sample peak. R128_TRACK_GAIN (RFC 7845, 5.2.1): gain to
-23 LUFS in 256ths of a decibel.
"""

from dataclasses import dataclass, replace

from engine.audio.tags.model import Tags

REPLAYGAIN_LUFS, R128_LUFS = -18.0, -23.0
_PREFIXES = ("replaygain_", "replay gain", "r128_", "mp3gain_", "rg_")
_NAMES = ("itunes_soundcheck", "soundcheck", "rva2", "rgad")
_TRACK_GAINS = ("replaygain_track_gain", "rg_radio", "r128_track_gain")


@dataclass(frozen=True)
class MeasuredLoudness:
    """What was measured of the sound as it was written; `lufs` is None where it has none (silence, under 0.4 s)."""

    lufs: float | None
    peak: float


def tells_loudness(tags: Tags) -> bool:
    """Whether the file told its loudness, so that it should be measured anew."""
    return tags.loudness_lufs is not None or any(name in tags.values for name in _TRACK_GAINS)


def retuned(tags: Tags, loudness: MeasuredLoudness | None, *, is_opus: bool) -> Tags:
    """The tags without what they say of the old sound's level; with the new one's, where it was measured.

    Opus has a gain of its own and no other (RFC 7845); elsewhere it stands beside ReplayGain, if it was there.
    """
    values = {name: list(texts) for name, texts in tags.values.items() if not _is_level(name)}
    if loudness and loudness.lufs is not None and any(name in tags.values for name in _TRACK_GAINS):
        if not is_opus:
            values["replaygain_track_gain"] = [f"{REPLAYGAIN_LUFS - loudness.lufs:.2f} dB"]
            values["replaygain_track_peak"] = [f"{loudness.peak:.6f}"]
        if is_opus or "r128_track_gain" in tags.values:
            steps = round(256 * (R128_LUFS - loudness.lufs))
            values["r128_track_gain"] = [str(max(-32768, min(steps, 32767)))]
    lufs = loudness.lufs if loudness and tags.loudness_lufs is not None else None
    return replace(tags, values=values, loudness_lufs=lufs)


def _is_level(name: str) -> bool:
    return name.startswith(_PREFIXES) or name in _NAMES

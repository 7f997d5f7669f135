"""Clocks and timed lines as text: chapters of Vorbis comments, lyrics of the LRC form."""

import re


def seconds(clock: str) -> float:
    """`01:02:03.500` -> 3723.5"""
    hours, minutes, rest = clock.split(":")
    return round(int(hours) * 3600 + int(minutes) * 60 + float(rest), 3)


def clock(seconds: float) -> str:
    """3723.5 -> `01:02:03.500`"""
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def from_lrc(text: str) -> list[tuple[float, str]]:
    """Lines of the LRC form: `[01:02.50]words`."""
    found = (re.fullmatch(r"\[(\d+):(\d+(?:\.\d+)?)\](.*)", line.strip()) for line in text.splitlines())
    return [(round(int(m[1]) * 60 + float(m[2]), 2), m[3]) for m in found if m]


def to_lrc(lines: list[tuple[float, str]]) -> str:
    """The LRC form of lines and the seconds at which they are sung."""
    hundredths = [(divmod(round(at * 100), 6000), " ".join(text.splitlines())) for at, text in lines]
    return "\n".join(
        f"[{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}]{text}" for (minutes, rest), text in hundredths
    )

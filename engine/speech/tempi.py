"""A tempo as texts say it: `120 bpm`, `темп 120`, `每分钟120拍`."""

import re

SLOWEST_BPM, FASTEST_BPM = 30.0, 240.0

_NUMBER = r"(?P<bpm>\d{2,3}(?:[.,]\d{1,3})?)"
_TEMPI = (
    re.compile(rf"(?<![\d.]){_NUMBER}[\s-]*(?:bpm|beats per minute|уд\w*\.?\s*(?:/|в)\s*мин\w*|拍\s*(?:/|每)\s*分钟?)"),
    re.compile(rf"(?<!\w)(?:at|@)\s*{_NUMBER}(?![\d.:%]|\s*(?:hz|khz|db|s|sec|seconds|ms|am|pm)\b)"),
    re.compile(rf"(?:bpm|tempo(?: of)?|темп\w*|速度|节奏|每分钟|[♩♪]\s*=)\s*[:=为是]?\s*{_NUMBER}(?!\d)(?:\s*拍)?"),
)


def take_tempo(text: str, not_heard: list[str]) -> tuple[float | None, str]:
    """Beats a minute, and the text without them; a tempo that is not played is noted."""
    for pattern in _TEMPI:
        if match := pattern.search(text):
            rest = text[: match.start()] + " " + text[match.end() :]
            bpm = float(match["bpm"].replace(",", "."))
            if SLOWEST_BPM <= bpm <= FASTEST_BPM:
                return bpm, rest
            not_heard.append(match[0].strip())
            return None, rest
    return None, text

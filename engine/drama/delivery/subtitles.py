"""The lines of a finished drama as subtitles and lyrics: SRT, WebVTT with times of words, LRC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.drama.project import NARRATOR, Line, Project

MOST_LETTERS = {"en": 84, "ru": 84, "zh": 36}
"""What two lines of a subtitle hold: 42 letters each, 18 of Chinese."""
MOST_S = 7.0
_BREAKS = re.compile(r"(?<=[.!?…;:,])\s+|(?<=[。！？；：，、…])")


@dataclass(frozen=True)
class Subtitle:
    """A piece of a line that is shown at once. `words`: (start_s, text), texts joined are `text`."""

    start_s: float
    end_s: float
    speaker: str
    text: str
    words: tuple[tuple[float, str], ...]


def subtitles(project: Project) -> Iterator[Subtitle]:
    """Every line that sounds, in pieces that fit on a screen, in order of time."""
    names = {each.id: each.name for each in project.characters if each.id != NARRATOR}
    heard = [line for line in project.lines if line.start_s is not None]
    for line in sorted(heard, key=lambda line: line.start_s or 0):
        yield from _pieces(line, names.get(line.speaker, ""), MOST_LETTERS[line.language or project.language])


def _pieces(line: Line, speaker: str, most: int) -> Iterator[Subtitle]:
    start_s, end_s = line.start_s or 0.0, line.end_s or 0.0
    words = _words(line, start_s, end_s)
    group: list[tuple[float, str]] = []
    for number, (at_s, text) in enumerate(words):
        said = "".join(each for _, each in group)
        long = len(said) + len(text.rstrip()) > most or (group and at_s - group[0][0] > MOST_S)
        pause = bool(_BREAKS.search(said[-2:] + " ")) and len(said) > most * 0.6
        if group and (long or pause):
            yield _subtitle(group, at_s, speaker)
            group = []
        group.append((at_s, text))
        if number == len(words) - 1:
            yield _subtitle(group, end_s, speaker)


def _subtitle(group: list[tuple[float, str]], end_s: float, speaker: str) -> Subtitle:
    text = re.sub(r"\s+", " ", "".join(text for _, text in group)).strip()
    return Subtitle(group[0][0], max(end_s, group[0][0] + 0.05), speaker, text, tuple(group))


def _words(line: Line, start_s: float, end_s: float) -> list[tuple[float, str]]:
    """The line's whole text, cut before each word whose time is known; evenly by letters where none is."""
    known = sorted((word.at, start_s + word.start_s) for word in line.words if word.at < len(line.text))
    if not known:
        places = [match.start() for match in re.finditer(r"\S+" if " " in line.text else r"\S", line.text)] or [0]
        known = [(at, start_s + (end_s - start_s) * at / max(1, len(line.text))) for at in places]
    cuts = [0, *(at for at, _ in known[1:]), len(line.text)]
    times = [known[0][1], *(at_s for _, at_s in known[1:])]
    return [(at_s, line.text[cuts[n] : cuts[n + 1]]) for n, at_s in enumerate(times) if cuts[n] < cuts[n + 1]]


def srt(project: Project) -> str:
    """SubRip; who speaks stands before the words, the narrator unnamed."""
    blocks = []
    for number, each in enumerate(subtitles(project), 1):
        said = f"{each.speaker}: {each.text}" if each.speaker else each.text
        blocks.append(f"{number}\n{_clock(each.start_s, ',')} --> {_clock(each.end_s, ',')}\n{said}\n")
    return "\n".join(blocks)


def vtt(project: Project, *, words: bool = False) -> str:
    """WebVTT with voice tags; with `words` each word has its time, for karaoke."""
    blocks = ["WEBVTT\n"]
    for each in subtitles(project):
        said = _escaped(each.text)
        if words:
            said = "".join(f"<{_clock(at_s, '.')}>{_escaped(text)}" for at_s, text in each.words)
            said = re.sub(r"\s*\n\s*", " ", said).strip()
        voice = f"<v {_escaped(each.speaker)}>" if each.speaker else ""
        blocks.append(f"{_clock(each.start_s, '.')} --> {_clock(each.end_s, '.')}\n{voice}{said}\n")
    return "\n".join(blocks)


def lrc(project: Project) -> str:
    """LRC with title and length, and times of words in its enhanced form."""
    head = [f"[ti:{_one_line(project.title)}]"] if project.title else []
    head += [f"[ar:{_one_line(project.author)}]"] if project.author else []
    head += [f"[length:{_minutes(project.duration_s or 0)[:-3]}]"]
    rows = []
    for each in subtitles(project):
        said = "".join(f"<{_minutes(at_s)}>{text}" for at_s, text in each.words)
        rows.append(f"[{_minutes(each.start_s)}]{_one_line(said)}")
    return "\n".join([*head, *rows]) + "\n"


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _minutes(seconds: float) -> str:
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()

"""SRT and WebVTT: what is shown becomes what is said, and the gaps between become pauses.

WebVTT as https://www.w3.org/TR/webvtt1/ has it; SRT as players read it.
"""

import itertools
import re
from dataclasses import dataclass

from engine.drama.project import NARRATOR, Project
from engine.drama.script.draft import Draft
from engine.drama.script.labels import find
from engine.drama.script.language import language_of
from engine.drama.script.manuscript import Paragraph
from engine.drama.script.words import sayable

MOST_GAP_S = 3.0
_LEAST_GAP_S = 0.15
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"(?:^|(?<=[\r\n]))[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\r\n]*")
TAG = re.compile(
    r"</?(?:[biuc]|ruby|rt|lang|font|v|em|strong|\d{1,2}:)(?:[\s.:][^<>\n]*)?>|\{\\[^{}\n]*\}|<[\d:.]+>", re.IGNORECASE
)
_VOICE = re.compile(r"<v(?:\.[^\s.<>]+)*[ \t]+([^\s<>][^<>\n]*)>")
_SOUND = re.compile(r"[\[(（♪【]([^\]\[()（）♪\n]{1,200})[\])）♪】]")
_DASH = re.compile(r"[ \t]*(?:<[^<>\n]*>)*[-–—‐][ \t]*(?=\S)")
_NEXT_LINE = re.compile(r"(?:\r\n|\r|\n)([^\r\n]*)")
_BREAK = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"[^\r\n]+")


@dataclass(frozen=True)
class _Cue:
    start: int
    """Of its text."""
    end: int
    begins_s: float
    ends_s: float


def is_subtitles(text: str) -> bool:
    head = text[:4000].lstrip("\ufeff \r\n")
    return len(_TIMES.findall(head)) > 0 and (
        head.startswith("WEBVTT") or re.match(r"\d+\s*[\r\n]|\d+:", head) is not None
    )


def project(text: str) -> Project:
    cues = _cues(text)
    spoken = "\n".join(TAG.sub("", text[cue.start : cue.end]) for cue in cues)
    draft = Draft(text, language_of(spoken), directed=True, tags=TAG)
    lines = [Paragraph(*match.span()) for cue in cues for match in _LINE.finditer(text, cue.start, cue.end)]
    names = find(text, lines)
    ends_s: float | None = None
    for number, cue in enumerate(cues):
        draft.skip(cues[number - 1].end if number else 0, cue.start, "number")
        gap_s = cue.begins_s - ends_s if ends_s is not None else 0.0
        if gap_s >= _LEAST_GAP_S:
            draft.pause(min(gap_s, MOST_GAP_S))
        speaker, last = "", len(draft.lines)  # of a turn that nobody claims, unless a sentence goes on
        for turn, (start, end) in enumerate(_turns(text, cue)):
            if turn:
                draft.ends("turn")
                speaker = ""
            elif _goes_on(draft, 0):
                speaker = draft.lines[-1].speaker
            dash = _DASH.match(text, start, end)
            begin = dash.end() if dash else start
            draft.skip(start, begin, "label")
            label = names.at(text, begin, end)
            if label is not None:
                draft.skip(begin, label.end, "label")
                speaker, begin = draft.character(label.name), label.end
            _say(draft, begin, end, speaker)
        draft.ends("sentence" if _goes_on(draft, last) else "turn")
        ends_s = cue.ends_s if ends_s is None else max(ends_s, cue.ends_s)
    draft.skip(cues[-1].end if cues else 0, len(text), "number")
    return draft.project()


def _cues(text: str) -> list[_Cue]:
    """A cue's text goes from the line after its times to a blank line, or to the number before the next times."""
    found = []
    times = list(_TIMES.finditer(text))
    for match, following in itertools.zip_longest(times, times[1:]):
        lines: list[tuple[int, int]] = []
        limit = following.start() if following else len(text)
        for line in _NEXT_LINE.finditer(text, match.end(), limit):
            if not line[1].strip():
                break
            lines.append(line.span(1))
        adjacent = following is not None and bool(lines) and not text[lines[-1][1] : limit].strip("\r\n")
        if (
            adjacent
            and len(_BREAK.findall(text, lines[-1][1], limit)) == 1
            and text[slice(*lines[-1])].strip().isdigit()
        ):
            lines.pop()
        if lines:
            found.append(_Cue(lines[0][0], lines[-1][1], _seconds(match, 1), _seconds(match, 5)))
    return found


def _seconds(match: re.Match[str], first: int) -> float:
    hours, minutes, seconds, part = match.group(first, first + 1, first + 2, first + 3)
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(part.ljust(3, "0")) / 1000


def _turns(text: str, cue: _Cue) -> list[tuple[int, int]]:
    """Who speaks in turn: each line that begins with a dash, and what follows it."""
    lines = [match.span() for match in _LINE.finditer(text, cue.start, cue.end)]
    dashes = [bool(_DASH.match(text, start, end)) for start, end in lines]
    turns: list[tuple[int, int]] = []
    for (start, end), dashed in zip(lines, dashes, strict=True):
        voiced = _VOICE.match(text, start, end) is not None
        if not turns or voiced or (dashed and sum(dashes) > 1):
            turns.append((start, end))
        else:
            turns[-1] = (turns[-1][0], end)
    return turns


def _say(draft: Draft, start: int, end: int, speaker: str) -> None:
    """The words of a turn; a voice tag names who speaks, brackets tell sounds."""
    at = start
    marks = [*_VOICE.finditer(draft.source, start, end), *_SOUND.finditer(draft.source, start, end)]
    for mark in sorted(marks, key=lambda match: match.start()):
        if mark.start() < at or mark[0][0] == "♪":
            continue
        _words(draft, at, mark.start(), speaker)
        if mark[0][0] == "<":
            speaker = draft.character(mark[1])
            draft.skip(mark.start(), mark.end(), "label")
        elif mark[0][0] in "[【":
            draft.say(mark.start(), mark.end(), "narration", speaker)
        else:
            draft.cue("direction", mark[1].strip(), mark.start(), mark.end())
        at = mark.end()
    _words(draft, at, end, speaker)


def _words(draft: Draft, start: int, end: int, speaker: str) -> None:
    if start < end and sayable(TAG.sub("", draft.source[start:end])):
        kind = "narration" if not speaker or speaker == NARRATOR else "dialogue"
        draft.say(start, end, kind, speaker)  # type: ignore[arg-type]
    elif start < end:
        draft.skip(start, end, "space" if not draft.source[start:end].strip() else "markup")


def _goes_on(draft: Draft, first: int) -> bool:
    """Whether the last sentence of a cue continues in the next one."""
    return len(draft.lines) > first and draft.lines[-1].text.rstrip("\"'”’»)")[-1:] not in ".!?…。！？"

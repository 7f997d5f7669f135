"""When everything is heard: from the real lengths of lines to a project with times. Light: no sound is touched.

Whatever is anchored to the text moves with it. Ambience that begins or ends where a scene does cross-fades with its
neighbour in the middle of the pause between both.
"""

import bisect
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from engine.drama.mix.rooms import tail_s
from engine.drama.project import NARRATOR, Anchor, Break, Clip, Emotion, Lane, Line, Project, Reverb, Word
from engine.errors import invalid

PAUSE_S: Mapping[Break, float] = {"sentence": 0.25, "turn": 0.5, "paragraph": 0.85, "scene": 0.85, "chapter": 3.0}
"""Silence after a line, by what ends with it."""
CROSSFADE_S = 1.5
"""Of ambience where scenes meet."""
OPENING_S, CLOSING_S = 1.5, 3.0
"""How long the ambience of the first scene is heard before the first word, and that of the last after the last."""
FADES_S: Mapping[Lane, tuple[float, float]] = {"ambience": (1.5, 1.5), "effects": (0.005, 0.01), "music": (1.0, 2.5)}
"""In and out, where a clip does not say."""
UNKNOWN_LENGTH_S = 5.0
"""Kept free for a sound whose own length nobody told."""
HEAD_S, TAIL_S = 0.75, 2.0
"""Before the first line and after the last of a book for ACX, which asks for 0.5 to 1 and 1 to 5 seconds."""
_END_S = 0.5

Timed = TypeVar("Timed", Line, Clip)


class LineLength(NamedTuple):
    """How long a spoken line is, and when its words are heard, from its own start."""

    seconds: float
    words: Sequence[Word] = ()


class Acting(Protocol):
    """What an emotion does to a voice, as far as it concerns a mix: its level, and the pause after it."""

    @property
    def gain_db(self) -> float: ...
    @property
    def pause(self) -> float: ...


Manners = Callable[[Emotion], Acting]


def lay_out(
    project: Project,
    lengths: Mapping[str, tuple[float, Sequence[Word]]],
    *,
    clip_lengths: Mapping[str, float] | None = None,
    manner: Manners | None = None,
    voices_only: bool = False,
) -> Project:
    """A copy with `start_s`, `end_s` and `words` of all lines, `start_s` and `end_s` of all clips, and `duration_s`.

    `lengths`: a `LineLength` by the line's id. `clip_lengths`: seconds by the clip's id, of sounds that are heard once
    in their own length; where it is unknown the clip's `end_s` stays None. A clip whose end comes before its start has
    no length and is not heard. With `voices_only` no clip has times, and before and after the voices there is as much
    silence as ACX asks for.
    Raises INVALID_INPUT `drama_line_unspoken` for a line with words but without a length, `drama_anchor` for a clip at
    a line that there is not.
    """
    lines = _spoken(project, lengths, manner)
    places = _Places(project, lines)
    clips = [_placed(clip, places, (clip_lengths or {}).get(clip.id)) for clip in project.clips]
    if voices_only:
        clips = [clip.model_copy(update={"start_s": None, "end_s": None}) for clip in clips]
        lines = [_moved(line, HEAD_S) for line in lines]
        duration_s = max([line.end_s or 0.0 for line in lines], default=0.0) + TAIL_S
        return project.model_copy(update={"lines": lines, "clips": clips, "duration_s": duration_s})
    shift = -min([0.0, *(clip.start_s or 0.0 for clip in clips)])
    lines = [_moved(line, shift) for line in lines]
    clips = [_moved(clip, shift) for clip in clips]
    answers = reverbs(project)
    ends = [(line.end_s or 0.0) + tail_s(answers[line.id]) for line in lines]
    ends += [(clip.start_s or 0.0) + UNKNOWN_LENGTH_S if clip.end_s is None else clip.end_s for clip in clips]
    duration_s = max(ends) + _END_S if ends else 0.0
    return project.model_copy(update={"lines": lines, "clips": clips, "duration_s": duration_s})


def reverbs(project: Project) -> dict[str, Reverb]:
    """How the place answers to each line, by its id: not to the narrator, who is in no place."""
    scenes = {scene.line: scene.reverb for scene in project.scenes}
    now: Reverb = "none"
    found: dict[str, Reverb] = {}
    for line in project.lines:
        now = scenes.get(line.id, now)
        found[line.id] = "none" if line.speaker in ("", NARRATOR) else now
    return found


def fades_s(clip: Clip) -> tuple[float, float]:
    """How long a laid-out clip fades in and out; both fit into it."""
    usual_in, usual_out = FADES_S[clip.lane]
    fade_in = usual_in if clip.fade_in_s is None else clip.fade_in_s
    fade_out = usual_out if clip.fade_out_s is None else clip.fade_out_s
    if clip.start_s is None or clip.end_s is None or fade_in + fade_out <= 0:
        return fade_in, fade_out
    shorter = min(1.0, (clip.end_s - clip.start_s) / (fade_in + fade_out))
    return fade_in * shorter, fade_out * shorter


def _spoken(
    project: Project, lengths: Mapping[str, tuple[float, Sequence[Word]]], manner: Manners | None
) -> list[Line]:
    chapters = {chapter.line for chapter in project.chapters}
    scenes = {scene.line for scene in project.scenes}
    lines, at = [], 0.0
    for line, after in itertools.zip_longest(project.lines, project.lines[1:]):
        seconds, words = _length(line, lengths)
        end = at + seconds
        lines.append(line.model_copy(update={"start_s": at, "end_s": end, "words": list(words)}))
        ends = line.break_after
        if after is not None and after.id in chapters:
            ends = "chapter"
        elif after is not None and after.id in scenes and ends != "chapter":
            ends = "scene"
        at = end + _pause_s(line, ends, manner)
    return lines


def _pause_s(line: Line, ends: Break, manner: Manners | None) -> float:
    if line.pause_ms is not None:
        return line.pause_ms / 1000
    factor = manner(line.emotion).pause if manner and ends != "chapter" else 1.0
    return PAUSE_S[ends] * max(0.0, factor)


def _length(line: Line, lengths: Mapping[str, tuple[float, Sequence[Word]]]) -> tuple[float, Sequence[Word]]:
    """Only what has no letter and no digit may be without sound."""
    seconds, words = lengths.get(line.id, (0.0, ()))
    if not 0 < seconds < float("inf"):
        if any(character.isalnum() for character in line.text):
            raise invalid("drama_line_unspoken", text=line.text[:100])
        return 0.0, ()
    return seconds, words


class _Places:
    """Where in time anchors are."""

    def __init__(self, project: Project, lines: Sequence[Line]) -> None:
        self._lines = {line.id: line for line in lines}
        self._borders = _borders(project, lines)

    def at(self, clip: Clip, anchor: Anchor) -> float:
        """Seconds, perhaps before the beginning."""
        return self._moment(clip, anchor) + anchor.offset_s

    def starts(self, clip: Clip) -> float:
        if clip.lane == "ambience" and clip.start.edge == "start" and _plain(clip.start):
            return self._borders.get(("start", clip.start.line), self.at(clip, clip.start))
        return self.at(clip, clip.start)

    def ends(self, clip: Clip, anchor: Anchor) -> float:
        if clip.lane == "ambience" and _plain(anchor):
            return self._borders.get((f"until-{anchor.edge}", anchor.line), self.at(clip, anchor))
        return self.at(clip, anchor)

    def _moment(self, clip: Clip, anchor: Anchor) -> float:
        line = self._lines.get(anchor.line)
        if line is None:
            raise invalid("drama_anchor", clip=clip.words or clip.sound or clip.id, line=anchor.line)
        assert line.start_s is not None and line.end_s is not None
        if anchor.at is None:
            return line.start_s if anchor.edge == "start" else line.end_s
        word = _word(line, anchor.at)
        if word is not None:
            return line.start_s + (word.start_s if anchor.edge == "start" else word.end_s)
        return line.start_s + (line.end_s - line.start_s) * min(1.0, anchor.at / max(1, len(line.text)))


def _plain(anchor: Anchor) -> bool:
    return anchor.at is None and anchor.offset_s == 0


def _word(line: Line, at: int) -> Word | None:
    """The word at a place of the text, or the next one after it."""
    words = sorted(line.words, key=lambda word: word.at)
    place = bisect.bisect_right([word.at + word.length - 1 for word in words], at - 1)
    return words[place] if place < len(words) else None


def _borders(project: Project, lines: Sequence[Line]) -> dict[tuple[str, str], float]:
    """When ambience begins that starts with a scene (`start`, its first line), and when it ends that lasts to a
    scene's last line (`until-end`) or to the next one's first (`until-start`)."""
    if not lines:
        return {}
    half = CROSSFADE_S / 2
    first, last = lines[0], lines[-1]
    assert first.start_s is not None and last.end_s is not None
    borders = {("start", first.id): first.start_s - OPENING_S, ("until-end", last.id): last.end_s + CLOSING_S}
    firsts = {scene.line for scene in project.scenes} | {chapter.line for chapter in project.chapters}
    for before, after in itertools.pairwise(lines):
        if after.id in firsts:
            assert before.end_s is not None and after.start_s is not None
            middle = (before.end_s + after.start_s) / 2
            borders["start", after.id] = middle - half
            borders["until-end", before.id] = borders["until-start", after.id] = middle + half
    return borders


def _placed(clip: Clip, places: _Places, own_s: float | None) -> Clip:
    start = places.starts(clip)
    if clip.end is not None:
        end: float | None = max(start, places.ends(clip, clip.end))
    else:
        end = None if own_s is None else start + max(0.0, own_s)
    # times before the beginning are moved behind it by the caller
    return clip.model_copy(update={"start_s": start, "end_s": end})


def _moved(part: Timed, shift: float) -> Timed:
    if not shift:
        return part
    times = {name: value + shift for name in ("start_s", "end_s") if (value := getattr(part, name)) is not None}
    return part.model_copy(update=times)

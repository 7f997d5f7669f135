"""The lines, block by block: each is read when its time comes, and the place answers to it."""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.audio.block import Audio
from engine.audio.convolution import Convolver
from engine.audio.effects import State
from engine.audio.processor import BLOCK
from engine.audio.resample import resample
from engine.drama.mix.responses import response
from engine.drama.mix.rooms import rooms
from engine.drama.mix.timeline import Manners, reverbs
from engine.drama.mix.voice_effects import COLOURS, prepared
from engine.drama.project import NARRATOR, Line, Project, VoiceEffect
from engine.errors import invalid


class LineSound(Protocol):
    """A line's sound, float32 [1, samples]."""

    @property
    def audio(self) -> Audio: ...
    @property
    def rate_hz(self) -> int: ...


SpeechOf = Callable[[Line], LineSound]


@dataclass(frozen=True)
class PlacedLine:
    """How a line stands in the mix. `offset_db`: what its emotion, its character and the user make it louder by."""

    line: Line
    effect: VoiceEffect
    pan: float
    offset_db: float
    room: str
    wet_db: float

    @property
    def start_s(self) -> float:
        assert self.line.start_s is not None
        return self.line.start_s


def placed_lines(project: Project, manner: Manners | None, *, dry: bool = False) -> list[PlacedLine]:
    """All lines that are heard, in order of time. `dry`: in the middle, and no room answers."""
    characters = {character.id: character for character in project.characters}
    answers = reverbs(project)
    found = []
    for line in project.lines:
        if line.start_s is None or line.end_s is None:
            raise ValueError(f"line {line.id} has no time: lay the project out first")
        if line.end_s <= line.start_s:
            continue
        who = characters.get(line.speaker)
        effect = line.effect or (who.effect if who else "none")
        if effect == "none" and line.effect is None and line.kind == "thought":
            effect = "thought"
        colour = COLOURS[effect]
        room: str = colour.room or answers[line.id]
        if room == "none":
            room = "outdoors" if colour.wet_db else ""
        offset_db = line.gain_db + (who.gain_db if who else 0.0) + colour.level_db
        offset_db += manner(line.emotion).gain_db if manner else 0.0
        pan = who.pan if who and who.id != NARRATOR else 0.0
        wet_db = rooms()[room].wet_db + colour.wet_db if room else 0.0
        found.append(PlacedLine(line, effect, 0.0 if dry else pan, offset_db, "" if dry else room, wet_db))
    return sorted(found, key=lambda part: part.start_s)


def prepared_line(part: PlacedLine, speech_of: SpeechOf) -> tuple[Audio, int]:
    """A line as its effect makes it, float32 [1, samples], and its rate.

    Raises INVALID_INPUT `drama_line_broken` with its text where it is no sound: empty, NaN, infinite, not mono.
    """
    spoken = speech_of(part.line)
    audio = np.asarray(spoken.audio, np.float32)
    if audio.ndim != 2 or len(audio) != 1 or not audio.shape[1] or not np.isfinite(audio).all():
        raise invalid("drama_line_broken", text=part.line.text[:100])
    return prepared(audio, spoken.rate_hz, part.effect, part.line.id), spoken.rate_hz


class Talking:
    """The dialogue lane. `block` is asked for contiguous pieces of `BLOCK` samples from the start of the drama on."""

    def __init__(
        self,
        lines: Sequence[PlacedLine],
        gains_db: Mapping[str, float],
        speech_of: SpeechOf,
        rate_hz: int,
        heard: Callable[[PlacedLine, Audio], None] = lambda part, sound: None,
    ) -> None:
        """`heard` is shown each line with its gain, float32 [1, samples] at `rate_hz`, before it is placed."""
        self._waiting, self._gains_db = deque(lines), gains_db
        self._speech_of, self._rate_hz, self._heard = speech_of, rate_hz, heard
        self._sounding: list[tuple[int, Audio, PlacedLine]] = []
        self._rooms: dict[str, _Answer] = {}

    def block(self, start: int) -> Audio:
        """Samples `start` to `start + BLOCK`, float32 [2, BLOCK]."""
        while self._waiting and round(self._waiting[0].start_s * self._rate_hz) < start + BLOCK:
            self._begin(self._waiting.popleft())
        dry = np.zeros((2, BLOCK), np.float32)
        sends: dict[str, Audio] = {}
        going = []
        for at, sound, part in self._sounding:
            first, last = max(at, start), min(at + sound.shape[1], start + BLOCK)
            piece = sound[:, first - at : last - at]
            dry[:, first - start : last - start] += piece
            if part.room:
                send = sends.setdefault(part.room, np.zeros((2, BLOCK), np.float32))
                send[:, first - start : last - start] += piece * np.float32(10 ** (part.wet_db / 20))
            if at + sound.shape[1] > start + BLOCK:
                going.append((at, sound, part))
        self._sounding = going
        for room in sends:
            if room not in self._rooms:
                self._rooms[room] = _Answer(room, self._rate_hz)
        for room, answer in self._rooms.items():
            answer.add(sends.get(room), dry)
        return dry

    def _begin(self, part: PlacedLine) -> None:
        mono, rate_hz = prepared_line(part, self._speech_of)
        mono = resample(mono, rate_hz, self._rate_hz) * np.float32(10 ** (self._gains_db[part.line.id] / 20))
        self._heard(part, mono)
        angle = (part.pan + 1) * math.pi / 4
        # constant power; in the middle both channels have the voice as it is, as loud as it was measured
        sides = math.sqrt(2) * np.array([[math.cos(angle)], [math.sin(angle)]], np.float32)
        self._sounding.append((round(part.start_s * self._rate_hz), sides * mono, part))


class _Answer:
    """What one room answers; it is not reckoned while there is nothing to answer to."""

    def __init__(self, room: str, rate_hz: int) -> None:
        answer = response(room, rate_hz)
        self._convolver, self._rings = Convolver(answer), answer.shape[1]
        self._state: State | None = None
        self._left = 0

    def add(self, send: Audio | None, target: Audio) -> None:
        if send is None and self._left <= 0:
            self._state = None
            return
        self._left = self._rings if send is not None else self._left - BLOCK
        silence = np.zeros((2, BLOCK), np.float32)
        wet, self._state = self._convolver.process(silence if send is None else send, self._state)
        target += wet

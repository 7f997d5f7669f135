"""Dramas for the tests of the mix: lines of a synthetic voice, sounds of noise."""

from collections.abc import Callable, Iterator

import numpy as np

from engine.audio.block import Audio
from engine.drama.mix.timeline import LineLength, lay_out
from engine.drama.project import Break, Character, Clip, Line, Project, Scene
from engine.drama.voices.speech import Speech

VOICE_HZ = 24_000


def voice(seconds: float, level: float = 0.3, seed: int = 0, rate_hz: int = VOICE_HZ) -> Audio:
    """Something with the pitch, the syllables and the spectrum of speech: float32 [1, samples], peak `level`."""
    random = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * np.cumsum(130 + 30 * np.sin(2 * np.pi * 0.7 * time_s + seed)) / rate_hz
    sound = sum(np.sin(k * phase) / k for k in range(1, 16)) + 0.2 * random.standard_normal(len(time_s))
    sound *= np.sqrt(np.clip(np.sin(2 * np.pi * 3.5 * time_s + seed), 0, 1))
    return (level * sound / np.abs(sound).max()).astype(np.float32)[None]


def noise(seconds: float, level: float, rate_hz: int, seed: int = 0) -> Audio:
    """White noise of an RMS: float32 [2, samples]."""
    random = np.random.default_rng(seed)
    return (level * random.standard_normal((2, round(seconds * rate_hz)))).astype(np.float32)


class Drama:
    """A project that is being written, with the sounds of its lines."""

    def __init__(self, rate_hz: int = 48_000) -> None:
        self.rate_hz = rate_hz
        self.lines: list[Line] = []
        self.speech: dict[str, Speech] = {}
        self.characters = [Character(id="narrator", name="Narrator")]
        self.scenes: list[Scene] = []
        self.clips: list[Clip] = []
        self.lengths: dict[str, float] = {}
        self.sounds: dict[str, Callable[[float], Audio]] = {}

    def say(
        self, seconds: float, who: str = "narrator", level: float = 0.3, ends: Break = "sentence", **more: object
    ) -> str:
        name = f"line{len(self.lines)}"
        if who not in {character.id for character in self.characters}:
            self.characters.append(Character(id=who, name=who))
        line = {"id": name, "start": 0, "end": 0, "text": "some words", "speaker": who, "break_after": ends, **more}
        self.lines.append(Line.model_validate(line))
        self.speech[name] = Speech(voice(seconds, level, seed=len(self.lines)), VOICE_HZ)
        return name

    def sound(
        self, lane: str, first: str, last: str | None = None, level: float = 0.1, seconds: float = 1.0, **more: object
    ) -> str:
        """From a line's start to another one's end, or once from a line's start on."""
        name = f"clip{len(self.clips)}"
        end = {"line": last, "edge": "end"} if last else None
        clip = {"id": name, "lane": lane, "sound": name, "start": {"line": first}, "end": end} | more
        self.clips.append(Clip.model_validate(clip))
        self.lengths[name] = seconds
        seed = len(self.clips)
        self.sounds[name] = lambda wanted: noise(wanted, level, self.rate_hz, seed)
        return name

    def project(self) -> Project:
        return Project(lines=self.lines, characters=self.characters, scenes=self.scenes, clips=self.clips)

    def laid_out(self, *, voices_only: bool = False) -> Project:
        lengths = {name: LineLength(made.audio.shape[1] / made.rate_hz) for name, made in self.speech.items()}
        return lay_out(self.project(), lengths, clip_lengths=self.lengths, voices_only=voices_only)

    def speech_of(self, line: Line) -> Speech:
        return self.speech[line.id]

    def sound_of(self, clip: Clip, seconds: float | None) -> Iterator[Audio]:
        sound = self.sounds[clip.id](self.lengths[clip.id] if seconds is None else seconds)
        for start in range(0, sound.shape[1], 10_000):
            yield sound[:, start : start + 10_000]

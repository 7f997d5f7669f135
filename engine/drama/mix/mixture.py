"""The mix: every line and every sound is heard once to be measured, and once to be mixed.

Blocks go through one after the other; what is held at a time is the lines and sounds that sound then, and some numbers
for each second of the drama.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio, tapped
from engine.audio.effects import Chain
from engine.audio.limiter import Limiter
from engine.audio.loudness_curve import HOP_S, LoudnessCurve
from engine.audio.processor import BLOCK
from engine.drama.mix.balance import Balance, HeardClip, HeardLine, balanced, grid_hops
from engine.drama.mix.clips import PlacedClip, PlayedLane, SoundOf, faded
from engine.drama.mix.ducking import Ducker
from engine.drama.mix.energies import energies
from engine.drama.mix.levels import DUCKS, TARGETS, TargetName, is_near
from engine.drama.mix.report import Measuring, MixReport, acx
from engine.drama.mix.responses import decay
from engine.drama.mix.timeline import UNKNOWN_LENGTH_S, Manners
from engine.drama.mix.voices import PlacedLine, SpeechOf, Talking, placed_lines, prepared_line
from engine.drama.project import Clip, Lane, Project

RATE_HZ = 48_000
STEMS = ("dialogue", "ambience", "effects", "music")
"""In the order in which they are added."""
_LANES: tuple[Lane, ...] = ("ambience", "effects", "music")
_ROOM_TONE_DB = -72.0
"""RMS of what is heard where nothing else is, 12 dB under what ACX allows: a pause without any sound is a fault to the
ear, and to ACX."""
_TONE_S = 7
_LAST_S = 0.02

Tick = Callable[[float], None]
"""Told how many seconds more are done, twice the drama's length in all; may raise to stop the work."""


@dataclass(frozen=True)
class MixBlock:
    """The next samples, all float32 [2, as many]: the mix, and the stems by the names in `STEMS`, whose sum, added in
    that order, is the mix before its limiter."""

    mix: Audio
    stems: dict[str, Audio]


@dataclass(frozen=True)
class _Limiting:
    tp_db: float
    lookahead_ms: float = 3.0
    release_ms: float = 100.0


def mixed(
    project: Project,
    speech_of: SpeechOf,
    sound_of: SoundOf,
    *,
    rate_hz: int = RATE_HZ,
    target: TargetName = "streaming",
    manner: Manners | None = None,
    tick: Tick = lambda seconds: None,
) -> "Mixture":
    """A project that was laid out (`lay_out`), as sound. Nothing is heard yet.

    `speech_of` is asked for each line, `sound_of` for each clip, twice each; for ambience and music once more where two
    of them go in step. `manner`: what emotions do to a level.
    Raises ValueError where lines have no times.
    """
    return Mixture(project, speech_of, sound_of, rate_hz, target, manner, tick)


class Mixture:
    """Go through it for its blocks, as often as wanted; then `report` tells of them.

    Raises INVALID_INPUT `drama_line_broken` and `drama_sound_broken` with what is meant, on the way.
    """

    def __init__(
        self,
        project: Project,
        speech_of: SpeechOf,
        sound_of: SoundOf,
        rate_hz: int,
        target: TargetName,
        manner: Manners | None,
        tick: Tick,
    ) -> None:
        if project.duration_s is None:
            raise ValueError("lay the project out first")
        self._project, self._speech_of, self._sound_of, self.rate_hz = project, speech_of, sound_of, rate_hz
        self._name, self._target, self._tick = target, TARGETS[target], tick
        self._lines = placed_lines(project, manner, dry=self._target.voices_only)
        heard = [] if self._target.voices_only else project.clips
        self._clips = [clip for clip in heard if clip.start_s is not None and clip.end_s != clip.start_s]
        sounding = {clip.id for clip in self._clips}
        self._unheard = tuple(clip.id for clip in heard if clip.id not in sounding)
        self.samples = round(project.duration_s * rate_hz)
        self._report: MixReport | None = None

    @property
    def report(self) -> MixReport:
        """Of the blocks that were gone through last. Raises RuntimeError before."""
        if self._report is None:
            raise RuntimeError("nothing was mixed yet")
        return self._report

    @cached_property
    def balance(self) -> Balance:
        """All gains, from everything heard once."""
        assert self._project.duration_s is not None
        left = self._project.duration_s
        seconds = [self._seconds(clip) for clip in self._clips]
        pace = 0.5 if seconds else 1.0  # half of this pass is for the lines, half for the clips

        def tick(done: float) -> None:
            nonlocal left
            self._tick(min(done, left))
            left -= min(done, left)

        lines, before = [], 0.0
        for placed in self._lines:
            lines.append(self._heard_line(placed))
            tick(pace * (placed.start_s - before))
            before = placed.start_s
        a_second = left / max(sum(seconds), 1e-9)
        clips = [self._heard_clip(clip, lambda heard: tick(a_second * heard)) for clip in self._clips]
        hop = round(HOP_S * self.rate_hz)
        answers = {line.room: decay(line.room, self.rate_hz, hop) for line in lines if line.room}
        levels, duration_s = self._project.levels, self._project.duration_s
        made = balanced(lines, clips, answers, levels, self._target, duration_s, self._heard_beds)
        tick(left)
        return made

    def __iter__(self) -> Iterator[MixBlock]:
        measuring, limiter = Measuring(self.rate_hz), Limiter()
        limiter.reset(self.rate_hz, 2, _Limiting(self._target.ceiling_dbtp))
        flow = Chain([limiter], 2, block=BLOCK).flow()
        waiting = np.zeros((2 * len(STEMS), 0), np.float32)
        for stems in self._stems(measuring):
            measuring.hear_stems(stems)
            before = sum((stems[name] for name in STEMS[1:]), stems[STEMS[0]])
            limited = flow.add(before)
            waiting = np.concatenate([waiting, np.concatenate([stems[name] for name in STEMS])], axis=1)
            yield from _ready(limited, waiting, measuring)
            waiting = waiting[:, limited.shape[1] :]
            self._tick(before.shape[1] / self.rate_hz)
        yield from _ready(flow.finish(), waiting, measuring)
        self._report = self._told(measuring, limiter)

    def _stems(self, measuring: Measuring) -> Iterator[dict[str, Audio]]:
        """The stems at their last level, in blocks of `BLOCK` and a rest."""
        balance, levels = self.balance, self._project.levels
        talking = Talking(self._lines, balance.line_db, self._speech_of, self.rate_hz, measuring.hear_line)
        voice_gain = np.float32(10 ** ((levels.dialogue_db + balance.master_db) / 20))
        lanes = {lane: self._lane(lane, balance) for lane in _LANES}
        tone = _room_tone(self.rate_hz)
        for start in range(0, self.samples, BLOCK):
            count = min(BLOCK, self.samples - start)
            dialogue = talking.block(start) * voice_gain
            dialogue += tone.take(np.arange(start, start + BLOCK) % tone.shape[1], axis=1)
            stems: dict[str, Audio] = {"dialogue": dialogue[:, :count]}
            for name, lane in lanes.items():
                stems[name] = lane.block(start, BLOCK)[:, :count]
            self._close(stems, start, count)
            yield stems

    def _heard_beds(self, gains_db: dict[str, float]) -> NDArray[np.float64]:
        """Ambience and music with these gains, as they sound together: energies, as many as `balanced` reckons with."""
        beds = [PlacedClip(clip, gains_db[clip.id]) for clip in self._clips if clip.id in gains_db]
        lanes = [
            PlayedLane(
                [bed for bed in beds if bed.clip.lane == lane],
                Ducker(self._lines_s, DUCKS[lane]),
                self._sound_of,
                self.rate_hz,
            )
            for lane in _LANES
        ]
        curve = LoudnessCurve(self.rate_hz, 2, peaks=False)
        samples = grid_hops(self.samples / self.rate_hz) * round(HOP_S * self.rate_hz)
        for start in range(0, samples, BLOCK):
            self._tick(0.0)
            together = sum((lane.block(start, BLOCK) for lane in lanes), np.zeros((2, BLOCK), np.float32))
            curve.add(together[:, : samples - start])
        return curve.steps()[:, 0]

    def _lane(self, lane: Lane, balance: Balance) -> PlayedLane:
        level_db = getattr(self._project.levels, f"{lane}_db") + balance.master_db
        clips = [clip for clip in self._clips if clip.lane == lane]
        placed = [PlacedClip(clip, balance.clip_db[clip.id] + clip.gain_db + level_db) for clip in clips]
        return PlayedLane(placed, Ducker(self._lines_s, DUCKS[lane]), self._sound_of, self.rate_hz)

    def _close(self, stems: dict[str, Audio], start: int, count: int) -> None:
        """Whatever still sounds at the very end is faded out, in place."""
        fade = min(self.samples, round(_LAST_S * self.rate_hz))
        first = max(0, self.samples - fade - start)
        if first < count and not self._target.voices_only:
            left = self.samples - start - np.arange(first, count)
            for stem in stems.values():
                stem[:, first:] *= (left / (fade + 1)).astype(np.float32)

    def _heard_line(self, placed: PlacedLine) -> HeardLine:
        mono, rate_hz = prepared_line(placed, self._speech_of)
        found = energies([mono], rate_hz, 1)
        return HeardLine(
            placed.line.id, placed.line.speaker, placed.start_s, mono.shape[1] / rate_hz,
            found[:, 0], found[:, 2], placed.offset_db, placed.room, placed.wet_db,
        )  # fmt: skip

    def _seconds(self, clip: Clip) -> float:
        return UNKNOWN_LENGTH_S if clip.end_s is None else clip.end_s - (clip.start_s or 0.0)

    def _heard_clip(self, clip: Clip, tick: Tick) -> HeardClip:
        assert clip.start_s is not None
        blocks = faded(clip, self._sound_of, self.rate_hz)
        found = energies(tapped(blocks, lambda block: tick(block.shape[1] / self.rate_hz)), self.rate_hz, 2)
        return HeardClip(clip.id, clip.lane, clip.start_s, found[:, 0], is_near(clip), clip.gain_db)

    @property
    def _lines_s(self) -> list[tuple[float, float]]:
        return [(placed.start_s, placed.line.end_s or placed.start_s) for placed in self._lines]

    def _told(self, measuring: Measuring, limiter: Limiter) -> MixReport:
        curve = measuring.mix
        curve.finish()
        loudness, peak = curve.loudness(), curve.true_peak()
        median, low = measuring.distances_db(self._lines_s)
        times_s = np.arange(0, self.samples / self.rate_hz, 0.05)
        sounding = {clip.lane for clip in self._clips}
        ducks = {lane: Ducker(self._lines_s, DUCKS[lane]).reduction_db(times_s) for lane in _LANES if lane in sounding}
        return MixReport(
            target=self._name,
            duration_s=self.samples / self.rate_hz,
            loudness_lufs=loudness.integrated,
            true_peak_dbtp=20 * math.log10(peak) if peak > 0 else None,
            range_lu=loudness.range_lu,
            dialogue_lufs=measuring.dialogue_lufs(),
            distance_median_db=median,
            distance_low_db=low,
            spread_lu=measuring.spread_lu(),
            duck_db={lane: float(reduction.min(initial=0.0)) for lane, reduction in ducks.items()},
            limited_db=min(limiter.lowest_db, default=0.0),
            unheard=self._unheard,
            acx=acx(curve, self.rate_hz) if self._target.voices_only else (),
        )


def _ready(limited: Audio, waiting: Audio, measuring: Measuring) -> Iterator[MixBlock]:
    """What the limiter has let go, beside the stems that it waited for."""
    count = limited.shape[1]
    if count:
        measuring.mix.add(limited)
        yield MixBlock(limited, {name: waiting[2 * n : 2 * n + 2, :count] for n, name in enumerate(STEMS)})


def _room_tone(rate_hz: int) -> Audio:
    """Some seconds of quiet noise that falls by 3 dB an octave and joins on to itself: float32 [2, samples], one in
    both channels."""
    samples = _TONE_S * rate_hz
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(samples))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)) / _TONE_S, 50.0))
    noise = np.fft.irfft(spectrum, samples)
    noise *= 10 ** (_ROOM_TONE_DB / 20) / np.sqrt(np.mean(np.square(noise)))
    return np.repeat(noise.astype(np.float32)[None], 2, axis=0)

"""Gains from what was measured: lines among each other, beds under voices, effects beside them, all to the target.

Everything is reckoned with the energies of tenths of a second, K-weighted as in BS.1770-4: a drama of ten hours is some
hundred thousand numbers, and no sound has to be held for it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.audio.loudness_curve import HOP_S, lufs, running_mean
from engine.drama.mix.ducking import Ducker
from engine.drama.mix.energies import loudness_lufs
from engine.drama.mix.levels import (
    CLEAR_DB,
    DUCKS,
    EFFECT_DB,
    LEAST_DB,
    MOST_APART_DB,
    MOST_DB,
    MOST_EFFECT_DB,
    SHORT_S,
    VOICE_LUFS,
    Target,
)
from engine.drama.project import Lane, Levels

Energies = NDArray[np.float32]
"""Mean squares of each tenth of a second, from a sound's own start."""
Grid = NDArray[np.float64]
"""The same from the drama's start."""

HeardBeds = Callable[[dict[str, float]], Grid]
"""Gains by clip -> the energies of ambience and music with these gains, as they sound together."""

_WINDOW = 30
_ROUNDS = 12
_ALIKE, _LEAST_IN_STEP = 0.5, 10
"""From what correlation of their steps, over how many at least, two sounds are heard together before they are mixed."""


@dataclass(frozen=True)
class HeardLine:
    """A line as it was measured. `offset_db`: how much louder than others it is to be. `wet_db`: the answer of its
    `room` against it."""

    id: str
    speaker: str
    start_s: float
    seconds: float
    weighted: Energies
    plain: Energies
    offset_db: float = 0.0
    room: str = ""
    wet_db: float = 0.0

    @property
    def loudness_lufs(self) -> float | None:
        return loudness_lufs(self.weighted)


@dataclass(frozen=True)
class HeardClip:
    """A clip as it was measured: with its fades, without any gain. `gain_db`: the user's."""

    id: str
    lane: Lane
    start_s: float
    weighted: Energies
    near: bool = False
    gain_db: float = 0.0


@dataclass
class Balance:
    """Gains in dB by id, of the whole on top."""

    line_db: dict[str, float] = field(default_factory=dict)
    clip_db: dict[str, float] = field(default_factory=dict)
    master_db: float = 0.0


def balanced(
    lines: Sequence[HeardLine],
    clips: Sequence[HeardClip],
    answers: dict[str, NDArray[np.float64]],
    levels: Levels,
    target: Target,
    duration_s: float,
    heard_beds: HeardBeds | None = None,
) -> Balance:
    """All gains. `answers`: how the energy of each room's answer is spread over tenths of a second. `heard_beds`
    measures what ambience and music are together: it is asked where they may be more than the sum of their energies."""
    hops = grid_hops(duration_s)
    line_db = line_gains_db(lines)
    dry, sends, plain, spoken = np.zeros(hops), dict[str, Grid](), np.zeros(hops), np.zeros(hops, bool)
    for line in lines:
        power = 10 ** (line_db[line.id] / 10)
        _place(dry, line.weighted, line.start_s, power)
        _place(plain, line.plain, line.start_s, power)
        spoken[math.floor(line.start_s / HOP_S) : math.ceil((line.start_s + line.seconds) / HOP_S)] = True
        if line.room:
            _place(
                sends.setdefault(line.room, np.zeros(hops)),
                line.weighted,
                line.start_s,
                power * 10 ** (line.wet_db / 10),
            )
    voices = dry + sum((np.convolve(send, answers[room])[:hops] for room, send in sends.items()), np.zeros(hops))
    centres_s: Grid = (np.arange(hops, dtype=np.float64) + 0.5) * HOP_S
    times_s = [(line.start_s, line.start_s + line.seconds) for line in lines]
    ducked = {lane: 10 ** (Ducker(times_s, duck).reduction_db(centres_s) / 10) for lane, duck in DUCKS.items()}
    clip_db = {clip.id: _effect_db(clip) for clip in clips if clip.lane == "effects"}
    beds = [clip for clip in clips if clip.lane != "effects"]
    bed_db, more = bed_gains_db(beds, voices, spoken, ducked), np.ones(hops)
    if heard_beds is not None and in_step(beds):
        more = _more_than_sum(heard_beds(bed_db), beds, bed_db, ducked)
        bed_db = bed_gains_db(beds, voices, spoken, ducked, more)
    clip_db |= bed_db
    total = voices * 10 ** (levels.dialogue_db / 10)
    stepping = {lane: np.zeros(hops) for lane in DUCKS}
    for clip in clips:
        level_db = clip_db[clip.id] + clip.gain_db + getattr(levels, f"{clip.lane}_db")
        _place(total if clip.near else stepping[clip.lane], clip.weighted, clip.start_s, 10 ** (level_db / 10))
    for lane, grid in stepping.items():
        total += grid * ducked[lane] * (1.0 if lane == "effects" else more)
    return Balance(line_db, clip_db, _master_db(total, plain, levels, target, duration_s))


def grid_hops(duration_s: float) -> int:
    """Tenths of a second that a drama is reckoned with: some more than it has."""
    return math.ceil(duration_s / HOP_S) + _WINDOW


def line_gains_db(lines: Sequence[HeardLine]) -> dict[str, float]:
    """What brings each line to its place: long ones by their own loudness, short ones as their speaker on average."""
    needs = {line.id: VOICE_LUFS - loudness for line in lines if (loudness := line.loudness_lufs) is not None}
    long = [line for line in lines if line.id in needs and line.seconds >= SHORT_S]
    known = long or [line for line in lines if line.id in needs]

    def mean_db(some: Sequence[HeardLine]) -> float | None:
        seconds = sum(line.seconds for line in some)
        return sum(needs[line.id] * line.seconds for line in some) / seconds if seconds else None

    overall = mean_db(known) or 0.0
    by_speaker: dict[str, list[HeardLine]] = {}
    for line in known:
        by_speaker.setdefault(line.speaker, []).append(line)
    means = {speaker: mean_db(some) for speaker, some in by_speaker.items()}
    measured = {line.id for line in long}
    gains = {}
    for line in lines:
        mean = means.get(line.speaker)
        mean = overall if mean is None else mean
        own = needs[line.id] if line.id in measured else mean
        gains[line.id] = line.offset_db + min(max(own, mean - MOST_APART_DB), mean + MOST_APART_DB)
    return gains


def distance_db(voices: Grid, beds: Grid, spoken: NDArray[np.bool_]) -> Grid:
    """How far the voices stand over the beds at each tenth of a second in which somebody speaks: both over 3 s around
    it (EBU Tech 3341's short-term window), of which only what is `spoken` counts. Infinite where there is no bed; NaN
    where nobody speaks."""
    heard, under = (_around(np.where(spoken, energy, 0.0)) for energy in (voices, beds))
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = 10 * np.log10(heard) - 10 * np.log10(np.maximum(under, 0.0))
    return np.where(spoken & (heard > 1e-12), distance, np.nan)


def in_step(clips: Sequence[HeardClip]) -> bool:
    """Whether two of them may be one sound heard twice at once: then amplitudes add up, not energies. Their energies
    rise and fall together from tenth to tenth of a second, which those of two sounds of one kind do not."""
    by_start = sorted(clips, key=lambda clip: clip.start_s)
    for place, one in enumerate(by_start):
        end_s = one.start_s + len(one.weighted) * HOP_S
        for other in by_start[place + 1 :]:
            if other.start_s >= end_s:
                break
            skipped = round((other.start_s - one.start_s) / HOP_S)
            both = [np.log(energies + 1e-12) for energies in (one.weighted[skipped:], other.weighted)]
            count = min(map(len, both))
            steps = [np.diff(levels[:count].astype(np.float64)) for levels in both]
            power = math.sqrt(float(np.square(steps[0]).sum() * np.square(steps[1]).sum()))
            if count > _LEAST_IN_STEP and power and float((steps[0] * steps[1]).sum()) > _ALIKE * power:
                return True
    return False


def _more_than_sum(
    measured: Grid, clips: Sequence[HeardClip], gains: dict[str, float], ducked: dict[Lane, Grid]
) -> Grid:
    """How many times as much energy was measured as was reckoned, smoothed; never less than once, and no more than
    there are sounds at once."""
    reckoned, at_once = np.zeros(len(measured)), np.zeros(len(measured))
    for clip in clips:
        own = np.zeros(len(measured))
        _place(own, clip.weighted, clip.start_s, 10 ** (gains[clip.id] / 10))
        reckoned += own * ducked[clip.lane]
        at_once += own > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.nan_to_num(_around(measured) / _around(reckoned), nan=1.0, posinf=1.0)
    return np.asarray(np.clip(found, 1.0, np.maximum(at_once, 1.0)))


def bed_gains_db(
    clips: Sequence[HeardClip],
    voices: Grid,
    spoken: NDArray[np.bool_],
    ducked: dict[Lane, Grid],
    more: Grid | None = None,
) -> dict[str, float]:
    """Each bed as loud as it may be by itself; then those that are heard together lower, until their sum is clear.
    `more`: how many times as much as the sum of their energies they are."""
    hops = len(voices)
    beds: dict[str, tuple[slice, Grid]] = {}
    gains: dict[str, float] = {}
    for clip in clips:
        first = max(0, math.floor(clip.start_s / HOP_S))
        where = slice(first, min(hops, first + len(clip.weighted) + 1))
        own = np.zeros(max(0, where.stop - first))
        _place(own, clip.weighted, clip.start_s - first * HOP_S, 1.0)
        own *= ducked[clip.lane][where]
        beds[clip.id] = where, own
        loudness = loudness_lufs(clip.weighted)
        # alone, as loud as it would be before it steps back: what is under a voice only as it fades is not turned up
        alone = 0.0 if loudness is None else VOICE_LUFS - CLEAR_DB + DUCKS[clip.lane].depth_db - loudness
        distance = _low(distance_db(voices[where], own, spoken[where]), own)
        gains[clip.id] = max(LEAST_DB, min(alone, MOST_DB, MOST_DB if distance is None else distance - CLEAR_DB))
    for _ in range(_ROUNDS):
        total = np.zeros(hops)
        for name, (where, own) in beds.items():
            total[where] += own * 10 ** (gains[name] / 10)
        distances = distance_db(voices, total if more is None else total * more, spoken)
        short = {
            name: CLEAR_DB - d for name, (where, own) in beds.items() if (d := _low(distances[where], own)) is not None
        }
        if max(short.values(), default=0.0) < 0.05:
            break
        gains = {name: max(LEAST_DB, gain - max(0.0, short.get(name, 0.0))) for name, gain in gains.items()}
    return gains


def _low(distances: Grid, own: Grid) -> float | None:
    """The tenth hundredth of those where the bed sounds."""
    counted = distances[(own > 0) & np.isfinite(distances)]
    return float(np.percentile(counted, 10)) if len(counted) else None


def _effect_db(clip: HeardClip) -> float:
    """What is shorter than 0.4 s counts as if silence followed."""
    momentary = lufs(running_mean(np.pad(clip.weighted.astype(np.float64), (3, 3)), 4))
    return min(EFFECT_DB, VOICE_LUFS + MOST_EFFECT_DB - float(momentary.max()))


def _master_db(total: Grid, plain: Grid, levels: Levels, target: Target, duration_s: float) -> float:
    if target.rms_db is not None:
        power = float(plain.sum()) * HOP_S / max(duration_s, HOP_S) * 10 ** (levels.dialogue_db / 10)
        wanted = target.rms_db - 10 * math.log10(power) if power > 0 else 0.0
    else:
        loudness = loudness_lufs(total)
        assert target.loudness_lufs is not None
        wanted = 0.0 if loudness is None else target.loudness_lufs - loudness
    return min(max(wanted, LEAST_DB), MOST_DB)


def _around(energy: Grid) -> Grid:
    """Sums over 3 s around each tenth of a second."""
    sums = np.concatenate([[0.0], np.cumsum(np.pad(energy, (_WINDOW // 2, _WINDOW - _WINDOW // 2)))])
    return np.asarray(np.maximum(0.0, sums[_WINDOW:-1] - sums[: -_WINDOW - 1]))


def _place(grid: Grid, energies: Energies, start_s: float, power: float) -> None:
    """Adds them where they belong, what lies between two tenths to both."""
    start = start_s / HOP_S
    first, share = math.floor(start), start - math.floor(start)
    for at, part in ((first, 1 - share), (first + 1, share)):
        skipped, count = max(0, -at), min(len(energies), len(grid) - at)
        if count > skipped and part:
            grid[at + skipped : at + count] += energies[skipped:count].astype(np.float64) * (power * part)

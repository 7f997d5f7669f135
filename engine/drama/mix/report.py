"""What a mix is, measured on what came out of it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.audio.block import Audio
from engine.audio.loudness_curve import HOP_S, LoudnessCurve, running_mean
from engine.drama.mix.balance import distance_db
from engine.drama.mix.energies import energies, loudness_lufs
from engine.drama.mix.levels import SHORT_S
from engine.drama.mix.voices import PlacedLine

ACX_RATE_HZ = 44_100
_SOUNDING_DB = -50.0
"""RMS of a tenth of a second over which ACX's room tone is over."""


@dataclass(frozen=True)
class AcxLimit:
    """A limit of "ACX Audio Submission Requirements" and what was measured; None as a bound is none."""

    name: str
    value: float
    lowest: float | None
    highest: float | None

    @property
    def passed(self) -> bool:
        return (self.lowest is None or self.value >= self.lowest) and (
            self.highest is None or self.value <= self.highest
        )


@dataclass(frozen=True)
class MixReport:
    """`distance_*_db`: how far the voices stand over ambience and music while somebody speaks, both over 3 s: the
    median, and what nine tenths of the time are over; None without either. `spread_lu`: between the loudest and the
    softest line of a speaker, what was meant aside. `duck_db`: how far each lane that sounds stepped back at most.
    `limited_db`: the most that the limiter took away. `unheard`: ids of clips without length or place in time."""

    target: str
    duration_s: float
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    range_lu: float | None
    dialogue_lufs: float | None
    distance_median_db: float | None
    distance_low_db: float | None
    spread_lu: dict[str, float]
    duck_db: dict[str, float]
    limited_db: float
    unheard: tuple[str, ...]
    acx: tuple[AcxLimit, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; numbers to hundredths."""
        values = asdict(self)
        values["acx"] = [{**asdict(limit), "passed": limit.passed} for limit in self.acx]
        plain: dict[str, Any] = _rounded(values)
        return plain


class Measuring:
    """What is measured while a mix is made: `mix` is fed by whoever makes it."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self.mix = LoudnessCurve(rate_hz, 2)
        self._voices, self._beds = (LoudnessCurve(rate_hz, 2, peaks=False) for _ in range(2))
        self._by_speaker: dict[str, list[float]] = {}

    def hear_line(self, placed: PlacedLine, sound: Audio) -> None:
        """A line with its gain, float32 [1, samples]."""
        if sound.shape[1] < SHORT_S * self._rate_hz:
            return
        loudness = loudness_lufs(energies([sound], self._rate_hz, 1)[:, 0])
        if loudness is not None:
            self._by_speaker.setdefault(placed.line.speaker, []).append(loudness - placed.offset_db)

    def hear_stems(self, stems: Mapping[str, Audio]) -> None:
        self._voices.add(stems["dialogue"])
        self._beds.add(stems["ambience"] + stems["music"])

    def dialogue_lufs(self) -> float | None:
        return self._voices.loudness().integrated

    def spread_lu(self) -> dict[str, float]:
        """Between the loudest and the softest line of each speaker."""
        return {speaker: max(found) - min(found) for speaker, found in self._by_speaker.items()}

    def distances_db(self, lines_s: Iterable[tuple[float, float]]) -> tuple[float | None, float | None]:
        """Median and tenth hundredth of how far the voices stand over the beds."""
        voices, beds = self._voices.steps()[:, 0], self._beds.steps()[:, 0]
        spoken = np.zeros(len(voices), bool)
        for start, end in lines_s:
            spoken[math.floor(start / HOP_S) : math.ceil(end / HOP_S)] = True
        found = distance_db(voices, beds, spoken & (beds > 0))
        found = found[np.isfinite(found)]
        return (float(np.median(found)), float(np.percentile(found, 10))) if len(found) else (None, None)


def acx(mix: LoudnessCurve, rate_hz: int) -> tuple[AcxLimit, ...]:
    """Every measurable limit, of the file that holds what `mix` has heard."""
    power = mix.steps()[:, 2:].mean(axis=1)
    level_db = 10 * np.log10(np.maximum(power, 1e-15))
    loud = np.flatnonzero(level_db > _SOUNDING_DB)
    first, last = (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (len(power), len(power))
    rms = float(mix.total()[2:].mean())
    quiet = running_mean(power, 5)
    return (
        AcxLimit("rms_db", _db(rms), -23.0, -18.0),
        AcxLimit("peak_db", 2 * _db(float(mix.sample_peaks.max())), None, -3.0),
        AcxLimit("noise_floor_db", _db(float(quiet.min()) if len(quiet) else 0.0), None, -60.0),
        AcxLimit("head_s", first * HOP_S, 0.5, 1.0),
        AcxLimit("tail_s", mix.samples / rate_hz - last * HOP_S, 1.0, 5.0),
        AcxLimit("rate_hz", rate_hz, ACX_RATE_HZ, ACX_RATE_HZ),
    )


def _db(power: float) -> float:
    return 10 * math.log10(max(power, 1e-15))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value

"""Reverberation heard blindly, from decays in the music itself.

A sound that has ended dies away no faster than its room: the steepest steady decays tell the most. Per octave, runs in
which the level sinks are fitted with a line (H. Löllmann et al., "An improved algorithm for blind reverberation time
estimation", IWAENC 2010, selects them alike); a low percentile of their times, and how well they agree, is what is
told. Long notes pass for long rooms, so that everything here comes with a confidence.
"""

import math

import numpy as np
from numpy.typing import NDArray

from engine.match.features import ReverbBand, Reverberation
from engine.match.spectrum import rounded

BANDS_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
_SHORTEST_S, _LONGEST_S = 0.1, 8.0
_DROP_DB = 12.0
"""Least drop of a decay that counts."""
_SKIP_DB = 3.0
"""Of its beginning that is left out: the end of the sound itself."""
_ENOUGH = 25
"""Decays in a band from which on more do not make it surer."""
_SHARE = 0.25
_EARLY_S, _LATE_S = 0.08, 0.3
_ONSET_DB = 6.0
_EDC_STEP_S, _EDC_STEPS = 0.025, 25


def listen(power: NDArray[np.floating], step_s: float) -> Reverberation:
    """`power` [frames, bands]: mean squares in `BANDS_HZ` every `step_s`."""
    bands = tuple(
        _band(f_hz, 10 * np.log10(column + 1e-14), step_s)
        for f_hz, column in zip(BANDS_HZ, power.T.astype(np.float64), strict=False)
    )
    middle = [b for b in bands if 500 <= b.f_hz <= 2000 and b.rt60_s is not None]
    weight = sum(b.confidence for b in middle)
    rt60_s = None
    if weight > 0:
        rt60_s = math.exp(sum(b.confidence * math.log(b.rt60_s or 1) for b in middle) / weight)
    late, edc = _onsets(power.sum(axis=1, dtype=np.float64), step_s)
    return Reverberation(
        rt60_s=None if rt60_s is None else round(rt60_s, 3),
        confidence=round(weight / 3, 3),
        late_to_early_db=None if late is None else round(late, 2),
        edc=edc,
        bands=bands,
    )


def _band(f_hz: float, level_db: NDArray[np.float64], step_s: float) -> ReverbBand:
    times = decays_s(level_db, step_s)
    if len(times) < 3:
        return ReverbBand(f_hz=f_hz, rt60_s=None, confidence=0.0)
    low, chosen, high = np.quantile(times, [0.1, _SHARE, 0.5])
    agreement = max(0.0, 1 - math.log(high / low) / math.log(4))
    confidence = min(1.0, len(times) / _ENOUGH) * agreement
    return ReverbBand(f_hz=f_hz, rt60_s=round(float(chosen), 3), confidence=round(confidence, 3))


def decays_s(level_db: NDArray[np.float64], step_s: float) -> NDArray[np.float64]:
    """The times for 60 dB of all steady decays in a level every `step_s`."""
    if len(level_db) < 8:
        return np.zeros(0)
    rises = np.flatnonzero(np.diff(level_db) > 0.2)
    starts, ends = np.concatenate([[0], rises + 1]), np.concatenate([rises, [len(level_db) - 1]])
    floor = np.percentile(level_db, 2) + 3
    found = []
    for start, end in zip(starts, ends, strict=True):
        if end - start < 4 or level_db[start] - level_db[end] < _DROP_DB:
            continue
        run = level_db[start : end + 1]
        run = run[(run <= run[0] - _SKIP_DB) & (run > floor)]
        if len(run) < 4 or run[0] - run[-1] < _DROP_DB - _SKIP_DB - 2:
            continue
        x = np.arange(len(run)) - (len(run) - 1) / 2
        slope = float(x @ run / (x @ x))
        rest = run - run.mean() - slope * x
        if slope < 0 and float(np.sqrt(np.mean(rest**2))) < 1.5:
            time_s = -60 * step_s / slope
            if _SHORTEST_S <= time_s <= _LONGEST_S:
                found.append(time_s)
    return np.array(found)


def _onsets(power: NDArray[np.float64], step_s: float) -> tuple[float | None, tuple[float | None, ...]]:
    """Late over early energy in dB and the mean decay after onsets in dB."""
    after = round((_EDC_STEP_S * _EDC_STEPS) / step_s) + 2
    level = 10 * np.log10(power + 1e-14)
    if len(level) < after + 4:
        return None, ()
    rise = level[2:] - level[:-2]
    loud = level[2:] > np.percentile(level, 50)
    peaks = np.flatnonzero((rise[1:-1] > _ONSET_DB) & (rise[1:-1] >= rise[:-2]) & (rise[1:-1] > rise[2:]) & loud[1:-1])
    starts = peaks + 3
    starts = starts[starts + after <= len(power)]
    if not len(starts):
        return None, ()
    pieces = power[starts[:, None] + np.arange(after)]
    shape = (pieces / np.maximum(pieces[:, :3].max(axis=1, keepdims=True), 1e-12)).mean(axis=0)
    early, late = max(1, round(_EARLY_S / step_s)), round(_LATE_S / step_s)
    ratio = 10 * math.log10(shape[early : late + 1].sum() / shape[:early].sum() + 1e-12)
    times = np.arange(_EDC_STEPS) * _EDC_STEP_S
    curve = np.interp(times, np.arange(after) * step_s, 10 * np.log10(shape + 1e-12))
    return ratio, rounded(curve, 2)

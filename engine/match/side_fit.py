"""How wide it is to be: the side signal's widths, and an equaliser of its own where four widths are not enough."""

import math

import numpy as np
from numpy.typing import NDArray

from engine.match.decision import Decisions
from engine.match.eq_fit import fit_eq
from engine.match.features import Features
from engine.match.processors.bands import band_shares
from engine.match.processors.equaliser import response_db
from engine.match.spectrum import bark, moved_db, weighted_median
from engine.match.style import MAX_WIDTH, MIN_WIDTH, EqBand, ReverbSettings, StereoBandSettings, StereoSettings

_WIDTH_BANDS = 4
_EVEN = 0.08
"""Widths that differ by less are one width."""
_NO_SIDE_DB = -60.0
_SOFT_DB = 80.0
"""What lies further below the mid signal's top is nothing to hear, beside it neither."""
_LEFT_DB = 1.0
"""Where widths leave less than this of the difference, there is no equaliser for the side signal."""
_MOST_CUT_DB, _MOST_LIFT_DB = 24.0, 18.0
"""As far as a side signal is lowered or raised: none at all is mono, and one lifted out of a codec's noise hisses."""

Power = NDArray[np.float64]
"""Of a signal at the fine places."""


def with_reverb(
    mid: NDArray[np.float64], side: NDArray[np.float64], reverb: ReverbSettings, reverb_power: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies of mid and side behind a reverb whose channels answer independently: half of it is mid."""
    wet = reverb.mix**2 * reverb_power * (mid + side) / 2
    dry = (1 - reverb.mix) ** 2
    return dry * mid + wet, dry * side + wet


def fit_side(
    reference: Features,
    target: Features,
    fitted: Power,
    level_db: float,
    semitones: float,
    side_change_db: float,
    reverb: ReverbSettings | None,
    reverb_power: Power | None,
    decisions: Decisions,
    *,
    alike: bool,
) -> tuple[StereoSettings | None, tuple[EqBand, ...]]:
    """Widths, and the side equaliser's bands, that bring the target's side signal to the reference's.

    `fitted` is what the equaliser does to both signals at the fine places, in dB, `level_db` how much louder than that
    the mid signal is to get, `side_change_db` what the transposition by `semitones` does to the side signal alone. As
    long as widths in up to four bands leave little over there are no bands. Else there is one width for all: what
    differs from frequency to frequency is then the equaliser's. `alike`: both hold the same performance, so that they
    can be compared place by place.
    """
    if target.stereo is None or reference.stereo is None:
        decisions.add("width", "stereo", "width_mono", 1)
        return None, ()
    f_hz = np.array(target.fine.f_hz)
    lift = 10 ** (fitted / 10)
    mid, side = (
        10 ** (moved_db(np.array(v), semitones) / 10) * lift for v in (target.fine.mid_db, target.fine.side_db)
    )
    side = side * 10 ** (side_change_db / 10)
    if reverb is not None and reverb_power is not None:
        mid, side = with_reverb(mid, side, reverb, reverb_power)
    their_mid, their_side = (10 ** (np.array(v) / 10) for v in (reference.fine.mid_db, reference.fine.side_db))
    if their_side.sum() <= 10 ** (_NO_SIDE_DB / 10) * their_mid.sum():  # two equal channels are mono, too
        decisions.add("width", "stereo", "width_mono", 1)
        return None, ()
    if side.sum() <= 10 ** (_NO_SIDE_DB / 10) * mid.sum():
        decisions.add("width", "stereo", "width_no_side", 1)
        return None, ()
    whole = math.sqrt(their_side.sum() / their_mid.sum() / (side.sum() / mid.sum()))
    stereo, factors = _widths(f_hz, mid, side, their_mid, their_side, whole, alike)
    wanted, weight = _wanted(f_hz, mid, side, their_mid, their_side, level_db)
    left_db = _rms(wanted - 20 * np.log10(factors), weight)
    bands: tuple[EqBand, ...] = ()
    if left_db > _LEFT_DB:
        stereo, bands = _equalised(f_hz, wanted, weight, target.rate_hz, side, whole)
    given = (
        math.sqrt(float(side @ _gain(bands, target.rate_hz, f_hz) * stereo.width**2 / side.sum())) if bands else whole
    )
    confidence = 0.9 if bands or MIN_WIDTH <= given <= MAX_WIDTH else 0.5
    decisions.add("width", "stereo", "width_matched", confidence, width=whole)
    if bands:
        decisions.add("width", "side_eq", "side_fitted", 0.7, left_db=left_db)
    return stereo, bands


def _rms(difference_db: Power, weight: Power) -> float:
    return math.sqrt(float(weight @ difference_db**2) / max(1e-9, float(weight.sum())))


def _gain(bands: tuple[EqBand, ...], rate_hz: int, f_hz: Power) -> Power:
    return 10 ** (response_db(bands, rate_hz, f_hz) / 10)


def _wanted(
    f_hz: Power, mid: Power, side: Power, their_mid: Power, their_side: Power, level_db: float
) -> tuple[Power, Power]:
    """What the side signal lacks in each critical band, in dB beside `level_db`, and how much each place counts."""
    z = bark(f_hz)
    critical = np.maximum(0, 1 - np.abs(z[:, None] - z))
    ours, theirs = (np.maximum(power @ critical, 1e-12) for power in (side, their_side))
    floor, their_floor = (10 ** (-_SOFT_DB / 10) * (power @ critical).max() for power in (mid, their_mid))
    weight = np.gradient(z) / np.gradient(z).max()
    weight *= np.clip(10 * np.log10(np.maximum(ours / floor, theirs / their_floor)) / 10, 0, 1)
    wanted = 10 * np.log10(np.maximum(theirs, their_floor) / np.maximum(ours, floor)) - level_db
    # where the energy is, there is the width; the rest is tone, in which each critical band counts alike
    weight += their_side / their_side.max()
    return np.clip(wanted, -_MOST_CUT_DB, _MOST_LIFT_DB), weight


def _equalised(
    f_hz: Power, wanted: Power, weight: Power, rate_hz: int, side: Power, whole: float
) -> tuple[StereoSettings, tuple[EqBand, ...]]:
    """One width, and the bands for what it leaves; together they give the side signal the energy that it lacks."""
    lowest_db, highest_db = (20 * math.log10(width) for width in (MIN_WIDTH, MAX_WIDTH))
    fit = fit_eq(f_hz, wanted, weight, rate_hz)
    offset_db = min(highest_db, max(lowest_db, fit.offset_db))
    short_db = 0.0
    for _ in range(2):
        if offset_db != fit.offset_db:
            fit = fit_eq(f_hz, wanted + short_db, weight, rate_hz, offset_db=offset_db)
        gained = math.sqrt(float(side @ _gain(fit.bands, rate_hz, f_hz) / side.sum()))
        width = min(MAX_WIDTH, max(MIN_WIDTH, whole / gained))
        short_db += 20 * math.log10(whole / gained / width)
        if abs(short_db) < 0.1:
            break
        offset_db = 20 * math.log10(width)  # what a width may not give, the bands do
    return StereoSettings(width=round(width, 3)), fit.bands


def _widths(
    f_hz: Power, mid: Power, side: Power, their_mid: Power, their_side: Power, whole: float, alike: bool
) -> tuple[StereoSettings, Power]:
    """The factors alone, and what they are at the fine places."""
    edges = _width_edges(f_hz, mid, side, their_mid, their_side)
    shares = band_shares(edges, f_hz)
    ours, theirs = (shares @ s / np.maximum(shares @ m, 1e-12) for s, m in ((side, mid), (their_side, their_mid)))
    weight = shares @ side
    if alike:
        # of the same music an equaliser changes both signals of each place alike, and of a band's sums it does not
        each = np.sqrt(their_side * mid / np.maximum(side * their_mid, 1e-24))
        raw = np.array([weighted_median(each, share * side) for share in shares])
        even = weighted_median(each, side)
    else:
        raw = np.sqrt(theirs / np.maximum(ours, 1e-12))
        even = float(np.exp(np.sum(weight * np.log(np.maximum(raw, 1e-3))) / weight.sum()))
    uneven = math.sqrt(float(np.sum(weight * np.log(np.maximum(raw, 1e-3) / even) ** 2) / weight.sum()))
    if uneven < _EVEN:
        width = float(np.clip(even, MIN_WIDTH, MAX_WIDTH))
        return StereoSettings(width=round(width, 3)), np.full(len(f_hz), width)
    widths = np.clip(raw, MIN_WIDTH, MAX_WIDTH)
    for _ in range(0 if alike else 4):  # what a clamped band cannot give, the others do, as far as they may
        gained = math.sqrt(float(np.sum(shares.T @ widths**2 * side) / side.sum()))
        widths = np.clip(widths * whole / gained, MIN_WIDTH, MAX_WIDTH)
    bands = tuple(
        StereoBandSettings(high_hz=edge, width=round(float(width), 3))
        for edge, width in zip([*edges, None], widths, strict=True)
    )
    return StereoSettings(bands=bands), shares.T @ widths


def _width_edges(
    f_hz: NDArray[np.float64],
    mid: NDArray[np.float64],
    side: NDArray[np.float64],
    their_mid: NDArray[np.float64],
    their_side: NDArray[np.float64],
) -> list[float]:
    """Where to part at most four bands so that one width in each comes nearest to what every critical band wants."""
    z = bark(f_hz)
    centres = np.arange(1.0, z[-1])
    critical = np.maximum(0, 1 - np.abs(centres[:, None] - z))
    ours, theirs = (critical @ s / np.maximum(critical @ m, 1e-12) for s, m in ((side, mid), (their_side, their_mid)))
    wanted = 10 * np.log10((theirs + 1e-9) / (ours + 1e-9))
    allowed = (20 * math.log10(MIN_WIDTH), 20 * math.log10(MAX_WIDTH))
    count = len(wanted)

    def cost(low: int, high: int) -> float:
        level = float(np.clip(wanted[low:high].mean(), *allowed))
        return float(np.sum((wanted[low:high] - level) ** 2))

    costs = {(a, b): cost(a, b) for a in range(count) for b in range(a + 2, count + 1)}
    best: list[dict[int, tuple[float, tuple[int, ...]]]] = [{b: (costs[0, b], ()) for b in range(2, count + 1)}]
    for _ in range(_WIDTH_BANDS - 1):
        last = best[-1]
        best.append(
            {
                b: min((last[a][0] + costs[a, b], (*last[a][1], a)) for a in last if (a, b) in costs)
                for b in range(2, count + 1)
                if any((a, b) in costs for a in last)
            }
        )
    chosen = next(row[count] for row in reversed(best) if count in row)[1]
    edges = [round(float(np.interp((centres[a - 1] + centres[a]) / 2, z, f_hz)), 1) for a in chosen]
    return [edge for edge in edges if edge > 60]

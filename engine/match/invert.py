"""From what was heard to what to do: `invert_params`, every decision with its reason."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from engine.match.align import Pair, reverb_density
from engine.match.decision import Decision, Decisions
from engine.match.eq_fit import MAX_GAIN_DB
from engine.match.features import Features, OctaveDynamics
from engine.match.noise import Bounds
from engine.match.pitch_track import transposition
from engine.match.processors.equaliser import response_db
from engine.match.side_fit import fit_side, with_reverb
from engine.match.spectrum import bark, moved_db, rounded
from engine.match.style import (
    CompressorBand,
    CompressorSettings,
    EqBand,
    ExciterSettings,
    LimiterSettings,
    LoudnessTarget,
    Pitch,
    ReverbSettings,
    StyleParams,
)

Mode = Literal["A", "B"]
"""A: both are the same performance, aligned and compared by transfer function. B: only the style is taken."""

CEILING_DBTP = -1.0
"""What streaming services ask for; a reference that goes further is followed, up to full scale."""
_QUIET_DB = 70.0
"""What lies further below a spectrum's top is not equalised: there is nothing but noise."""
_COMPRESSOR_EDGES_HZ = (200.0, 2500.0)
_LEAST_SPREAD_DB = 1.5
_SINE_DB = 3.01
"""Spectra are told against a sine's power, compressor thresholds against a square's."""
_CONFIDENT = 0.25
_MOST_MIX = 0.35


class EqCurve(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)
    f_hz: tuple[float, ...]
    wanted_db: tuple[float, ...] = Field(description="The difference that was heard, around 0.")
    fitted_db: tuple[float, ...] = Field(description="What the bands do.")
    weight: tuple[float, ...] = Field(description="How much each place counted, 0 to 1.")
    residual_db: float = Field(description="Weighted root mean square of what the bands leave.")


class Inversion(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)
    style: StyleParams
    decisions: tuple[Decision, ...]
    eq_curve: EqCurve


def invert_params(reference: Features, target: Features, mode: Mode = "B", *, pair: Pair | None = None) -> Inversion:
    """The style that brings `target` to `reference`.

    `pair` is what `engine.match.align.compare` found, demanded in mode A: raises ValueError without it.
    """
    if mode == "A" and pair is None:
        raise ValueError("mode A compares the sounds themselves: give `pair`")
    decisions = Decisions()
    pitch = _pitch(reference, target, pair, decisions)
    f_hz = np.array(target.fine.f_hz)
    reverb = _reverb(reference, target, pair, decisions)
    reverb_power = None if reverb is None else reverb_density(reverb, target.rate_hz)
    semitones = 0.0 if pitch is None else pitch.semitones
    wanted, weight = _difference(reference, target, pair, semitones, reverb, reverb_power)
    bounds = Bounds(target)
    fit = bounds.fitted(f_hz, wanted, weight)
    fitted = response_db(fit.bands, target.rate_hz, f_hz)
    confidence = float(np.clip(weight.mean() * (1 - fit.residual_db / 12), 0, 1))
    decisions.add("tone", "eq", "eq_fitted" if fit.bands else "eq_alike", confidence, residual_db=fit.residual_db)
    if bounds.holds_back(f_hz, wanted):
        decisions.add("tone", "eq", "eq_noise", confidence)
    headroom_db = bounds.left_db(fit.bands)
    compressor = None if mode == "A" else _compressor(reference, target, fit.bands, headroom_db, decisions)
    stereo, side_eq = fit_side(
        reference,
        target,
        fitted,
        fit.offset_db,
        semitones,
        0.0 if pair is None or pitch is None else pair.side_change_db,
        reverb,
        reverb_power,
        decisions,
        alike=pair is not None,
    )
    stereo, side_eq = bounds.held(fit.bands, side_eq, stereo)
    style = StyleParams(
        alignment=None if pair is None else pair.alignment(),
        pitch=pitch,
        eq=fit.bands,
        side_eq=side_eq,
        compressor=compressor,
        exciter=_exciter(reference, target, wanted, fitted, weight, decisions),
        reverb=reverb,
        stereo=stereo,
        lufs=_lufs(reference, target, decisions),
        limiter=_limiter(reference, decisions),
    )
    return Inversion(
        style=style,
        decisions=tuple(decisions),
        eq_curve=EqCurve(
            f_hz=rounded(f_hz),
            wanted_db=rounded(wanted - fit.offset_db),
            fitted_db=rounded(fitted),
            weight=rounded(weight),
            residual_db=round(fit.residual_db, 3),
        ),
    )


def _difference(
    reference: Features,
    target: Features,
    pair: Pair | None,
    semitones: float,
    reverb: ReverbSettings | None,
    reverb_power: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What is to be added in dB at each fine place, up to a constant, and how much that place counts."""
    f_hz = np.array(target.fine.f_hz)
    ours, theirs = np.array(target.fine.mid_db), np.array(reference.fine.mid_db)
    # the pitch moves before the equaliser hears it; fine places are a semitone apart
    ours = moved_db(ours, semitones)
    weight = _audible(ours) * _audible(theirs) * _faded(f_hz, min(target.rate_hz, reference.rate_hz))
    if pair is None:
        # other music has other notes: only what a critical band holds is a matter of style, each band counting alike
        z = bark(f_hz)
        critical = np.maximum(0, 1 - np.abs(z[:, None] - z))
        wanted = 10 * np.log10((10 ** (theirs / 10) @ critical) / (10 ** (ours / 10) @ critical))
        density = np.gradient(z)
        weight = weight * (0.2 + 0.8 * density / density.max())
    else:
        wanted = _smooth(theirs) - _smooth(ours)
    if reverb is not None and reverb_power is not None:
        # what the room adds to the mid signal is not the equaliser's to add
        mid, side = (10 ** (moved_db(np.array(v), semitones) / 10) for v in (target.fine.mid_db, target.fine.side_db))
        wanted = wanted - 10 * np.log10(with_reverb(mid, side, reverb, reverb_power)[0] / np.maximum(mid, 1e-12))
    elif pair is not None and pair.gain_db:
        sure = np.array(pair.coherence)
        wanted = np.where(sure > 0.5, np.array(pair.gain_db), wanted)
        weight = weight * np.clip(0.2 + sure, 0, 1)
        # soft as it is, what both have in common is signal
        faded = _faded(f_hz, min(target.rate_hz, reference.rate_hz))
        weight = np.maximum(weight, 0.4 * np.clip((sure - 0.8) / 0.15, 0, 1) * faded * (ours > -110))
    if weight.sum() <= 0:
        return np.zeros_like(wanted), weight
    middle = float(np.sum(weight * wanted) / np.sum(weight))
    return middle + np.clip(wanted - middle, -MAX_GAIN_DB, MAX_GAIN_DB), weight


def _smooth(level_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bands of 1/6 octave to about 1/3 octave, as power."""
    power = np.pad(10 ** (level_db / 10), 1, mode="edge")
    return np.asarray(10 * np.log10(0.25 * power[:-2] + 0.5 * power[1:-1] + 0.25 * power[2:]))


def _audible(level_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where there is signal, falling to 0 over the 10 dB above `_QUIET_DB` below the top."""
    return np.asarray(np.clip((level_db - level_db.max() + _QUIET_DB) / 10, 0, 1) * (level_db > -110))


def _faded(f_hz: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Nothing below 25 Hz and above 18 kHz or 45 % of the rate; in between everything."""
    top = min(18_000.0, 0.45 * rate_hz)
    low, high = np.log2(f_hz / 25) / math.log2(40 / 25), np.log2(top / f_hz) / math.log2(18 / 15)
    return np.clip(np.minimum(low, high), 0, 1)


def _pitch(reference: Features, target: Features, pair: Pair | None, decisions: Decisions) -> Pitch | None:
    if pair is not None:
        semitones, confidence, reason = pair.semitones, pair.pitch_confidence, "pitch_aligned"
    else:
        ours, theirs = target.f0, reference.f0
        if ours is None or theirs is None:
            return None
        found = transposition(ours, theirs)
        if found is None:
            decisions.add("pitch", "pitch", "pitch_unvoiced", 0)
            return None
        semitones = found
        confidence, reason = min(ours.voiced_share, theirs.voiced_share), "pitch_median"
    if abs(semitones) > 3 or confidence < _CONFIDENT:
        decisions.add("pitch", "pitch", "pitch_too_far", confidence, semitones=semitones)
        return None
    if abs(semitones) < 0.03:
        decisions.add("pitch", "pitch", "pitch_alike", confidence, semitones=semitones)
        return None
    decisions.add("pitch", "pitch", reason, confidence, semitones=semitones)
    return Pitch(semitones=round(semitones, 3))


def _compressor(
    reference: Features, target: Features, eq: tuple[EqBand, ...], headroom_db: float, decisions: Decisions
) -> CompressorSettings | None:
    """Bands in which the target's loud parts rise further above its median than the reference's do.

    What makes up for the gain that loud parts lose lifts the noise of the pauses: by `headroom_db` at most.
    """
    ours = {band.f_hz: band for band in target.dynamics.bands}
    theirs = {band.f_hz: band for band in reference.dynamics.bands}
    edges = [*_COMPRESSOR_EDGES_HZ, None]
    bands, most = [], 0.0
    low = 0.0
    for high in edges:
        inside = [f for f in ours if f in theirs and low <= f < (high or math.inf)]
        sides = [ours[f] for f in inside], [theirs[f] for f in inside]
        bands.append(_compressor_band(high, *sides, eq, target.rate_hz, headroom_db))
        most = max(most, bands[-1].ratio)
        low = high or 0.0
    if most <= 1:
        decisions.add("dynamics", "compressor", "dynamics_alike", 0.6)
        return None
    decisions.add("dynamics", "compressor", "dynamics_wider", 0.6, ratio=most)
    return CompressorSettings(bands=tuple(bands))


def _compressor_band(
    high_hz: float | None,
    ours: list[OctaveDynamics],
    theirs: list[OctaveDynamics],
    eq: tuple[EqBand, ...],
    rate_hz: int,
    headroom_db: float,
) -> CompressorBand:
    idle = CompressorBand(high_hz=high_hz, threshold_db=0.0, ratio=1.0)
    if not ours or max(b.level_db for b in ours) < -80 or max(b.level_db for b in theirs) < -80:
        return idle
    share = np.array([10 ** (b.level_db / 10) for b in ours])
    share /= share.sum()
    spread = float(share @ [b.spread_db for b in ours])
    requested = float(share @ [b.spread_db for b in theirs])
    if spread - requested < _LEAST_SPREAD_DB or spread < 3:
        return idle
    ratio = min(4.0, spread / max(1.5, requested))
    lift = float(share @ response_db(eq, rate_hz, np.array([b.f_hz for b in ours])))
    level_db = 10 * math.log10(sum(10 ** (b.level_db / 10) for b in ours)) + lift - _SINE_DB
    # loud parts make the mean: the median lies about half the spread below it
    threshold_db = min(0.0, max(-80.0, level_db - spread / 2))
    above_db = max(0.0, level_db - threshold_db)
    if (1 - 1 / ratio) * above_db > headroom_db:
        ratio = 1 / (1 - headroom_db / above_db)
    makeup_db = min(12.0, (1 - 1 / ratio) * above_db)
    return CompressorBand(
        high_hz=high_hz,
        threshold_db=round(threshold_db, 2),
        ratio=round(ratio, 2),
        attack_ms=20 if high_hz and high_hz <= 200 else 10,
        release_ms=200 if high_hz and high_hz <= 200 else 120,
        makeup_db=round(makeup_db, 2),
    )


def _exciter(
    reference: Features,
    target: Features,
    wanted: NDArray[np.float64],
    fitted: NDArray[np.float64],
    weight: NDArray[np.float64],
    decisions: Decisions,
) -> ExciterSettings | None:
    """Where the reference has treble and the target has nothing that could be lifted."""
    f_hz = np.array(target.fine.f_hz)
    ours, theirs = np.array(target.fine.mid_db), np.array(reference.fine.mid_db)
    top = (f_hz > 9000) & (f_hz < min(16_000, 0.45 * min(target.rate_hz, reference.rate_hz)))
    if not top.any() or weight.sum() <= 0:
        return None
    level = float(np.sum(weight * (theirs - ours)) / weight.sum())
    missing = float(np.mean((theirs - ours - level - fitted)[top]))
    if missing < 8 or float(np.mean(_audible(theirs)[top])) < 0.5:
        return None
    amount = float(np.clip((missing - 8) / 24, 0.05, 0.4))
    decisions.add("tone", "exciter", "treble_missing", 0.4, missing_db=missing)
    return ExciterSettings(from_hz=4000.0, drive_db=12.0, amount=round(amount, 3))


def _reverb(reference: Features, target: Features, pair: Pair | None, decisions: Decisions) -> ReverbSettings | None:
    if pair is not None:
        found = pair.reverb
        if found is None or found.confidence < _CONFIDENT:
            decisions.add("space", "reverb", "no_room_between", 0 if found is None else found.confidence)
            return None
        settings = found.settings
        decisions.add("space", "reverb", "room_between", found.confidence, rt60_s=settings.rt60_s, mix=settings.mix)
        return settings
    ours, theirs = target.reverb, reference.reverb
    rt60_s, confidence = theirs.rt60_s, theirs.confidence
    if rt60_s is None or theirs.late_to_early_db is None or ours.late_to_early_db is None:
        decisions.add("space", "reverb", "room_unheard", 0)
        return None
    more = 10 ** (theirs.late_to_early_db / 10) - 10 ** (ours.late_to_early_db / 10)
    wetter_db = theirs.late_to_early_db - ours.late_to_early_db
    if wetter_db < 2:
        decisions.add("space", "reverb", "room_alike" if wetter_db > -2 else "room_drier", confidence)
        return None
    if confidence < _CONFIDENT:
        decisions.add("space", "reverb", "room_unsure", confidence, rt60_s=rt60_s)
        return None
    rt60_s = min(10.0, max(0.1, rt60_s))
    share = math.exp(-13.8 * 0.08 / rt60_s) - math.exp(-13.8 * 0.3 / rt60_s)
    relation = math.sqrt(more / max(0.05, share))
    mix = min(_MOST_MIX * confidence, relation / (1 + relation))
    decisions.add("space", "reverb", "room_wetter", confidence, rt60_s=rt60_s, mix=mix, late_db=wetter_db)
    return ReverbSettings(rt60_s=round(rt60_s, 3), mix=round(mix, 3), pre_delay_ms=10.0)


def _lufs(reference: Features, target: Features, decisions: Decisions) -> LoudnessTarget | None:
    requested, own = reference.lufs.integrated, target.lufs.integrated
    if requested is None or own is None:
        decisions.add("loudness", "lufs", "loudness_unheard", 0)
        return None
    decisions.add("loudness", "lufs", "loudness_matched", 1, target_db=requested, own_db=own)
    return LoudnessTarget(target_db=round(min(-5.0, max(-50.0, requested)), 2))


def limiter_for(reference: Features) -> LimiterSettings:
    """The reference's crest factor under `CEILING_DBTP`, or under its own true peak where that lies higher."""
    own = reference.tp_db if reference.tp_db is not None else CEILING_DBTP
    return LimiterSettings(tp_db=round(min(0.0, max(CEILING_DBTP, own)), 2), crest_db=reference.dynamics.crest_db)


def _limiter(reference: Features, decisions: Decisions) -> LimiterSettings:
    limiter = limiter_for(reference)
    decisions.add("dynamics", "limiter", "ceiling", 1, tp_db=limiter.tp_db, crest_db=reference.dynamics.crest_db)
    return limiter

"""`bench upscale-quality`: how near `harmonic` comes to the treble that was taken away, against doing nothing new.

CC0 music from npm is low-passed at 4, 8, 11 and 16 kHz and restored. Compared are log-spectral distances above the
cut-off, up to where the music's own files end (20 kHz): `harmonic`, plain resampling (the low-passed clip brought down
to twice its cut-off and up again), and zero-fill (nothing at all above the cut-off). `better` is the share of clips in
which ours is nearer than both. `low_band_db` is the worst change below the splice, `peak_gain_db` the most by which a
clip's peak rose, and the others compare what rings or hisses with the original's treble: `flux_ratio` (how much the
spectrum moves) and `crest_difference_db` (how far single tones stand out). Times: `ours_s` is the engine, `peer_s`
the resampling. Options: `--tracks 30` of each package at most, `--seconds 5`,
`--packages all`.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.music import tracks
from engine.audio.resample import resample
from engine.upscale.harmonic import Harmonic
from engine.upscale.splice import OCTAVES, filtered, high_pass, low_pass, splice_hz
from engine.upscale.stream import faded

CUTOFFS_HZ = (4000, 8000, 11_000, 16_000)
RATE_HZ, END_HZ = 48_000, 20_000
SIZE, HOP = 2048, 512
FLOOR_DB = -120.0


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench upscale-quality")
    parser.add_argument("--tracks", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--packages", default="all")
    asked = parser.parse_args(arguments)
    music = tracks()
    names = list(music) if asked.packages == "all" else asked.packages.split(",")
    rows: list[dict[str, Any]] = []
    for package in names:
        found = music[package]
        for track in found[:: max(1, len(found) // asked.tracks)][: asked.tracks]:
            clip = _clip(track, asked.seconds)
            rows += [_compared(clip, cutoff_hz) for cutoff_hz in CUTOFFS_HZ]
    by_cutoff = {cutoff: [row for row in rows if row["cutoff_hz"] == cutoff] for cutoff in CUTOFFS_HZ}
    return {
        "ours_s": round(sum(row["ours_s"] for row in rows), 2),
        "peer_s": round(sum(row["peer_s"] for row in rows), 2),
        "clips": len(rows),
        "better": round(_better(rows), 3),
        "low_band_db": round(max(row["low_band_db"] for row in rows), 1),
        "peak_gain_db": round(max(row["peak_gain_db"] for row in rows), 2),
        "cutoffs": {
            cutoff: {
                "better": round(_better(found), 3),
                **{
                    name: round(float(np.mean([row[name] for row in found])), 2)
                    for name in ("harmonic", "resampled", "zero_fill", "flux_ratio", "crest_difference_db")
                },
            }
            for cutoff, found in by_cutoff.items()
        },
    }


def _better(rows: list[dict[str, Any]]) -> float:
    return float(np.mean([row["harmonic"] < min(row["resampled"], row["zero_fill"]) for row in rows]))


def _clip(track: Path, seconds: float) -> np.ndarray:
    """Seconds from the middle, float32 [2, samples] at RATE_HZ."""
    rate_hz, length = soundfile.info(track).samplerate, soundfile.info(track).frames
    count = round(seconds * rate_hz)
    start = max(0, (length - count) // 2)
    sound, _ = soundfile.read(track, start=start, frames=count, dtype="float32", always_2d=True)
    return resample(np.ascontiguousarray(sound.T), rate_hz, RATE_HZ)


def _compared(clip: np.ndarray, cutoff_hz: int) -> dict[str, Any]:
    low = filtered(clip, low_pass(cutoff_hz, RATE_HZ))
    began = time.perf_counter()
    estimate = Harmonic().restore(
        low, cutoff_hz=cutoff_hz, peak=float(np.abs(low).max()), seed=1, tick=lambda share: None
    )
    taps = high_pass(cutoff_hz, RATE_HZ)
    added = np.concatenate(list(faded(iter([estimate - low]), low.shape[1], len(taps))), axis=1)
    made = low + filtered(added, taps)
    ours_s = time.perf_counter() - began
    began = time.perf_counter()
    plain = resample(resample(low, RATE_HZ, 2 * cutoff_hz), 2 * cutoff_hz, RATE_HZ)[:, : clip.shape[1]]
    peer_s = time.perf_counter() - began
    start_hz = cutoff_hz * 2**OCTAVES if cutoff_hz * 2**OCTAVES < END_HZ - 1000 else cutoff_hz
    original, ours, resampled = (_levels_db(sound, start_hz) for sound in (clip, made, plain))
    below = low_pass(splice_hz(cutoff_hz)[0] / 2**OCTAVES, RATE_HZ)
    changed, kept = filtered(made - low, below), filtered(low, below)
    return {
        "cutoff_hz": cutoff_hz, "ours_s": ours_s, "peer_s": peer_s,
        "harmonic": _distance_db(original, ours), "resampled": _distance_db(original, resampled),
        "zero_fill": _distance_db(original, np.full_like(original, FLOOR_DB)),
        "low_band_db": float(10 * np.log10(max(np.square(changed).sum() / np.square(kept).sum(), 1e-20))),
        "peak_gain_db": float(20 * np.log10(np.abs(made).max() / np.abs(low).max())),
        "flux_ratio": _flux_db(ours) / max(_flux_db(original), 1e-3),
        "crest_difference_db": _crest_db(ours) - _crest_db(original),
    }  # fmt: skip


def _levels_db(sound: np.ndarray, from_hz: float) -> np.ndarray:
    """Short-time spectra from `from_hz` to END_HZ, dB of full scale: [channels, frames, bins]."""
    window = np.hanning(SIZE + 1)[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(sound, SIZE, axis=1)[:, ::HOP]
    low, high = (round(hz * SIZE / RATE_HZ) for hz in (from_hz, END_HZ))
    power = np.square(np.abs(np.fft.rfft(frames * window, axis=2))[..., low:high] * 2 / window.sum())
    return np.asarray(10 * np.log10(power + 10 ** (FLOOR_DB / 10)))


def _distance_db(one: np.ndarray, other: np.ndarray) -> float:
    """Log-spectral distance: the mean over time of the root mean square difference over frequency."""
    return float(np.sqrt(np.square(one - other).mean(axis=2)).mean())


def _flux_db(levels: np.ndarray) -> float:
    """How much the level of the treble moves from frame to frame."""
    return float(np.abs(np.diff(levels.mean(axis=2), axis=1)).mean())


def _crest_db(levels: np.ndarray) -> float:
    """How far the 99th hundredth of the bins stands over the middle one."""
    return float((np.percentile(levels, 99, axis=2) - np.median(levels, axis=2)).mean())

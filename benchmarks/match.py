"""`bench match`: pairs of tracks of different genres, ours against matchering 2.0.6, in one run.

matchering is GPL-3.0 and never part of the product. `peer_s` and `ours_s` are each the time from two WAV files of
five minutes to the matched WAV, after a warm-up of both: the median of five, in turns. Then each pair of excerpts is
matched by both, and both results are measured with the same meters against the reference: bark spectrum, loudness,
crest factor, width; `closer` is the share of pairs in which ours is nearer, `closer_pairs` the share in which it is
nearer in all four, `overs` counts results whose true peak (libebur128) lies over the ceiling: the style's for ours, 0
dBTP for the peer, which has none. Options: `--pairs 20`, `--seconds 60`, `--minutes 5`.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from benchmarks.music import in_turn
from engine.audio.block import Audio
from engine.audio.decode import blocks
from engine.audio.loudness import measure as levels
from engine.match.analyze import analyze_features
from engine.match.features import Features
from engine.match.invert import invert_params
from engine.match.metrics import Distance, distance
from engine.match.params import MatchParams, settled
from engine.match.render import Report, render

NEEDS = ("bench",)
"""What `./run.sh bench` installs for it."""

RATE_HZ = 44_100
"""The peer's own: it would have to resample anything else."""
PARAMS = MatchParams(source="track:" + 32 * "0", reference="track:" + 32 * "1")
TURNS = 5
MEASURES = ("bark_dist", "lufs_err", "crest_err_db", "width_err")


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench match")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--minutes", type=float, default=5)
    asked = parser.parse_args(arguments)
    chosen = in_turn(2 * asked.pairs + 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side, track in (("target", chosen[0]), ("reference", chosen[1])):
            _write(folder / f"{side}.wav", _excerpt(track, asked.minutes * 60))
            _write(folder / f"short_{side}.wav", _excerpt(track, 20))
        taken: dict[str, list[float]] = {"ours_s": [], "peer_s": []}
        for does in (ours, peer):
            does(folder / "short_target.wav", folder / "short_reference.wav", folder / "result.wav")
        for _ in range(TURNS):
            for name_of, does in (("ours_s", ours), ("peer_s", peer)):
                started = time.perf_counter()
                does(folder / "target.wav", folder / "reference.wav", folder / "result.wav")
                taken[name_of].append(time.perf_counter() - started)
        times = {name_of: round(float(np.median(turns)), 3) for name_of, turns in taken.items()}
        print(times, flush=True)
        rows = [_pair(folder, chosen[2 * n + 1], chosen[2 * n + 2], asked.seconds) for n in range(asked.pairs)]
    wins = {m: np.mean([row["ours"][m] <= row["peer"][m] for row in rows]) for m in MEASURES}
    return {
        **times,
        "pairs": len(rows),
        "closer": {m: round(float(share), 3) for m, share in wins.items()},
        "closer_pairs": round(
            float(np.mean([all(row["ours"][m] <= row["peer"][m] for m in MEASURES) for row in rows])), 3
        ),
        "overs": {"ours": sum(row["ours_over"] for row in rows), "peer": sum(row["peer_over"] for row in rows)},
        "mean": {
            tool: {m: round(float(np.mean([row[tool][m] for row in rows])), 3) for m in MEASURES}
            for tool in ("before", "ours", "peer")
        },
        "acceptance": {
            "stft_down": round(1 - _mean(rows, "ours", "stft_dist") / _mean(rows, "before", "stft_dist"), 3),
            "mel_down": round(1 - _mean(rows, "ours", "mel_dist") / _mean(rows, "before", "mel_dist"), 3),
            "lufs_within_half": round(float(np.mean([row["ours"]["lufs_err"] <= 0.5 for row in rows])), 3),
        },
    }


def _mean(rows: list[dict[str, Any]], tool: str, name: str) -> float:
    return float(np.mean([row[tool][name] for row in rows]))


def _excerpt(track: Path, seconds: float) -> Audio:
    """From the middle; a track that is too short goes round."""
    sound, rate_hz = soundfile.read(track, dtype="float32")
    sound = soxr.resample(sound, rate_hz, RATE_HZ, "HQ")
    count = round(seconds * RATE_HZ)
    if len(sound) >= count:
        start = (len(sound) - count) // 2
        return np.ascontiguousarray(sound[start : start + count].T)
    return np.ascontiguousarray(np.tile(sound, (-(-count // len(sound)), 1))[:count].T)


def _write(path: Path, audio: Audio) -> None:
    soundfile.write(path, np.clip(audio, -1, 1).T, RATE_HZ, subtype="PCM_24")


def _read(path: Path) -> Audio:
    return np.ascontiguousarray(soundfile.read(path, dtype="float32")[0].T)


def ours(target: Path, reference: Path, result: Path) -> float:
    """The product's own steps with its default parameters; both sounds are heard at the same time.

    Returns the ceiling in dBTP.
    """
    with ThreadPoolExecutor(2) as pool:
        heard = list(pool.map(_hear, (reference, target)))
    style = settled(invert_params(heard[0], heard[1]).style, PARAMS, heard[1].lufs.integrated)
    report = Report()
    with soundfile.SoundFile(result, "w", RATE_HZ, 2, "PCM_24") as file:
        for block in render(blocks(target), RATE_HZ, 2, style, report=report, scratch_dir=result.parent):
            file.write(block.T)
    assert report.ceiling_dbtp is not None
    return report.ceiling_dbtp


def _hear(path: Path) -> Features:
    return analyze_features(blocks(path), RATE_HZ, 2)


def peer(target: Path, reference: Path, result: Path) -> None:
    import matchering

    matchering.process(target=str(target), reference=str(reference), results=[matchering.pcm24(str(result))])


def _pair(folder: Path, target: Path, reference: Path, seconds: float) -> dict[str, Any]:
    """Both tools on excerpts of two tracks."""
    paths = {name: folder / f"{name}.wav" for name in ("target", "reference", "ours", "peer")}
    _write(paths["target"], _excerpt(target, seconds))
    _write(paths["reference"], _excerpt(reference, seconds))
    ceiling_dbtp = ours(paths["target"], paths["reference"], paths["ours"])
    peer(paths["target"], paths["reference"], paths["peer"])
    heard = {name: analyze_features(_read(path), RATE_HZ, 2) for name, path in paths.items()}
    far: dict[str, Distance] = {
        name: distance(heard[of], heard["reference"])
        for name, of in (("before", "target"), ("ours", "ours"), ("peer", "peer"))
    }
    peaks = {name: levels(_read(paths[name]), RATE_HZ).true_peak_dbtp or -120.0 for name in ("ours", "peer")}
    row: dict[str, Any] = {
        **{name: value.model_dump() for name, value in far.items()},
        "ours_over": peaks["ours"] > ceiling_dbtp,
        "peer_over": peaks["peer"] > 0.0,
    }
    print(
        f"{target.stem} -> {reference.stem}:",
        *(f"{m} {row['before'][m]}/{row['ours'][m]}/{row['peer'][m]}" for m in MEASURES),
        f"{peaks['ours']:.2f} {peaks['peer']:.2f} dBTP",
        flush=True,
    )
    return row

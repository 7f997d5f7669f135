"""`bench upscale-hours`: a very long file through the whole `/upscale` command: bounded memory, no join to be heard.

CC0 music from npm, one track after the other, low-passed at 8 kHz, as a stereo FLAC file of 44.1 kHz, goes through
`webui.py upscale` as a user would start it. `ours_s` is the command's wall time and `peer_s` the sound's length, so
that `ratio` is the speed against real time. `largest_mb` is the most memory that any of its processes held.
`low_band_db` compares the result with the source below the splice. The treble's level is read in frames of 50 ms; its
flux is how much it moves from frame to frame. `join_flux` and `flux` are the means of the largest flux in the second of
a join and in every other second, `joins_over_p99` the share of joins above the 99th hundredth of the others.
Options: `--hours 2`, `--format flac`, `--model harmonic`.
"""

import argparse
import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile

from benchmarks.music import RATE_HZ as MUSIC_HZ
from benchmarks.music import in_turn
from engine.audio.block import Audio, regroup
from engine.audio.decode import blocks
from engine.audio.layouts import STEREO
from engine.audio.resample import Resampler
from engine.upscale.harmonic import Harmonic
from engine.upscale.splice import Filter, high_pass, low_pass, splice_hz
from engine.upscale.stream import OVERLAP_S, Excerpt, Restoration, UpscaleSource

CUTOFF_HZ = 8000.0
SOURCE_HZ, TARGET_HZ = 44_100, 48_000
GAIN = 0.7
"""So that the low-pass's ripples do not clip."""
FRAME = TARGET_HZ // 20
PROJECT = Path(__file__).resolve().parent.parent


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench upscale-hours")
    parser.add_argument("--hours", type=float, default=2)
    parser.add_argument("--format", default="flac")
    parser.add_argument("--model", default="harmonic")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "hours.flac"
        samples = _write(source, round(asked.hours * 3600 * SOURCE_HZ))
        record, wall_s, largest_mb = _run(source, Path(name) / "out", asked.format, asked.model)
        made = Path(name) / "out" / "audio" / record["file"]
        wanted = (2 * samples * TARGET_HZ + SOURCE_HZ) // (2 * SOURCE_HZ)
        found = soundfile.info(made)
        return {
            "ours_s": round(wall_s, 1), "peer_s": round(samples / SOURCE_HZ, 1), "largest_mb": largest_mb,
            "samples": found.frames, "samples_wanted": wanted, "channels": found.channels,
            "rate_hz": found.samplerate, "details": record["details"], **_compared(source, made, samples, record),
        }  # fmt: skip


def _write(path: Path, samples: int) -> int:
    def music() -> Iterator[Audio]:
        for track in itertools.cycle(in_turn(60)):
            yield from (GAIN * block for block in blocks(track))

    dull = Filter(low_pass(CUTOFF_HZ, MUSIC_HZ)).chain(2).stream(regroup(music()))
    left = samples
    with soundfile.SoundFile(path, "w", SOURCE_HZ, 2, subtype="PCM_16") as file:
        for block in Resampler(MUSIC_HZ, SOURCE_HZ, 2).stream(dull):
            file.write(block[:, :left].T)
            left -= min(left, block.shape[1])
            if not left:
                break
    return samples


def _run(source: Path, output: Path, form: str, model: str) -> tuple[dict[str, Any], float, int]:
    """The record, seconds, and the most that one process of the command held, MiB."""
    command = [sys.executable, str(PROJECT / "webui.py"), "upscale", "--source", str(source), "--seed", "1"]
    command += ["--model", model, "--format", form, "--output", str(output), "--json"]
    began, largest = time.monotonic(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                largest = max(largest, *(p.memory_info().rss for p in [root, *root.children(recursive=True)]))
            time.sleep(0.25)
        assert process.stdout is not None
        told = process.stdout.read()
    if process.returncode:
        raise RuntimeError("the command failed")
    return json.loads(told.splitlines()[-1]), time.monotonic() - began, largest >> 20


def _compared(source: Path, made: Path, samples: int, record: dict[str, Any]) -> dict[str, Any]:
    details = record["details"]
    below = low_pass(splice_hz(details["cutoff_hz"])[0] / 2 ** (1 / 6), TARGET_HZ)
    keep, change = (Filter(below).chain(2).flow() for _ in range(2))
    treble = Filter(high_pass(1.2 * details["cutoff_hz"], TARGET_HZ)).chain(2).flow()
    before = regroup(Resampler(SOURCE_HZ, TARGET_HZ, 2).stream(blocks(source)), FRAME * 20)
    low = changed = 0.0
    powers: list[np.ndarray] = []
    rest = np.zeros((2, 0), np.float32)
    for old, new in zip(before, regroup(blocks(made), FRAME * 20), strict=True):
        low += float(np.square(keep.add(old), dtype=np.float64).sum())
        changed += float(np.square(change.add(new - old), dtype=np.float64).sum())
        rest = np.concatenate([rest, treble.add(new)], axis=1)
        whole = rest.shape[1] // FRAME * FRAME
        powers.append(np.square(rest[:, :whole]).reshape(2, -1, FRAME).mean(axis=(0, 2)))
        rest = rest[:, whole:]
    level_db = 10 * np.log10(np.maximum(np.concatenate(powers), 1e-9))
    seconds = np.abs(np.diff(level_db))[: (len(level_db) - 1) // 20 * 20].reshape(-1, 20).max(axis=1)
    plan = UpscaleSource(source, Excerpt(), SOURCE_HZ, STEREO, samples, 1.0, details["cutoff_hz"], None)
    windows = Restoration(plan, Harmonic(), TARGET_HZ, details["cutoff_hz"], details["window_s"], 1).windows()
    joins = np.unique([round((start / TARGET_HZ + OVERLAP_S / 2) - 0.5) for start, _ in windows[1:]])
    joins = joins[joins < len(seconds)].astype(int)
    others = np.delete(seconds, joins)
    return {
        "low_band_db": round(10 * float(np.log10(max(changed / low, 1e-20))), 1),
        "joins": len(joins), "join_flux_db": round(float(seconds[joins].mean()), 2),
        "flux_db": round(float(others.mean()), 2), "flux_p99_db": round(float(np.percentile(others, 99)), 2),
        "joins_over_p99": round(float((seconds[joins] > np.percentile(others, 99)).mean()), 3),
        "join_flux_most_db": round(float(seconds[joins].max()), 2), "flux_most_db": round(float(others.max()), 2),
    }  # fmt: skip

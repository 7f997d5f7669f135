"""`bench sections`: how often the sections of the composer's pieces are found where the score has them.

`near` and `exact`: F-measure, precision and recall of the boundaries within 3 s and 0.5 s, beginning and end of the
piece left out; `labels`: F-measure of pairs of moments that have one label; `plain`: the boundaries within 0.5 s if
each fourth bar began a section; `ratio`: seconds of music over seconds of a core, tempo and chroma not counted.
Options: `--pieces 40`; `--first 40`, the number of the first: the figures of `engine/tag/sections` were chosen by those
before; `--models DIR`, with the weights of the tempo and a SoundFont if it shall be heard.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.audio.resample import resample
from engine.generate.composer.genres import GENRES
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.models.ensure import ensure
from engine.tag.harmony.ear import HarmonyListener
from engine.tag.harmony.spectrum import RATE_HZ
from engine.tag.sections.form import sections_in
from engine.tag.tempo.beatnet import BeatNet
from engine.tag.tempo.fuse import pulse_of
from engine.tag.tempo.tempocnn import TempoCnn
from tests.fake_job import FakeJob

NEEDS = ("test",)
_STEP_S = 0.5


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench sections")
    parser.add_argument("--pieces", type=int, default=40)
    parser.add_argument("--first", type=int, default=40)
    parser.add_argument("--models", type=Path)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    near, exact, plain, labels, music_s, took_s = [], [], [], [], 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        job = FakeJob(Path(folder))
        job.models_dir = asked.models or job.models_dir
        tempocnn, beatnet = TempoCnn(ensure("tempocnn", job)[0]), BeatNet(ensure("beatnet", job))
        for engine in (tempocnn, beatnet):
            engine.load(job)
        for number in range(asked.first, asked.first + asked.pieces):
            form, sound = _piece(number, job)
            listeners = tempocnn.listener(), beatnet.listener(), HarmonyListener()
            for listener in listeners:
                listener.add(resample(sound[None], RATE_HZ, listener.rate_hz)[0])
            pulse, texture = pulse_of(listeners[0].result(), listeners[1].result()), listeners[2].result().texture
            downbeats = pulse.downbeats_s if pulse else ()
            begun = time.process_time()
            found = sections_in(texture, downbeats)
            took_s += time.process_time() - begun
            music_s += texture.duration_s
            right, heard = np.array([start for start, _ in form]), np.array([one.start_s for one in found])
            near.append(f_measure(right[1:], heard[1:], 3.0))
            exact.append(f_measure(right[1:], heard[1:], 0.5))
            plain.append(f_measure(right[1:], np.array(downbeats[2::4]), 0.5))
            moments = np.arange(0, texture.duration_s, _STEP_S)
            pairs = [_alike(starts, names, moments) for starts, names in
                     ((right, [name for _, name in form]), (heard, [one.label for one in found]))]  # fmt: skip
            labels.append(2 * (pairs[0] & pairs[1]).sum() / (pairs[0].sum() + pairs[1].sum()))
    figures = {"near": near, "exact": exact, "plain": plain}
    return {
        "pieces": asked.pieces,
        **{name: np.round(np.mean(rows, axis=0), 3).tolist() for name, rows in figures.items()},
        "labels": round(float(np.mean(labels)), 3),
        "peer_s": music_s,
        "ours_s": took_s,
    }


def _piece(number: int, job: FakeJob) -> tuple[list[tuple[float, str]], NDArray[np.float32]]:
    """Where which section begins, and the sound at RATE_HZ, of 60 to 150 s, one genre after the other."""
    job.tracks.clear()
    duration = 60.0 + 90 * (number * 0.618 % 1)
    run(GenerateParams(prompt=sorted(GENRES)[number % len(GENRES)], duration=duration, seed=5000 + number), job)
    form = [(one["start_s"], one["name"]) for one in job.tracks[0]["details"]["form"]]
    return form, np.asarray(job.tracks[0]["audio"]).mean(axis=0, dtype=np.float32)


def f_measure(
    right_s: NDArray[np.float64], heard_s: NDArray[np.float64], within_s: float
) -> tuple[float, float, float]:
    """F-measure, precision and recall; each boundary counts once."""
    left, hits = right_s.tolist(), 0
    for moment in heard_s:
        nearest = min(left, key=lambda one: abs(one - moment), default=None)
        if nearest is not None and abs(nearest - moment) <= within_s:
            left.remove(nearest)
            hits += 1
    return (
        2 * hits / max(1, len(right_s) + len(heard_s)),
        hits / max(1, len(heard_s)),
        hits / max(1, len(right_s)),
    )


def _alike(starts_s: NDArray[np.float64], labels: Sequence[str], moments_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For each pair of moments whether they have one label."""
    if not len(starts_s):
        return np.zeros((len(moments_s), len(moments_s)), bool)
    held = np.array(labels)[np.searchsorted(starts_s, moments_s + 1e-9) - 1]
    return np.asarray(np.triu(held[:, None] == held, 1))

"""`bench tempo`: how often tempo and bars of the composer's pieces are heard right, by `/tag` and by its own reference.

For each, `exact`: share of the pieces within 2 % of the score's tempo; `octave`: or of its half or double; and for
`/tag` `error_percent`: median of those that are exact; `downbeats`: mean F-measure within 70 ms; `least_confident`:
tenth percentile; `times_real_time`: seconds of music over seconds of a core; `ratio`: the reference's seconds of a core
over those of `/tag`. Options: `--pieces 41`; `--first 0`, the number of the first; `--models DIR`, with the weights and
a SoundFont if it shall be heard.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.audio.resample import resample
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import RATE_HZ, Composer
from engine.generate.composer.genres import GENRES
from engine.generate.composer.reference import RATE_HZ as REFERENCE_HZ
from engine.generate.composer.reference import _tempo
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score
from engine.models.ensure import ensure
from engine.tag.tempo.beatnet import BeatNet
from engine.tag.tempo.fuse import pulse_of
from engine.tag.tempo.tempocnn import TempoCnn
from tests.fake_job import FakeJob

NEEDS = ("test",)
_NEAR = 0.02


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench tempo")
    parser.add_argument("--pieces", type=int, default=41)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--models", type=Path)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        job = FakeJob(Path(folder))
        job.models_dir = asked.models or job.models_dir
        tempocnn, beatnet = TempoCnn(ensure("tempocnn", job)[0]), BeatNet(ensure("beatnet", job))
        for engine in (tempocnn, beatnet):
            engine.load(job)
        own, reference, right = list[float](), list[float](), list[float]()
        downbeats, confident, seconds, took, peer_took = list[float](), list[float](), 0.0, 0.0, 0.0
        for score, sound in pieces(asked.first, asked.pieces, job):
            begun = time.process_time()
            listeners = tempocnn.listener(), beatnet.listener()
            for listener in listeners:
                listener.add(resample(sound, RATE_HZ, listener.rate_hz)[0])
            pulse = pulse_of(listeners[0].result(), listeners[1].result())
            took += time.process_time() - begun
            seconds += sound.shape[1] / RATE_HZ
            right.append(score.tempo_bpm)
            own.append(pulse.bpm if pulse else 0.0)
            begun = time.process_time()
            reference.append(_tempo(resample(sound, RATE_HZ, REFERENCE_HZ)[0]) or 0.0)
            peer_took += time.process_time() - begun
            downbeats.append(f_measure(bars_of(score, sound.shape[1]), np.array(pulse.downbeats_s if pulse else ())))
            confident.append(pulse.confidence if pulse else 0.0)
    errors = [abs(heard / bpm - 1) for heard, bpm in zip(own, right, strict=True)]
    return {
        "tag": shares(own, right)
        | {
            "error_percent": round(100 * float(np.median([error for error in errors if error < _NEAR])), 3),
            "downbeats": round(float(np.mean(downbeats)), 3),
            "least_confident": round(float(np.percentile(confident, 10)), 3),
            "times_real_time": round(seconds / took),
        },
        "reference": shares(reference, right),
        "peer_s": round(peer_took, 2),
        "ours_s": round(took, 2),
    }


def pieces(first: int, count: int, job: FakeJob) -> Iterator[tuple[Score, NDArray[np.float32]]]:
    """Scores and their sounds [1, samples] at RATE_HZ, of 12 to 30 s, one genre after the other."""
    composer = job.engine("composer", Composer)
    for number in range(first, first + count):
        duration_s = 12 + 18 * (number * 0.618 % 1)
        genre = sorted(GENRES)[number % len(GENRES)]
        piece = composer.play(compose(genre, duration_s, Sampling(1000 + number)), duration_s, job)
        yield piece.score, piece.audio.mean(axis=0, keepdims=True, dtype=np.float32)


def bars_of(score: Score, samples: int) -> NDArray[np.float64]:
    """When the bars of a score begin, in seconds."""
    last = min(score.end, int(samples / RATE_HZ * score.metre.beat_ticks * score.tempo_bpm / 60))
    return np.array([score.sample_at(tick, RATE_HZ) / RATE_HZ for tick in range(0, last, score.metre.bar_ticks)])


def f_measure(right_s: NDArray[np.float64], heard_s: NDArray[np.float64]) -> float:
    hits = sum(bool(np.abs(right_s - moment).min() < 0.07) for moment in heard_s)
    return 2 * hits / (len(right_s) + len(heard_s))


def shares(heard: Sequence[float], right: Sequence[float]) -> dict[str, float]:
    ratios = np.array(heard) / np.array(right)
    exact = np.abs(ratios - 1) < _NEAR
    octave = np.min([np.abs(ratios * factor - 1) for factor in (0.5, 1, 2)], axis=0) < _NEAR
    return {"exact": round(float(exact.mean()), 3), "octave": round(float(octave.mean()), 3)}

"""`bench tag`: all that `/tag` hears of a piece of music by default, against the usual tools one after the other.

Ours decodes the file once and resamples it once a rate: gate, tags, tempo and beats, key and chords, measures,
fingerprint. The peer is what a script does with librosa for less than that: `librosa.load` at 16 kHz and musicnn's
network on librosa's mel spectrogram, `load` at 22,050 Hz with `beat_track`, `chroma_cqt`, `spectral_centroid` and
`onset_detect`. They take turns on the same file with the same cores. `times_real_time`: seconds of music over seconds
on the clock, `core_times_real_time`: over seconds of a core; `peak_mb`: the largest memory of the process, MiB.
Options: `--seconds 240`; `--rounds 1`; `--models DIR`; `--hours 0`: instead listen alone to so many hours, for the
memory.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import soundfile
import torch

from engine.generate.composer.composition import compose
from engine.generate.composer.engine import RATE_HZ, Composer
from engine.generate.composer.sampling import Sampling
from engine.models.device import threads_of_torch
from engine.models.ensure import ensure
from engine.settings import Settings
from engine.tag.ears import Ears, wanted
from engine.tag.facts import TrackFacts
from engine.tag.findings import facts_of
from engine.tag.listener import listen
from engine.tag.musicnn.checkpoint import read
from engine.tag.musicnn.network import network
from engine.tag.params import TagParams
from tests.fake_job import FakeJob

NEEDS = ("test",)
PARAMS = TagParams(source="track:" + "0" * 32)
PIECE_S = 60


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench tag")
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--models", type=Path, default=Settings().models)
    parser.add_argument("--hours", type=float, default=0)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        job = FakeJob(Path(name))
        job.models_dir = asked.models
        files = {model: ensure(model, job) for model in wanted(PARAMS, job.models_dir)}
        ears = Ears.of(files)
        ears.load(job)
        seconds = asked.hours * 3600 or asked.seconds
        path = _music(Path(name), seconds, job)
        heard(ears, _music(Path(name), 10, job))  # so that what is made at the first use is there
        if asked.hours:
            took, _ = _timed(lambda: heard(ears, path))
            return {"hours": asked.hours, "times_real_time": round(seconds / took, 1), "peak_mb": _peak_mb()}
        peer = Peer(files["musicnn"])
        ours = [_timed(lambda: heard(ears, path)) for _ in range(asked.rounds)]
        peak_mb = _peak_mb()
        theirs = [_timed(lambda: peer.hear(path)) for _ in range(asked.rounds)]
    (ours_s, core_s), (peer_s, peer_core_s) = min(ours), min(theirs)
    return {
        "ours_s": round(ours_s, 2),
        "peer_s": round(peer_s, 2),
        "times_real_time": round(seconds / ours_s, 1),
        "core_times_real_time": round(seconds / core_s, 1),
        "peer_core_s": round(peer_core_s, 2),
        "peak_mb": peak_mb,
    }


def heard(ears: Ears, path: Path) -> TrackFacts:
    """All that `/tag` says of a file by default."""
    listeners = ears.listeners(soundfile.info(path).duration)
    with threads_of_torch(1):
        listen(path, listeners.all(), lambda block: None)
    return facts_of(listeners, PARAMS, None)


class Peer:
    """The same by scripts: a decode for each tool, the whole sound in memory."""

    def __init__(self, musicnn: Sequence[Path]) -> None:
        self._networks = [network(read(*musicnn[at : at + 2])) for at in (0, 2)]

    def hear(self, path: Path) -> None:
        sound, _ = librosa.load(path, sr=16_000)
        mel = librosa.feature.melspectrogram(y=sound, sr=16_000, n_fft=512, hop_length=256, n_mels=96, fmax=8000)
        frames = np.log10(1 + 10_000 * mel.T.astype(np.float32))
        windows = torch.from_numpy(np.stack(np.split(frames[: len(frames) // 187 * 187], len(frames) // 187)))
        with torch.inference_mode():
            for model in self._networks:
                model(windows)
        sound, rate = librosa.load(path, sr=22_050)
        librosa.beat.beat_track(y=sound, sr=rate)
        librosa.feature.chroma_cqt(y=sound, sr=rate)
        librosa.feature.spectral_centroid(y=sound, sr=rate)
        librosa.onset.onset_detect(y=sound, sr=rate)


def _music(folder: Path, seconds: float, job: FakeJob) -> Path:
    """A composed piece as FLAC, over and over, stereo."""
    path, rest = folder / f"music-{seconds:g}.flac", round(seconds * RATE_HZ)
    piece_s = min(PIECE_S, seconds)
    played = job.engine("composer", Composer).play(compose("pop rock, 120 bpm", piece_s, Sampling(3)), piece_s, job)
    sound = np.ascontiguousarray(played.audio.T, np.float32)
    with soundfile.SoundFile(path, "w", RATE_HZ, 2) as file:
        while rest > 0:
            file.write(sound[:rest])
            rest -= len(sound)
    return path


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of all threads."""
    clock, core = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - core


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

"""`bench split`: a minute of music taken apart by htdemucs, ours against `demucs.api.Separator`, in one run.

Both have the same weights (the real ones where they are on disk or can be had, else random ones), the same windows and
overlap, and the same cores; they take turns. `ours_s` is the engine and the streams around it with `--precision`,
`fp32_s` the same in 32 bits. `cpu_s` counts the seconds of all threads, which other programs on the machine stretch
less. With real weights the mixture is composed, its stems are known, and `sdr_db` holds the signal to distortion ratio
of each: `peer`, `fp32` and `ours`. Options: `--seconds 60`, `--precision auto`, `--rounds 1`, `--device cpu`,
`--batch N`.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from demucs.api import Separator

from engine.audio.scratch_audio import ScratchAudio
from engine.errors import AppError
from engine.fetch.params import FetchParams
from engine.fetch.run import run as fetch
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import Composer
from engine.generate.composer.sampling import Sampling
from engine.models.catalogue import MODELS
from engine.models.device import resolve_device
from engine.models.ensure import located
from engine.settings import Settings
from engine.split.demucs.engine import DemucsSeparator
from engine.split.models import DEMUCS, STEMS
from engine.split.stream import Separation, examine
from engine.upstream.demucs.checkpoint import HTDEMUCS_ARGUMENTS, htdemucs
from engine.upstream.demucs.from_onnx import state_of
from tests.fake_job import FakeJob

RATE_HZ = 44_100
"""Of the model and of the composer."""
PROMPT = "pop rock with drums, bass, piano and a flute melody, 110 bpm"


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench split")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=None)
    asked = parser.parse_args(arguments)
    device = resolve_device(asked.device)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = FakeJob(folder)
        job.models_dir, job.device = Settings().models, device
        real = _weights(job)
        known = _mixture(job, asked.seconds)
        mix = np.sum(list(known.values()), axis=0)
        soundfile.write(folder / "mix.wav", mix.T, RATE_HZ, subtype="FLOAT")
        peer = _peer(job, folder, device)
        engines = {
            p: DemucsSeparator(MODELS["htdemucs"], located("htdemucs", job.models_dir), p)
            for p in dict.fromkeys(["fp32", asked.precision])
        }
        for engine in engines.values():
            engine.load(job)
        deeds: dict[str, Callable[[], dict[str, np.ndarray]]] = {
            "peer": lambda: {n: s.numpy() for n, s in peer.separate_tensor(torch.from_numpy(mix))[1].items()},
            **{p: lambda e=e: _ours(e, folder / "mix.wav", asked.batch) for p, e in engines.items()},  # type: ignore[misc]
        }
        took: dict[str, float] = {}
        busy: dict[str, float] = {}
        heard: dict[str, dict[str, np.ndarray]] = {}
        for _ in range(asked.rounds):
            for who, deed in deeds.items():
                began, worked = time.perf_counter(), time.process_time()
                heard[who] = deed()
                wall_s, cpu_s = time.perf_counter() - began, time.process_time() - worked
                took[who], busy[who] = min(took.get(who, wall_s), wall_s), min(busy.get(who, cpu_s), cpu_s)
    ours = asked.precision
    facts = engines[ours].facts
    return {
        "ours_s": round(took[ours], 2),
        "peer_s": round(took["peer"], 2),
        "fp32_s": round(took["fp32"], 2),
        "fp32_ratio": round(took["peer"] / took["fp32"], 2),
        "cpu_s": {who: round(seconds, 1) for who, seconds in busy.items()},
        "cpu_ratio": round(busy["peer"] / busy[ours], 2),
        "precision": facts["precision"],
        "runtime": facts["runtime"],
        "device": device,
        "threads": torch.get_num_threads(),
        "seconds": asked.seconds,
        "weights": "real" if real else "random",
        **({"sdr_db": {who: _sdrs(known, heard[who]) for who in deeds}} if real else {}),
    }


def _weights(job: FakeJob) -> bool:
    """Real weights in the models folder, or random ones of the same shape in a folder of their own."""
    if not located("htdemucs", job.models_dir):
        try:
            fetch(FetchParams(model="htdemucs"), job)
        except AppError:
            from demucs.htdemucs import HTDemucs

            job.models_dir = job.temp_dir / "models"
            (job.models_dir / "htdemucs").mkdir(parents=True)
            torch.manual_seed(0)
            _package(HTDemucs(**HTDEMUCS_ARGUMENTS), job.models_dir / "htdemucs" / "955717e8.th")
            return False
    return True


def _package(network: Any, path: Path) -> None:
    """As Demucs keeps a network on disk."""
    torch.save(
        {"klass": type(network), "args": (), "kwargs": HTDEMUCS_ARGUMENTS, "state": network.state_dict()}, path
    )  # fmt: skip


def _peer(job: FakeJob, folder: Path, device: str) -> Separator:
    """The package's own separator with the same weights; `shifts=0` is our one pass."""
    there = job.models_dir / "htdemucs"
    if not (there / "955717e8.th").exists():
        _package(htdemucs(state_of(there / "htdemucs.onnx")), folder / "955717e8.th")
        there = folder
    return Separator("955717e8", repo=there, device=device, shifts=0, overlap=DEMUCS.overlap)


def _ours(engine: DemucsSeparator, path: Path, batch: int | None) -> dict[str, np.ndarray]:
    size = 1 if engine.facts["device"] == "cpu" else batch or DEMUCS.batch
    source = examine(path, ScratchAudio(path.parent), lambda samples: None)
    made = Separation(source, engine, DEMUCS, engine.window, DEMUCS.overlap, 1, size)
    stems = np.concatenate(list(made.stems(lambda windows: None)), axis=-1)
    return dict(zip(engine.sources, stems, strict=True))


def _mixture(job: FakeJob, seconds: float) -> dict[str, np.ndarray]:
    """Composed stems by their names, float32 [2, samples]; a tune on its own stands for the voice."""
    composer = Composer()
    piece = composer.play(compose(PROMPT, seconds, Sampling(3)), seconds, job, stems=True)
    parts = {name: np.concatenate(list(stem), axis=1) for name, stem in piece.stems.items()}
    composer.dispose()
    known = {
        "drums": parts["drums"], "bass": parts["bass"], "other": parts["melody"] + parts["harmony"],
        "vocals": np.zeros_like(parts["bass"]),
    }  # fmt: skip
    gain = np.float32(0.9 / np.abs(np.sum(list(known.values()), axis=0)).max())
    return {name: stem * gain for name, stem in known.items()}


def _sdrs(known: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> dict[str, float]:
    """Signal to distortion ratio of the stems that are not silent, dB."""
    return {
        name: round(float(10 * np.log10(np.square(known[name]).sum() / np.square(known[name] - found[name]).sum())), 3)
        for name in STEMS["htdemucs"]
        if known[name].any()
    }

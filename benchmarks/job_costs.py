"""`bench job-costs`: what a job on five minutes of one channel takes. There is no peer.

`cpu_s`: seconds of a core; `memory_mb`: the most that its worker held; `read_mb` and `kept_mb`: what it reads and what
it leaves. Commands are asked for as users do, and run in the workers that they have.

The sounds are the composer's. A network is measured with random weights of its published size where the real ones are
not on disk, and on `--split-seconds`, for which its figures are scaled: it works window by window.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile

from engine.app import Application
from engine.jobs.job import Request
from engine.library.record import Record
from engine.models.ensure import located
from engine.settings import Settings
from tests.conftest import Running, make_settings

NEEDS = ("test",)
PROMPT = "pop rock with drums, bass, piano and a flute melody, 110 bpm"
LONGEST_S = 3600.0
MIB = 2**20


def _cpu_s(running: Running) -> float:
    """What all workers have used so far."""
    workers = running.application.scheduler.dispatch.pool.all()
    times = [psutil.Process(worker.process.pid).cpu_times() for worker in workers]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


def _peak_mb(running: Running) -> float:
    """The most that one of the workers has held since it began."""
    found = 0
    for worker in running.application.scheduler.dispatch.pool.all():
        status = Path(f"/proc/{worker.process.pid}/status").read_text()
        found = max(found, int(status.partition("VmHWM:")[2].split()[0]))
    return found / 1024


def _kept_bytes(running: Running) -> int:
    """What lies in the library."""
    settings = running.settings
    folders = (settings.audio_dir, settings.output / "stems", settings.peaks_dir)
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def _cost(
    folder: Path,
    command: str,
    sounds: Sequence[Path] = (),
    scale: float = 1.0,
    warm: Path | None = None,
    **params: Any,
) -> dict[str, Any]:
    """Of one job in an application of its own, whose worker is warm; `warm`: a sound that has a model loaded first."""
    running = Running(Application.open(make_settings(folder, models=folder.parent / "models")))
    try:
        keys = [running.upload(sound) for sound in sounds]
        inputs = dict(zip(("source", "reference"), keys, strict=False))
        lane = "light" if warm is None else "model"
        running.done(running.debug(steps=1, lane=lane))
        if warm:
            first = Request(command, {**params, "source": running.upload(warm)})
            running.record(running.done(running.application.scheduler.submit(first), timeout_s=LONGEST_S))
        before, kept = _cpu_s(running), _kept_bytes(running)
        job = running.application.scheduler.submit(Request(command, {**params, **inputs}))
        record = running.record(running.done(job, timeout_s=LONGEST_S))
        found = {
            "cpu_s": round(scale * (_cpu_s(running) - before), 1), "memory_mb": round(_peak_mb(running)),
            "read_mb": round(scale * sum(sound.stat().st_size for sound in sounds) / MIB, 1),
            "kept_mb": round(scale * (_kept_bytes(running) - kept) / MIB, 1),
        }  # fmt: skip
        _write_mono(running, record, folder.parent / f"{folder.name}.wav")
        return found
    finally:
        running.application.close()


def _write_mono(running: Running, record: Record, path: Path) -> None:
    """The first channel of what it made, as a sound to begin with."""
    sound, rate_hz = soundfile.read(running.audio(record.id), dtype="float32", always_2d=True)
    soundfile.write(path, sound[:, 0], rate_hz, subtype="PCM_24")


def _part(path: Path, seconds: float) -> Path:
    sound, rate_hz = soundfile.read(path, dtype="float32")
    target = path.with_suffix(f".{seconds:g}.wav")
    soundfile.write(target, np.ascontiguousarray(sound[: round(seconds * rate_hz)]), rate_hz, subtype="PCM_24")
    return target


def _weights(models: Path) -> str:
    """Have `htdemucs` in the folder; whether they are real."""
    import torch
    from demucs.htdemucs import HTDemucs

    from benchmarks.split import _package
    from engine.upstream.demucs.checkpoint import HTDEMUCS_ARGUMENTS

    real = located("htdemucs", Settings().models)
    models.mkdir()
    if real:
        (models / "htdemucs").symlink_to(real[0].parent)
        return "real"
    (models / "htdemucs").mkdir()
    torch.manual_seed(0)
    _package(HTDemucs(**HTDEMUCS_ARGUMENTS), models / "htdemucs" / "955717e8.th")
    return "random"


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench job-costs")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--split-seconds", type=float, default=30)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        weights = _weights(root / "models")
        music: dict[str, Any] = {"prompt": PROMPT, "duration": asked.seconds}
        figures = {"generate": _cost(root / "generate", "generate", seed=3, **music)}
        _cost(root / "reference", "generate", seed=4, **{**music, "prompt": "calm piano ballad, 80 bpm"})
        source, reference = root / "generate.wav", root / "reference.wav"
        figures["upscale"] = _cost(root / "upscale", "upscale", [source])
        figures["match"] = _cost(root / "match", "match", [source, reference])
        scale = asked.seconds / asked.split_seconds
        part, short = _part(source, asked.split_seconds), _part(source, min(5.0, asked.split_seconds))
        figures["split"] = _cost(root / "split", "split", [part], scale, short, model="htdemucs")
    return {**figures, "seconds": asked.seconds, "split_weights": weights, "load": round(os.getloadavg()[0], 1)}

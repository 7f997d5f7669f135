"""`bench drama-voices`: the lines of a drama by Kokoro, ours against kokoro-onnx 0.6.1 called line by line, in one run.

Both read the same network and voices and have the same cores; ours runs as a job does, in a process of its own, and
keeps every line. They take turns, after a warm-up of both; the peer is given the network in 32 bits, for of what is
published in 16 every tenth short line is no sound. `real_time_factor`: seconds on the clock over seconds of speech, of
all lines; `ratio`: the peer's over ours, the median of the rounds, with the least and the most. `peak_mb`: the most
memory of our engine's process. Options: `--lines 16`; `--rounds 3`; `--models DIR`.
"""

import argparse
import statistics
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.drama.voices.kokoro_graph import readable_graph
from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.speak import speak_all
from engine.drama.voices.utterance import Utterance
from engine.models.ensure import ensure
from engine.settings import PROJECT, Settings
from tests.fake_job import FakeJob

NEEDS = ("bench",)
VOICES = ("af_heart", "bm_george", "am_michael", "bf_emma")


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench drama-voices")
    parser.add_argument("--lines", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", type=Path, default=Settings().models)
    asked = parser.parse_args(arguments)
    texts = tomllib.loads((PROJECT / "tests/drama/dramatic_lines.toml").read_text(encoding="utf-8"))["en"]
    lines = [(texts[number % len(texts)], VOICES[number % len(VOICES)]) for number in range(asked.lines)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = FakeJob(folder)
        job.models_dir = asked.models
        peer = _Peer(ensure("kokoro", job), folder)
        cache = LineCache(folder / "lines")
        _ours(lines, job, cache, 0)
        peer.speak(lines)
        rounds = [(_ours(lines, job, cache, number), peer.speak(lines)) for number in range(1, asked.rounds + 1)]
        peak_mb = max(booth.peak_mb for booth in job.engines.values())
        for booth in job.engines.values():
            booth.dispose()
    ratios = sorted(theirs / ours for ours, theirs in rounds)
    return {
        "real_time_factor": round(statistics.median(ours for ours, _ in rounds), 3),
        "peer_real_time_factor": round(statistics.median(theirs for _, theirs in rounds), 3),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_least": round(ratios[0], 2),
        "ratio_most": round(ratios[-1], 2),
        "peak_mb": peak_mb,
    }


def _ours(lines: list[tuple[str, str]], job: FakeJob, cache: LineCache, turn: int) -> float:
    """Seconds on the clock for one of speech. A pace that differs by a millionth makes the lines of each turn new."""
    pace = 1 + turn * 1e-6
    items = [
        (str(number), Utterance(text=text, voice=f"kokoro:{voice}", speed=pace))
        for number, (text, voice) in enumerate(lines)
    ]
    began = time.monotonic()
    infos = speak_all(items, job, cache)
    return (time.monotonic() - began) / sum(info.seconds for info in infos.values())


class _Peer:
    """kokoro-onnx as its README has it, with the files of ours in the forms that it reads."""

    def __init__(self, files: list[Path], folder: Path) -> None:
        from kokoro_onnx import Kokoro

        network, voices = folder / "kokoro.onnx", folder / "voices.npz"
        network.write_bytes(readable_graph(files[0]))
        tables = {path.stem: np.fromfile(path, np.float32).reshape(-1, 1, 256) for path in files[1:]}
        np.savez(voices, **{name: tables[name] for name in VOICES})  # type: ignore[arg-type]
        self._kokoro = Kokoro(str(network), str(voices))

    def speak(self, lines: list[tuple[str, str]]) -> float:
        began, seconds = time.monotonic(), 0.0
        for text, voice in lines:
            language = "en-gb" if voice.startswith("b") else "en-us"
            samples, rate_hz = self._kokoro.create(text, voice=voice, speed=1.0, lang=language)
            seconds += len(samples) / rate_hz
        return (time.monotonic() - began) / seconds

"""`bench drama`: the lines of a drama by Kokoro, ours against kokoro-onnx 0.6.1 called line by line, and the mix.

Both read the same network and voices, each makes its own phonemes of the same texts, and both have the same cores; ours
runs as a job does, in a process of its own, and keeps every line. They take turns every few lines, after a warm-up of
all; the peer has the session that it makes for itself, and is given the network in 32 bits, for of what is published
in 16 every tenth short line is no sound.

Times are for the same lines, so that silence that one of both leaves around them counts for neither. `ratio`: the
peer's clock over ours with all lines of a turn at once, as a drama is made; `line_ratio`: with one line at a time, as
the desk makes it; each the median of the turns. `cpu_ratio`, `line_cpu_ratio`: of processor seconds, which other
programs change less. `real_time_factor`: our seconds on the clock over seconds of speech. `peak_mb`: the most memory of
our engine's process. `mix_ratio`: how many times faster than real time 200 lines are mixed (`bench drama-mix`).
Options: `--lines 8` a turn; `--turns 5`; `--models DIR`.
"""

import argparse
import statistics
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil

from benchmarks import drama_mix
from engine.drama.voices.kokoro_graph import readable_graph
from engine.drama.voices.line_cache import LineCache
from engine.drama.voices.speak import speak_all
from engine.drama.voices.utterance import Utterance
from engine.models.ensure import ensure
from engine.settings import PROJECT, Settings
from tests.fake_job import FakeJob

NEEDS = ("bench",)
VOICES = ("af_heart", "bm_george", "am_michael", "bf_emma")
_Lines = list[tuple[str, str]]


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench drama")
    parser.add_argument("--lines", type=int, default=8)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--models", type=Path, default=Settings().models)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        together, single = _Ours(folder / "together", asked.models), _Ours(folder / "single", asked.models)
        peer = _Peer(ensure("kokoro", together.job), folder)
        turns = []
        for number, lines in enumerate(_turns(asked.lines, asked.turns + 1)):
            taken = _Turn(_spent(peer.speak, lines), _spent(together.speak, lines), _spent(single.speak_each, lines))
            turns += [taken] if number else []
        peak_mb = max(together.end(), single.end())
    mix = drama_mix.measure(["--rounds", "1"])
    return {
        "ratio": _median(each.peer.clock_s / each.together.clock_s for each in turns),
        "line_ratio": _median(each.peer.clock_s / each.single.clock_s for each in turns),
        "cpu_ratio": _median(each.peer.cpu_s / each.together.cpu_s for each in turns),
        "line_cpu_ratio": _median(each.peer.cpu_s / each.single.cpu_s for each in turns),
        "ratios": sorted(round(each.peer.clock_s / each.together.clock_s, 2) for each in turns),
        "real_time_factor": round(sum(each.together.clock_s for each in turns) / together.sound_s(asked.lines), 3),
        "peak_mb": peak_mb,
        "mix_ratio": mix["ratio"],
    }


class _Spent(NamedTuple):
    clock_s: float
    cpu_s: float


class _Turn(NamedTuple):
    peer: _Spent
    together: _Spent
    single: _Spent


def _spent(work: Callable[[_Lines], None], lines: _Lines) -> _Spent:
    """Of this process and its children."""
    cpu_s, began = _cpu_s(), time.monotonic()
    work(lines)
    return _Spent(time.monotonic() - began, _cpu_s() - cpu_s)


def _cpu_s() -> float:
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _median(ratios: Iterator[float]) -> float:
    return round(statistics.median(ratios), 2)


def _turns(lines: int, turns: int) -> Iterator[_Lines]:
    texts = tomllib.loads((PROJECT / "tests/drama/dramatic_lines.toml").read_text(encoding="utf-8"))["en"]
    for number in range(turns):
        places = range(number * lines, (number + 1) * lines)
        yield [(texts[place % len(texts)], VOICES[place % len(VOICES)]) for place in places]


class _Ours:
    """A pace that differs by a millionth makes the lines of each turn new."""

    def __init__(self, folder: Path, models: Path) -> None:
        folder.mkdir()
        self.job, self._cache, self._turn = FakeJob(folder), LineCache(folder / "lines"), 0
        self.job.models_dir = models
        self._seconds: list[float] = []

    def speak(self, lines: _Lines) -> None:
        self._turn += 1
        items = [
            (str(number), Utterance(text=text, voice=f"kokoro:{voice}", speed=1 + self._turn * 1e-6))
            for number, (text, voice) in enumerate(lines)
        ]
        self._seconds += [info.seconds for info in speak_all(items, self.job, self._cache).values()]

    def speak_each(self, lines: _Lines) -> None:
        for line in lines:
            self.speak([line])

    def sound_s(self, warm: int) -> float:
        """Of all lines but the first ones."""
        return sum(self._seconds[warm:])

    def end(self) -> int:
        """The most memory that the engine's process held, MiB."""
        peak_mb = max(booth.peak_mb for booth in self.job.engines.values())
        for booth in self.job.engines.values():
            booth.dispose()
        return int(peak_mb)


class _Peer:
    """kokoro-onnx as its README has it, with the files of ours in the forms that it reads."""

    def __init__(self, files: list[Path], folder: Path) -> None:
        from kokoro_onnx import Kokoro

        network, voices = folder / "kokoro.onnx", folder / "voices.npz"
        network.write_bytes(readable_graph(files[0]))
        tables = {path.stem: np.fromfile(path, np.float32).reshape(-1, 1, 256) for path in files[1:]}
        np.savez(voices, **{name: tables[name] for name in VOICES})  # type: ignore[arg-type]
        self._kokoro = Kokoro(str(network), str(voices))

    def speak(self, lines: _Lines) -> None:
        for text, voice in lines:
            self._kokoro.create(text, voice=voice, speed=1.0, lang="en-gb" if voice.startswith("b") else "en-us")

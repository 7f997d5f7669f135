"""`bench composer`: how quickly the built-in composer makes music, whole jobs in a warm worker on two cores.

`ratio`: seconds of music over seconds taken, from the prompt to the written file, in the median of several genres;
`ratio_slowest`: in the slowest. `peer_s` is the music's own length. `compose_s`, `play_s`, `mix_s`, `master_s` and
`save_s` are the medians of the stages. `peak_rss_mb`: the most memory that a process held which made one such piece,
`peak_rss_mb_600s`: one of ten minutes.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from engine.context import TrackDraft
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.jobs.engines import EnginePool
from engine.jobs.job_context import WorkerJobContext
from engine.jobs.messages import RunJob
from engine.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
PROMPTS = ("epic orchestral", "lo-fi hip hop", "rock", "jazz", "techno", "solo piano", "drum and bass")
STAGES = {"WRITING": "compose_s", "PLAYING": "play_s", "MIXING": "mix_s", "MASTERING": "master_s", "SAVING": "save_s"}
CORES = 2
ALONE = "import sys; from benchmarks.composer import alone; alone(float(sys.argv[1]))"


class Watched(WorkerJobContext):
    """A worker's job that notes when each stage begins. What comes after half of MIXING is the mastering."""

    def __init__(self, params: GenerateParams, folder: Path, pool: EnginePool) -> None:
        super().__init__(
            RunJob("0" * 32, 1, 0, "generate", {}, {}, folder, memory_mb=1000, queued_s=0.0, title="x"),
            params,
            {},
            device="cpu",
            settings=Settings(),
            engines=pool,
            send=lambda message: None,
            canceled=threading.Event(),
        )
        self.began: dict[str, float] = {}

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        late = stage == "MIXING" and 2 * step >= total
        self.began.setdefault("MASTERING" if late else stage or "", time.perf_counter())
        super().progress(step, total, stage)

    def new_track(self, draft: TrackDraft) -> Any:
        self.began["SAVING"] = time.perf_counter()
        return super().new_track(draft)


def made(prompt: str, duration_s: float, pool: EnginePool) -> dict[str, float]:
    """Seconds of each stage of one job, and `total_s`."""
    params = GenerateParams(prompt=prompt, duration=duration_s, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        job = Watched(params, Path(folder), pool)
        run(params, job)
        job.finish()
        end = time.perf_counter()
    moments = [job.began[stage] for stage in STAGES] + [end]
    lasted = {field: moments[i + 1] - moments[i] for i, field in enumerate(STAGES.values())}
    return {**lasted, "total_s": end - moments[0]}


def alone(duration_s: float) -> None:
    """Make one piece in this process and print the most memory that it ever held, MiB."""
    made(PROMPTS[0], duration_s, EnginePool())
    if sys.platform == "win32":
        peak = psutil.Process().memory_info().peak_wset
    else:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps(round(peak / 2**20)))


def _peak_rss_mb(duration_s: float) -> int:
    child = [sys.executable, "-c", ALONE, str(duration_s)]
    answer = subprocess.run(child, cwd=PROJECT, capture_output=True, text=True, check=True)
    return int(json.loads(answer.stdout.splitlines()[-1]))


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    """The figures. `--duration`: seconds of each piece; `--genres`: how many; `--rounds`: how often each is made."""
    parser = argparse.ArgumentParser(prog="bench composer")
    parser.add_argument("--duration", type=float, default=60.0)
    parser.add_argument("--genres", type=int, default=len(PROMPTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", type=float, default=600.0, help="seconds of the piece for peak_rss_mb_600s; 0: none")
    asked = parser.parse_args(arguments)
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        process.cpu_affinity(process.cpu_affinity()[:CORES])
    pool = EnginePool()
    made(PROMPTS[0], 5.0, pool)
    runs = [
        min((made(prompt, asked.duration, pool) for _ in range(asked.rounds)), key=lambda run: run["total_s"])
        for prompt in PROMPTS[: asked.genres]
    ]
    pool.dispose()
    figures = {field: round(statistics.median(run[field] for run in runs), 3) for field in STAGES.values()}
    taken = statistics.median(run["total_s"] for run in runs)
    slowest = max(run["total_s"] for run in runs)
    memory = {"peak_rss_mb": _peak_rss_mb(asked.duration)}
    if asked.long:
        memory["peak_rss_mb_600s"] = _peak_rss_mb(asked.long)
    return {
        "ours_s": round(taken, 3),
        "peer_s": asked.duration,
        "ratio_slowest": round(asked.duration / slowest, 2),
        **figures,
        **memory,
    }

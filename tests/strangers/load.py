"""Loads what a stranger made, in a process of its own, and tells how it went: `python load.py PLAN`.

PLAN is a JSON list of [family, folder]. One line of JSON for each: code and message of the error (INTERNAL for any that
is not the program's own), seconds, and MiB that the process grew by at its highest since all families were imported and
a good checkpoint of each was loaded.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
LIMIT_BYTES = 12 << 30
"""Of addresses, so that a test that fails does not take the machine with it."""


def _musicgen(folder: Path) -> None:
    from engine.generate.musicgen.engine import MusicGen
    from tests.fake_job import FakeJob

    engine = MusicGen(folder / "models" / "mine", "fp32", "cpu")
    engine.load(FakeJob(folder))


def _mbd(folder: Path) -> None:
    from engine.generate.musicgen.diffusion import read_bands

    read_bands(folder / "mbd_musicgen_32khz.th", "cpu")


def _mert(folder: Path) -> None:
    from engine.upstream.mert import read_mert

    read_mert(folder)


def _roformer(folder: Path) -> None:
    from engine.split.roformer.checkpoint import read
    from engine.split.roformer.locate import Found

    read(Found(next(folder.glob("w.[cs]*")), folder / "w.yaml"), "mine")


def _demucs(folder: Path) -> None:
    from engine.models import MODELS, ModelStore
    from engine.upstream.demucs.checkpoint import networks

    networks(ModelStore(folder / "models").files(MODELS["htdemucs"]))


def _audiosr(folder: Path) -> None:
    from engine.upscale.audiosr.checkpoint import read

    read(next(folder.iterdir()))


def _audiolbm(folder: Path) -> None:
    from engine.upscale.audiolbm.checkpoint import read

    read(48_000, folder)


FAMILIES: dict[str, Callable[[Path], None]] = {
    "musicgen": _musicgen, "mbd": _mbd, "mert": _mert, "roformer": _roformer, "demucs": _demucs, "audiosr": _audiosr,
    "audiolbm": _audiolbm,
}  # fmt: skip


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    from engine.errors import AppError

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = LIMIT_BYTES if most == resource.RLIM_INFINITY else min(LIMIT_BYTES, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    before = peak_mb()
    for family, folder in plan:
        begun, code, message = time.perf_counter(), "", ""
        try:
            FAMILIES[family](Path(folder))
        except AppError as error:
            code, message = str(error.code), json.dumps(error.body(), ensure_ascii=False)
        except BaseException as error:
            code, message = "INTERNAL", repr(error)[:300]
        if Path(folder).name == "good":
            before = peak_mb()
        seconds, grown = time.perf_counter() - begun, peak_mb() - before
        told = {"family": family, "case": Path(folder).name, "code": code, "message": message}
        print(json.dumps({**told, "seconds": round(seconds, 2), "grown_mb": round(grown)}), flush=True)


main()

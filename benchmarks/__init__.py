"""Benchmarks: `./run.sh bench NAME [...]` prints one JSON line last, with the ratio of the peer's time to ours where
there is a peer: `peer_s` and `ours_s` among the figures.

A benchmark that needs packages of its own names their lists in `NEEDS` ("bench", "test": see `install/steps`), from
where `./run.sh` installs them before it starts.
"""

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import AppError

HELPERS = ("__init__", "cluster_pages", "music", "queue_model")


class Unavailable(Exception):  # noqa: N818
    """A benchmark cannot run here. Its text is one sentence: what is wanting and what to do."""


def run(arguments: Sequence[str]) -> int:
    """Run the benchmark that the first argument names; exit code 2 when none is of that name, 1 when it cannot run."""
    known = sorted(p.stem.replace("_", "-") for p in Path(__file__).parent.glob("*.py") if p.stem not in HELPERS)
    name, *rest = arguments or [""]
    if name not in known:
        print(f"bench NAME: choose one of {', '.join(known)}", file=sys.stderr)
        return 2
    try:
        figures: dict[str, Any] = importlib.import_module(f"benchmarks.{name.replace('-', '_')}").measure(rest)
    except (Unavailable, AppError) as stop:
        print(stop, file=sys.stderr)
        return 1
    except ModuleNotFoundError as fault:
        if (fault.name or "engine").partition(".")[0] in ("engine", "benchmarks", "tests"):
            raise
        print(f"bench {name} needs {fault.name}: ./run.sh bench {name} installs it", file=sys.stderr)
        return 1
    ratio = {"ratio": round(figures["peer_s"] / figures["ours_s"], 2)} if "peer_s" in figures else {}
    print(json.dumps({"name": name, **ratio, **figures}))
    return 0

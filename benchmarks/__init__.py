"""Benchmarks: `./run.sh bench NAME [...]` prints one JSON line last, with the ratio of the peer's time to ours."""

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HELPERS = ("__init__", "alone", "music")


def run(arguments: Sequence[str]) -> int:
    """Run the benchmark that the first argument names; exit code 2 when there is none of that name."""
    known = sorted(p.stem.replace("_", "-") for p in Path(__file__).parent.glob("*.py") if p.stem not in HELPERS)
    name, *rest = arguments or [""]
    if name not in known:
        print(f"bench NAME: choose one of {', '.join(known)}", file=sys.stderr)
        return 2
    figures: dict[str, Any] = importlib.import_module(f"benchmarks.{name.replace('-', '_')}").measure(rest)
    print(json.dumps({"name": name, "ratio": round(figures["peer_s"] / figures["ours_s"], 2), **figures}))
    return 0

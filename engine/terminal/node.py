"""`node [--pool NAME ...] [--slots N]`: a node of a cluster, which runs the jobs that servers take.

`node --check [--pool NAME ...]`: whether the node that was started so is alive.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from engine.cluster.beat import beats
from engine.cluster.patience import patiently
from engine.cluster.pools import LIGHT, lane_of, pools_here
from engine.command import Lane
from engine.logs import start_logging
from engine.settings import PROJECT, Settings
from engine.terminal import EXIT_FAILED

AGAIN_S = 5.0
"""A process that ends by itself is started again after so long."""


def node(settings: Settings, arguments: Sequence[str]) -> int:
    """Run until it is stopped; the exit code. Raises INVALID_INPUT as `Node` does.

    Light jobs and those of models have a process each, so that neither waits for the other.
    """
    parser = argparse.ArgumentParser(prog="node", description=__doc__)
    parser.add_argument("--pool", action="append", default=[], help="whose jobs: light, model.cpu, model.cudaN; all")
    parser.add_argument("--slots", type=int, default=1, choices=range(1, 33), metavar="N", help="jobs at once; 1")
    parser.add_argument("--check", action="store_true", help="say by the exit code whether a node so started is alive")
    said = parser.parse_args(arguments)
    if said.check:
        return _check(settings, {lane_of(pool) for pool in said.pool} or set(Lane))
    pools = said.pool or [LIGHT, *pools_here(settings)]
    lanes = {lane_of(pool) for pool in pools}
    if len(lanes) == 1:
        return _run(settings, pools, said.slots)
    parts = [[pool for pool in pools if lane_of(pool) is lane] for lane in sorted(lanes)]
    return _supervise(settings, parts, said.slots)


def _check(settings: Settings, lanes: Collection[Lane]) -> int:
    """0 where every process of a node with these lanes beats, else 1."""
    parts = [settings] if len(lanes) == 1 else [settings.model_copy(update=_place(settings, lane)) for lane in lanes]
    return 0 if all(beats(part) for part in parts) else EXIT_FAILED


def _place(settings: Settings, lane: Lane) -> dict[str, Path]:
    """Where the process for a lane is at work, beside the one for the other."""
    return {"output": settings.output / f"node-{lane}"}


def _run(settings: Settings, pools: Sequence[str], slots: int) -> int:
    from engine.cluster.node import Node

    start_logging(settings, "node", console=True)
    found = patiently(lambda: Node(settings, pools, slots), settings.language)
    print(f"audiocraft-webui: a node for {', '.join(pools)}", flush=True)
    found.run()
    return 0


def _supervise(settings: Settings, parts: Sequence[Sequence[str]], slots: int) -> int:
    """A process for each part, in a folder of its own, started again when it ends by itself."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: stopping.append(number))
    running = [_started(settings, part, slots) for part in parts]
    while not stopping:
        for place, process in enumerate(running):
            if process.poll() is not None:
                time.sleep(AGAIN_S)
                running[place] = _started(settings, parts[place], slots)
        time.sleep(0.1)
    for process in running:
        process.terminate()
    return max(process.wait() for process in running)


def _started(settings: Settings, pools: Sequence[str], slots: int) -> "subprocess.Popen[bytes]":
    named = [word for pool in pools for word in ("--pool", pool)]
    environment = {**os.environ, **_environment(settings, lane_of(pools[0]))}
    command = [sys.executable, str(PROJECT / "webui.py"), "node", *named, "--slots", str(slots)]
    return subprocess.Popen(command, env=environment)


def _environment(settings: Settings, lane: Lane) -> dict[str, str]:
    """The settings of this process for another one, with a folder of its own."""
    said = settings.model_dump(mode="json", exclude_unset=True) | _place(settings, lane)
    plain = {name: ",".join(value) if isinstance(value, list) else value for name, value in said.items()}
    return {f"AUDIOCRAFT_WEBUI_{name.upper()}": str(value) for name, value in plain.items() if value is not None}

"""One file per step of an install, in the order in which they run."""

from collections.abc import Set

from install.steps.packages import Requirements
from install.steps.page import Page
from install.steps.step import Step
from install.steps.torch_build import Torch

EXTRAS: dict[str, Requirements] = {
    "cluster": Requirements("cluster", "Packages for clusters", "requirements/cluster.txt"),
    "test": Requirements("test", "Packages for the tests", "requirements/test.txt"),
    "bench": Requirements("bench", "Packages for benchmarks", "requirements/bench.txt"),
}
"""What only some commands need, by name."""


SERVER = Requirements("server", "Python packages of a server", "requirements/server.txt")
"""In place of all packages where nothing but a server of a cluster is to run: none of a model."""


def wanted(extras: Set[str], *, server: bool) -> list[Step]:
    whole: list[Step] = [
        Torch(),
        Requirements("packages", "Python packages", "requirements.txt"),
        Requirements("no-deps", "Packages with outdated pins", "requirements/no-deps.txt", ("--no-deps",)),
    ]
    steps: list[Step] = [SERVER] if server else whole
    steps += [step for name, step in EXTRAS.items() if name in extras]
    return [*steps, Page(dev="test" in extras)]

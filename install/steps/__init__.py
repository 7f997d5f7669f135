"""One file per step of an install, in the order in which they run."""

from install.steps.packages import Requirements
from install.steps.page import Page
from install.steps.step import Step
from install.steps.torch_build import Torch


def wanted(test: bool) -> list[Step]:
    steps: list[Step] = [
        Torch(),
        Requirements("packages", "Python packages", "requirements.txt"),
        Requirements("no-deps", "Packages with outdated pins", "requirements/no-deps.txt", ("--no-deps",)),
    ]
    if test:
        steps.append(Requirements("test", "Packages for the tests", "requirements/test.txt"))
    return [*steps, Page(dev=test)]

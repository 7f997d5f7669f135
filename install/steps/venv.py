"""The virtual environment `.venv` with a Python that runs and a pip."""

import os
import shutil
import sys
from pathlib import Path

from install import console
from install.failure import AGAIN, InstallError
from install.layout import Project
from install.process import answer, logged, python_environment

SUPPORTED = ("3.11", "3.12", "3.13")


def runs(project: Project) -> bool:
    """Whether .venv's Python starts and is the version that .venv was made for."""
    if project.python_minor not in SUPPORTED:
        return False
    if project.runs_in_venv():
        return project.python_minor == f"{sys.version_info[0]}.{sys.version_info[1]}"
    version = answer([project.python, "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], timeout_s=30)
    return version == project.python_minor


def ensure(project: Project) -> None:
    """Makes .venv where it is missing or broken, and gives it pip where that is gone."""
    if not runs(project):
        make(project)
    pip: list[str | Path] = [project.python, "-m", "pip", "--version"]
    if answer(pip, timeout_s=120, env=python_environment(project)) is None:
        for rest in (*project.site_packages.glob("pip"), *project.site_packages.glob("pip-*")):
            remove(rest)
        with console.step("pip is missing from .venv, putting it back"):
            logged(project, "pip", [project.python, "-m", "ensurepip", "--upgrade"], python_environment(project))


def make(project: Project) -> None:
    """A new .venv from the Python that runs this installer."""
    base = base_python()
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if answer([base, "-c", "import ensurepip, venv"], timeout_s=60) is None:
        package = f"`sudo apt install python{version}-venv` on Debian or Ubuntu, or Python from python.org"
        raise InstallError(f"{base} has no venv module: install it ({package}) and {AGAIN}.")
    broken = os.path.lexists(project.venv)
    with console.step(f"Python {version} ({base}): {'making the broken .venv anew' if broken else 'making .venv'}"):
        remove(project.venv)
        logged(project, "The virtual environment", [base, "-m", "venv", project.venv], python_environment(project))
    project.forget_python()


def base_python() -> str:
    """The Python to make a .venv from: never .venv's own, which is about to be removed."""
    return getattr(sys, "_base_executable", None) or os.path.realpath(sys.executable)


def remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)

"""torch in the build that suits this computer. It comes first, so that requirements.txt finds its pin satisfied."""

import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from install import console
from install.failure import AGAIN, InstallError
from install.layout import Project
from install.process import answer, python_environment
from install.stamp import Stamp, fingerprint
from install.steps.packages import pip_install, present, top_level

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CUDA_INDEX = "https://download.pytorch.org/whl/cu130"
CUDA_LOCAL = "cu130"
"""The CUDA that torch 2.13.0's own nvidia packages are of (13.0)."""
CUDA_DRIVER = 580
"""The oldest NVIDIA driver that runs CUDA 13."""

Versions = Callable[[str | None], list[str]]
"""index URL, or None for pip's own configuration -> the versions of torch that can be had there"""


@dataclass(frozen=True)
class Hardware:
    kind: Literal["nvidia", "apple", "none"]
    words: str


@dataclass(frozen=True)
class Build:
    requirement: str
    index_url: str | None
    words: str


@dataclass(frozen=True)
class Torch:
    name: str = "torch"

    def fingerprint(self, project: Project) -> str:
        hints = [str(_nvidia_smi()), str(_driver_loaded()), wished_index(project)]
        return fingerprint(pinned(project.root / "requirements.txt"), platform.machine(), *hints)

    def intact(self, project: Project, stamp: Stamp) -> bool:
        return present(project, stamp)

    def run(self, project: Project, stamp: Stamp) -> None:
        build = choose(
            pinned(project.root / "requirements.txt"),
            detect(),
            sys.platform,
            {"TORCH_INDEX_URL": wished_index(project)},
            lambda index_url: offered(project, index_url),
        )
        with console.step(build.words):
            source = ("--index-url", build.index_url) if build.index_url else ()
            # Without its dependencies, which the next step takes at their pins from pip's ordinary index.
            pip_install(project, "torch", "--no-deps", *source, build.requirement)
        _remembered(project).write_text(wished_index(project), "utf-8")
        stamp.torch = build.words
        stamp.site_packages = top_level(project.site_packages)


def wished_index(project: Project) -> str:
    """TORCH_INDEX_URL, and where it is not set the one that this .venv was made with; empty for none."""
    file = _remembered(project)
    kept = file.read_text("utf-8") if file.is_file() else ""
    return os.environ.get("TORCH_INDEX_URL", kept)


def _remembered(project: Project) -> Path:
    return project.stamp.with_name("torch-index-url.txt")


def pinned(requirements: Path) -> str:
    found = re.search(r"^torch==(\S+)", requirements.read_text("utf-8"), re.MULTILINE)
    if not found:
        raise InstallError(f"requirements.txt names no torch: get a complete copy of the program and {AGAIN}.")
    return found.group(1)


def detect() -> Hardware:
    if sys.platform == "darwin":
        if platform.machine() != "arm64":
            raise InstallError(
                "torch is no longer made for Intel Macs: on Apple silicon install an arm64 Python and delete .venv, "
                "else use a computer with Linux or Windows."
            )
        return Hardware("apple", "Apple silicon")
    smi = _nvidia_smi()
    if smi:
        query = answer([smi, "--query-gpu=name,driver_version", "--format=csv,noheader"], timeout_s=30)
        if query:
            name, _, driver = query.splitlines()[0].partition(", ")
            old = driver.split(".")[0].isdecimal() and int(driver.split(".")[0]) < CUDA_DRIVER
            hint = f", whose driver {driver} is too old to be used: {CUDA_DRIVER} or newer is needed" if old else ""
            return Hardware("nvidia", f"found {name}{hint}")
    if _driver_loaded():
        return Hardware("nvidia", "the NVIDIA driver is loaded")
    return Hardware("none", "nvidia-smi finds no NVIDIA GPU" if smi else "no NVIDIA GPU found")


def choose(pin: str, hardware: Hardware, system: str, environ: Mapping[str, str], versions: Versions) -> Build:
    """Which torch, from where, and why, in the words that the user reads."""
    found = hardware.words
    wished = environ.get("TORCH_INDEX_URL")
    if wished:
        builds = sorted(version for version in versions(wished) if version.split("+")[0] == pin)
        if not builds:
            raise InstallError(
                f"TORCH_INDEX_URL offers no torch {pin} for this Python: correct or unset it and {AGAIN}."
            )
        return Build(f"torch=={builds[-1]}", wished, f"torch {builds[-1]} from TORCH_INDEX_URL")
    if system.startswith("linux") and hardware.kind == "none":
        cpu = f"{pin}+cpu"
        if cpu in versions(None):
            return Build(f"torch=={cpu}", None, f"torch {cpu}, the CPU build that pip is offered here ({found})")
        if cpu in versions(CPU_INDEX):
            return Build(f"torch=={cpu}", CPU_INDEX, f"torch {cpu}, the PyTorch project's CPU build ({found})")
        reason = f"larger than needed: {found}, but the PyTorch project's CPU index gives no answer"
        return Build(f"torch=={pin}", None, f"torch {pin}, {reason}")
    if system.startswith("linux") and hardware.kind == "nvidia":
        return Build(f"torch=={pin},!={pin}+cpu", None, f"torch {pin} with CUDA ({found})")
    if system == "win32" and hardware.kind == "nvidia":
        cuda = f"{pin}+{CUDA_LOCAL}"
        if cuda in versions(CUDA_INDEX):
            return Build(f"torch=={cuda}", CUDA_INDEX, f"torch {cuda}, the PyTorch project's CUDA build ({found})")
        reason = f"{found}, but the PyTorch project's CUDA index gives no answer: install.bat --repair asks again"
        return Build(f"torch=={pin}", None, f"torch {pin} for the CPU, {reason}")
    return Build(f"torch=={pin}", None, f"torch {pin} ({found})")


def offered(project: Project, index_url: str | None) -> list[str]:
    """The versions that pip sees for this Python; reads an index page, downloads no wheel."""
    command: list[str | Path] = [project.python, "-m", "pip", "index", "versions", "torch", "--no-input"]
    command += ["--disable-pip-version-check"]
    command += ["--index-url", index_url, "--retries", "0", "--timeout", "5"] if index_url else ["--retries", "1"]
    printed = answer(command, timeout_s=60, env=python_environment(project)) or ""
    found = re.search(r"^Available versions: (.+)$", printed, re.MULTILINE)
    return found.group(1).strip().split(", ") if found else []


def _nvidia_smi() -> str | None:
    on_path = shutil.which("nvidia-smi")
    if on_path:
        return on_path
    usual = [Path("/usr/lib/wsl/lib/nvidia-smi"), Path(os.environ.get("SYSTEMROOT", ""), "System32", "nvidia-smi.exe")]
    return next((str(path) for path in usual if path.is_file()), None)


def _driver_loaded() -> bool:
    return Path("/proc/driver/nvidia/version").exists()
